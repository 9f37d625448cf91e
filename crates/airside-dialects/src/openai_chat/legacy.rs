//! Functions as they were before tools existed: one `function_call` a message,
//! without an identifier, answered by a message of the role `function`.
//!
//! The unified schema links calls and results by identifier, so decoding gives
//! such calls one of our own making. Encoding recognizes it and writes the old
//! form again.

use airside_wire::Str;

const PREFIX: &str = "legacy_function_call_";

/// True if the call or result came in the form before tools existed.
pub(super) fn is_legacy(id: &str) -> bool {
    id.starts_with(PREFIX)
}

/// Names the calls of one document.
#[derive(Debug, Default)]
pub(super) struct Calls {
    made: usize,
}

impl Calls {
    /// The identifier of the next call.
    pub(super) fn call(&mut self) -> Str {
        self.made += 1;
        Self::name(self.made)
    }

    /// The identifier of the call that a result answers: the latest.
    pub(super) fn result(&self) -> Str {
        Self::name(self.made)
    }

    fn name(number: usize) -> Str {
        Str::from(format!("{PREFIX}{number}"))
    }
}
