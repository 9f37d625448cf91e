//! Whether a reply is valid in its dialect, judged by the published formats and not by the
//! project's codecs, which read more than they write.

#![expect(clippy::indexing_slicing, reason = "a field a JSON value does not have is null")]

mod anthropic;
mod openai;

use airside_testkit::sse;
use bytes::Bytes;
use serde_json::Value;

use super::side::Side;

/// What is wrong with a complete reply; empty if nothing is.
pub(crate) fn unary(side: Side, body: &Bytes) -> Vec<String> {
    let Ok(json) = serde_json::from_slice::<Value>(body) else {
        return vec!["the reply is not JSON".to_owned()];
    };
    let mut faults = Faults::default();
    match side {
        Side::OpenAi => openai::unary(&json, &mut faults),
        Side::Anthropic => anthropic::unary(&json, &mut faults),
    }
    faults.0
}

/// What is wrong with an error reply.
pub(crate) fn error(side: Side, body: &Bytes) -> Vec<String> {
    let Ok(json) = serde_json::from_slice::<Value>(body) else {
        return vec!["the error is not JSON".to_owned()];
    };
    let mut faults = Faults::default();
    error_shape(side, &json, &mut faults);
    faults.0
}

/// What is wrong with a streamed reply.
pub(crate) fn stream(side: Side, body: &Bytes) -> Vec<String> {
    let received = sse::read(body);
    let mut faults = Faults::default();
    faults.unless(received.tail.is_none(), "the stream ends within an event");
    match side {
        Side::OpenAi => openai::stream(&received.events, &mut faults),
        Side::Anthropic => anthropic::stream(&received.events, &mut faults),
    }
    faults.0
}

fn error_shape(side: Side, json: &Value, faults: &mut Faults) {
    if side == Side::Anthropic {
        faults.unless(json["type"] == "error", "an error has type \"error\"");
    }
    let error = &json["error"];
    faults.unless(error["message"].is_string(), "an error has error.message");
    faults.unless(error["type"].is_string(), "an error has error.type");
}

/// Sentences about what is wrong, each once.
#[derive(Debug, Default)]
struct Faults(Vec<String>);

impl Faults {
    fn unless(&mut self, holds: bool, what: &str) {
        if !holds && !self.0.iter().any(|known| known == what) {
            self.0.push(what.to_owned());
        }
    }
}

fn is_one_of(value: &Value, names: &[&str]) -> bool {
    value.as_str().is_some_and(|value| names.contains(&value))
}
