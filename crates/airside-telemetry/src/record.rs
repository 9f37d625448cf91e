//! The record of a call: what is known once it is over.
//!
//! Field names are stable: dashboards and log queries are built on them.

use airside_wire::{RawJson, Str};
use serde::{Serialize, Serializer};

/// Everything worth knowing about one call. Times are in milliseconds with
/// microsecond resolution, sizes in bytes.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct CallRecord {
    /// When the call arrived, in milliseconds since 1970.
    pub time: u64,
    /// Identifies the call; the reply's `x-request-id`.
    #[serde(serialize_with = "text")]
    pub request_id: Str,
    /// Links calls of one trace.
    #[serde(serialize_with = "text")]
    pub trace_id: Str,
    /// The HTTP method.
    #[serde(serialize_with = "text")]
    pub method: Str,
    /// The path as it was asked for, without its query.
    #[serde(serialize_with = "text")]
    pub path: Str,
    /// What was asked for, such as `chat`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<&'static str>,
    /// The caller's dialect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dialect: Option<&'static str>,
    /// The status the caller got.
    pub status: u16,
    /// Why the call failed, such as `timeout_first_byte`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'static str>,
    /// The caller went away before the reply was complete.
    #[serde(skip_serializing_if = "is_false")]
    pub canceled: bool,
    /// The provider that answered last.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "maybe_text")]
    pub provider: Option<Str>,
    /// The model the caller asked for.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "maybe_text")]
    pub model: Option<Str>,
    /// The model that answered, as it names itself.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "maybe_text")]
    pub response_model: Option<Str>,
    /// A stream was asked for.
    pub stream: bool,
    /// How the upstream's dialect was reached: `verbatim`, `patched`, `translated`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<&'static str>,
    /// The path of the target that answered.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "maybe_text")]
    pub target: Option<Str>,
    /// Retries at that target; −1 if they were used up.
    #[serde(skip_serializing_if = "is_zero")]
    pub retries: i32,
    /// From the call's arrival to the end of the reply's body.
    pub duration_ms: f64,
    /// From the call's arrival to the reply's headers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headers_ms: Option<f64>,
    /// From the call's arrival to the first content of a stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_content_ms: Option<f64>,
    /// Size of the request's body.
    pub request_bytes: u64,
    /// Size of the reply's body.
    pub response_bytes: u64,
    /// Tokens used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<UsageRecord>,
    /// Why the first choice ended.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "maybe_text")]
    pub finish: Option<Str>,
    /// Every try at an upstream.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<AttemptRecord>,
    /// What translation could not carry.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub loss: Vec<LossRecord>,
    /// An observer failed on bytes that were forwarded all the same.
    #[serde(skip_serializing_if = "is_false")]
    pub observe_failed: bool,
    /// The caller's key-value pairs.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "raw")]
    pub metadata: Option<RawJson>,
}

/// One try at an upstream.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct AttemptRecord {
    /// The provider.
    #[serde(serialize_with = "text")]
    pub provider: Str,
    /// The host it was sent to.
    #[serde(serialize_with = "text")]
    pub host: Str,
    /// The model sent.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "maybe_text")]
    pub model: Option<Str>,
    /// The dialect it was sent in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dialect: Option<&'static str>,
    /// The status the upstream answered with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<&'static str>,
    /// From sending to the reply's headers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_byte_ms: Option<f64>,
}

/// Tokens used; see `airside_schema::Usage` for what each count is part of.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct UsageRecord {
    /// Tokens of the prompt, cached or not.
    pub input: u64,
    /// Tokens of the answer, reasoning included.
    pub output: u64,
    /// The total.
    pub total: u64,
    /// Of the input: read from a prompt cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_read: Option<u64>,
    /// Of the input: written to a prompt cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<u64>,
    /// Of the output: spent on reasoning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<u64>,
    /// Of the input: audio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_input: Option<u64>,
    /// Of the output: audio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_output: Option<u64>,
}

/// One value that did not make it through a translation.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct LossRecord {
    /// Where it stood.
    #[serde(serialize_with = "text")]
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

// Serde hands these over by reference.
fn is_false(value: &bool) -> bool {
    !*value
}

fn is_zero(value: &i32) -> bool {
    *value == 0
}

fn text<S: Serializer>(value: &Str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(value)
}

fn maybe_text<S: Serializer>(value: &Option<Str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(value.as_deref().unwrap_or_default())
}

fn raw<S: Serializer>(value: &Option<RawJson>, serializer: S) -> Result<S::Ok, S::Error> {
    let text = value.as_ref().map_or("null", RawJson::as_str);
    let raw: &serde_json::value::RawValue =
        serde_json::from_str(text).map_err(serde::ser::Error::custom)?;
    raw.serialize(serializer)
}
