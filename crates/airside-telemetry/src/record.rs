//! The record of a call: what is known once it is over.

use airside_wire::{RawJson, Str};

/// Everything worth knowing about one call. Times are in milliseconds with
/// microsecond resolution, sizes in bytes.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CallRecord {
    /// When the call arrived, in milliseconds since 1970.
    pub time: u64,
    /// Identifies the call; the reply's `x-request-id`.
    pub request_id: Str,
    /// Links calls of one trace.
    pub trace_id: Str,
    /// The HTTP method.
    pub method: Str,
    /// The path as it was asked for, without its query.
    pub path: Str,
    /// What was asked for, such as `chat`.
    pub operation: Option<&'static str>,
    /// The caller's dialect.
    pub dialect: Option<&'static str>,
    /// The status the caller got.
    pub status: u16,
    /// Why the call failed, such as `timeout_first_byte`.
    pub error: Option<&'static str>,
    /// The caller went away before the reply was complete.
    pub canceled: bool,
    /// The provider that answered last.
    pub provider: Option<Str>,
    /// The model the caller asked for.
    pub model: Option<Str>,
    /// The model that answered, as it names itself.
    pub response_model: Option<Str>,
    /// A stream was asked for.
    pub stream: bool,
    /// How the upstream's dialect was reached: `verbatim`, `patched`, `translated`.
    pub plan: Option<&'static str>,
    /// The path of the target that answered.
    pub target: Option<Str>,
    /// Retries at that target; −1 if they were used up.
    pub retries: i32,
    /// From the call's arrival to the end of the reply's body.
    pub duration_ms: f64,
    /// From the call's arrival to the reply's headers.
    pub headers_ms: Option<f64>,
    /// From the call's arrival to the first content of a stream.
    pub first_content_ms: Option<f64>,
    /// Size of the request's body.
    pub request_bytes: u64,
    /// Size of the reply's body.
    pub response_bytes: u64,
    /// Tokens used.
    pub usage: Option<UsageRecord>,
    /// Why the first choice ended.
    pub finish: Option<Str>,
    /// Every try at an upstream.
    pub attempts: Vec<AttemptRecord>,
    /// What translation could not carry.
    pub loss: Vec<LossRecord>,
    /// The caller's key-value pairs.
    pub metadata: Option<RawJson>,
}

/// One try at an upstream.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct AttemptRecord {
    /// The provider.
    pub provider: Str,
    /// The host it was sent to.
    pub host: Str,
    /// The model sent.
    pub model: Option<Str>,
    /// The dialect it was sent in.
    pub dialect: Option<&'static str>,
    /// The status the upstream answered with.
    pub status: Option<u16>,
    /// Why it failed.
    pub error: Option<&'static str>,
    /// From sending to the reply's headers.
    pub first_byte_ms: Option<f64>,
}

/// Tokens used; see `airside_schema::Usage` for what each count is part of.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct UsageRecord {
    /// Tokens of the prompt, cached or not.
    pub input: u64,
    /// Tokens of the answer, reasoning included.
    pub output: u64,
    /// The total.
    pub total: u64,
    /// Of the input: read from a prompt cache.
    pub cache_read: Option<u64>,
    /// Of the input: written to a prompt cache.
    pub cache_write: Option<u64>,
    /// Of the output: spent on reasoning.
    pub reasoning: Option<u64>,
    /// Of the input: audio.
    pub audio_input: Option<u64>,
    /// Of the output: audio.
    pub audio_output: Option<u64>,
}

/// One value that did not make it through a translation.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LossRecord {
    /// Where it stood.
    pub path: Str,
    /// `dropped`, `approximated`, `defaulted` or `reordered`.
    pub kind: &'static str,
    /// `semantic`, `parameter` or `annotation`.
    pub weight: &'static str,
    /// `request` or `reply`.
    pub direction: &'static str,
    /// Why.
    pub note: &'static str,
}

impl CallRecord {
    /// The record with texts of its own, so that keeping it does not keep the
    /// request and the reply it was read from.
    #[must_use]
    pub fn detached(&self) -> Self {
        let copy = |text: &Option<Str>| text.as_deref().map(Str::from);
        let mut record = self.clone();
        record.model = copy(&self.model);
        record.response_model = copy(&self.response_model);
        record.finish = copy(&self.finish);
        for attempt in &mut record.attempts {
            attempt.model = copy(&attempt.model);
        }
        record
    }
}
