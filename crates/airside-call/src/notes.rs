//! What the layers note down about a call for its record.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use airside_schema::{DialectId, FinishReason, LossReport, Usage};
use airside_wire::Str;

use crate::ErrorKind;

/// How an upstream's dialect was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Plan {
    /// The bytes that arrived were sent as they are.
    Verbatim,
    /// The bytes that arrived were sent with the named splices.
    Patched,
    /// The request was decoded and written in another dialect.
    Translated,
}

impl Plan {
    /// The name used in the record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verbatim => "verbatim",
            Self::Patched => "patched",
            Self::Translated => "translated",
        }
    }
}

/// One try at one target.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Attempt {
    /// The provider's identifier.
    pub provider: Str,
    /// The model sent.
    pub model: Option<Str>,
    /// The host it was sent to.
    pub host: Str,
    /// The dialect it was sent in.
    pub dialect: Option<DialectId>,
    /// How that dialect was reached.
    pub plan: Option<Plan>,
    /// The status the upstream answered with.
    pub status: Option<u16>,
    /// Why it failed, if it did.
    pub error: Option<ErrorKind>,
    /// From sending to the reply's headers.
    pub first_byte: Option<Duration>,
}

/// How a call ended, as far as the layers know.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Outcome {
    /// Every try, in order.
    pub attempts: Vec<Attempt>,
    /// The path of the target that answered, such as `config.targets[1]`.
    pub target_path: Option<Str>,
    /// Retries made at that target; −1 if they were used up.
    pub retries: i32,
    /// The model that answered, as it names itself.
    pub model: Option<Str>,
    /// Tokens used.
    pub usage: Option<Usage>,
    /// Why the first choice ended.
    pub finish: Option<FinishReason>,
    /// What translation could not carry.
    pub loss: LossReport,
    /// From the call's arrival to the first content of a stream.
    pub first_content: Option<Duration>,
    /// An error inside a stream that had begun.
    pub stream_error: Option<ErrorKind>,
}

/// Shared notes; every layer that touches a call may write into them.
#[derive(Debug, Default)]
pub struct Notes(Mutex<Outcome>);

impl Notes {
    /// Writes something down.
    pub fn with<R>(&self, write: impl FnOnce(&mut Outcome) -> R) -> R {
        write(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes everything noted so far.
    pub fn take(&self) -> Outcome {
        self.with(std::mem::take)
    }
}
