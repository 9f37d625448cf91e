//! Who and what a call is, beside its content.

use airside_wire::{RawJson, Str};
use tokio::time::Instant;

use crate::{Clock, Notes};

/// Identity, metadata and notes of one call.
#[derive(Debug)]
#[non_exhaustive]
pub struct Context {
    /// Identifies the call; on every reply and in the record.
    pub request_id: Str,
    /// Links calls of one trace.
    pub trace_id: Str,
    /// The caller's key-value pairs, a JSON object.
    pub metadata: Option<RawJson>,
    /// When the call arrived.
    pub started: Instant,
    /// When, in milliseconds since 1970.
    pub started_unix_ms: u64,
    /// After this point nothing more is worth starting.
    pub deadline: Option<Instant>,
    /// The clock.
    pub clock: Clock,
    /// What the layers note down for the record.
    pub notes: Notes,
}

impl Context {
    /// A context that starts now.
    pub fn new(request_id: impl Into<Str>, clock: Clock) -> Self {
        let request_id = request_id.into();
        let unix = clock.unix();
        Self {
            trace_id: request_id.clone(),
            request_id,
            metadata: None,
            started: clock.instant(),
            started_unix_ms: u64::try_from(unix.as_millis()).unwrap_or(u64::MAX),
            deadline: None,
            clock,
            notes: Notes::default(),
        }
    }
}
