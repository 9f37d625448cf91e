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

#[cfg(test)]
mod tests {
    use super::*;

    const OPENAI: &str = concat!(
        r#"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":"#,
        r#"[{"index":0,"delta":{"role":"assistant","content":"x"},"finish_reason":null}]}"#,
        "\n\n",
        r#"data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":"#,
        r#"[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
        "\n\ndata: [DONE]\n\n"
    );

    const ANTHROPIC: &str = concat!(
        "event: message_start\n",
        r#"data: {"type":"message_start","message":{"id":"m","type":"message","role":"assistant","#,
        r#""model":"m","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}"#,
        "\n\nevent: content_block_start\n",
        r#"data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        "\n\nevent: content_block_delta\n",
        r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}"#,
        "\n\nevent: content_block_stop\n",
        r#"data: {"type":"content_block_stop","index":0}"#,
        "\n\nevent: message_delta\n",
        r#"data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":1}}"#,
        "\n\nevent: message_stop\n",
        r#"data: {"type":"message_stop"}"#,
        "\n\n"
    );

    #[test]
    fn valid_streams_have_no_faults() {
        assert_eq!(stream(Side::OpenAi, &Bytes::from_static(OPENAI.as_bytes())), [""; 0]);
        assert_eq!(stream(Side::Anthropic, &Bytes::from_static(ANTHROPIC.as_bytes())), [""; 0]);
    }

    #[test]
    fn broken_streams_are_told_what_is_wrong() {
        let twice = OPENAI.replace("data: [DONE]", "data: [DONE]\n\ndata: [DONE]");
        for (side, text, fault) in [
            (Side::OpenAi, OPENAI.replace("data: [DONE]\n\n", ""), "ends with [DONE]"),
            (Side::OpenAi, twice, "nothing follows [DONE]"),
            (Side::OpenAi, OPENAI.replace("\"stop\"", "null"), "every choice has a finish_reason"),
            (Side::OpenAi, OPENAI.replace("\"stop\"", "\"end_turn\""), "a known one"),
            (Side::OpenAi, OPENAI.replace("\"role\":\"assistant\",", ""), "has the role"),
            (
                Side::OpenAi,
                OPENAI.replacen("\"id\":\"c\"", "\"id\":\"d\"", 1),
                "the same in every chunk",
            ),
            (
                Side::Anthropic,
                ANTHROPIC.replace("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", ""),
                "ends with message_stop",
            ),
            (Side::Anthropic, ANTHROPIC.replace("\"index\":0", "\"index\":1"), "numbered"),
            (
                Side::Anthropic,
                ANTHROPIC.replace("event: message_delta", "event: message"),
                "name is its type",
            ),
            (Side::Anthropic, ANTHROPIC.replace("text_delta", "thinking_delta"), "fits its block"),
            (Side::Anthropic, ANTHROPIC.replace("end_turn", "stop"), "a known one"),
        ] {
            let faults = stream(side, &Bytes::from(text));
            assert!(faults.iter().any(|known| known.contains(fault)), "{fault}: {faults:?}");
        }
    }

    #[test]
    fn an_error_of_one_dialect_is_none_of_the_other() {
        let openai = Bytes::from_static(br#"{"error":{"message":"m","type":"t"}}"#);
        assert_eq!(error(Side::OpenAi, &openai), [""; 0]);
        assert_eq!(error(Side::Anthropic, &openai).len(), 1);
        assert_eq!(error(Side::OpenAi, &Bytes::from_static(b"{}")).len(), 2);
    }
}
