//! Functions as they were before tools existed: one `function_call` a message,
//! without an identifier, answered by a message of the role `function`.
//!
//! The unified schema links calls and results by identifier, so decoding gives
//! such calls one of our own making. Encoding recognizes it and writes the old
//! form again, and does so as well for callers that declared `functions`.

use airside_schema::{Extras, FinishReason};
use airside_wire::{Str, Writer};

use super::fields;

const PREFIX: &str = "legacy_function_call_";

/// True if the call or result came in the form before tools existed.
pub(super) fn is_legacy(id: &str) -> bool {
    id.starts_with(PREFIX)
}

/// What a caller of the old form is told of further calls.
pub(super) const ONE_CALL: &str = "a message has one function call in the form the caller speaks";

/// The reason an answer ended, as callers of the old form expect it.
pub(super) fn reason(reason: FinishReason) -> FinishReason {
    if reason == FinishReason::ToolCalls { FinishReason::FunctionCall } else { reason }
}

/// Writes the fields of a `function_call`.
pub(super) fn write_call(out: &mut Writer, name: Option<&str>, arguments: &str, extras: &Extras) {
    out.open_object("function_call");
    if let Some(name) = name {
        out.field_string("name", name);
    }
    out.field_string("arguments", arguments);
    fields::write_kept(out, extras, "function_call");
    out.end_object();
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
