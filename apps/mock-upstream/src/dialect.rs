//! Renders answers in the two dialects the mock speaks. Each function gives bytes made once per
//! (script, model) and sent many times.
//!
//! It is not a codec: the shapes are the providers' published ones, the content is fixed.
//! See <https://platform.openai.com/docs/api-reference/chat> and
//! <https://docs.anthropic.com/en/api/messages-streaming>.

use bytes::Bytes;
use serde_json::Value;

use crate::body::{Chunk, Recording};
use crate::script::Script;

/// The dialects the mock answers in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Dialect {
    ChatCompletions,
    Messages,
}

impl Dialect {
    /// The dialect of a path: its ending decides, so that any prefix works.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        if path.ends_with("/chat/completions") {
            Some(Self::ChatCompletions)
        } else if path.ends_with("/messages") {
            Some(Self::Messages)
        } else {
            None
        }
    }

    /// The unary answer.
    pub(crate) fn unary(self, script: Script, model: &str) -> Bytes {
        let model = Value::from(model);
        let text = filler(script.text_bytes.unwrap_or(600), self);
        let body = match self {
            Self::ChatCompletions => format!(
                r#"{{"id":"chatcmpl-mock","object":"chat.completion","created":1700000000,"model":{model},"choices":[{{"index":0,"message":{{"role":"assistant","content":"{text}","refusal":null,"annotations":[]}},"logprobs":null,"finish_reason":"stop"}}],"usage":{{"prompt_tokens":25,"completion_tokens":150,"total_tokens":175,"prompt_tokens_details":{{"cached_tokens":0,"audio_tokens":0}},"completion_tokens_details":{{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}},"service_tier":"default","system_fingerprint":"fp_mock"}}"#
            ),
            Self::Messages => format!(
                r#"{{"id":"msg_mock","type":"message","role":"assistant","model":{model},"content":[{{"type":"text","text":"{text}"}}],"stop_reason":"end_turn","stop_sequence":null,"usage":{{"input_tokens":25,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":150,"service_tier":"standard"}}}}"#
            ),
        };
        body.into()
    }

    /// The streamed answer; `usage` asks for the usage chunk of chat completions (messages
    /// always report usage).
    pub(crate) fn stream(self, script: Script, model: &str, usage: bool) -> Recording {
        let model = Value::from(model);
        let chunk = match (script.stamped, script.text_bytes) {
            (true, _) => {
                // The text is put in when the chunk is written; a raw marker finds the place.
                let event = self.content_event(&model, "\u{0}");
                let (before, after) = event.split_once('\u{0}').unwrap_or((&event, ""));
                Chunk::Stamped { before: before.to_owned(), after: after.to_owned() }
            }
            (false, bytes) => {
                let text = filler(bytes.unwrap_or(6), self);
                Chunk::Fixed(self.content_event(&model, &text).into())
            }
        };
        let (opening, closing) = match self {
            Self::ChatCompletions => chat_brackets(&model, script.chunks, usage),
            Self::Messages => message_brackets(&model, script.chunks),
        };
        Recording { opening: opening.into(), chunk, chunks: script.chunks, closing: closing.into() }
    }

    fn content_event(self, model: &Value, text: &str) -> String {
        match self {
            Self::ChatCompletions => {
                chat_event(model, &format!(r#"{{"content":"{text}"}}"#), "null")
            }
            Self::Messages => format!(
                "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\
                 \"delta\":{{\"type\":\"text_delta\",\"text\":\"{text}\"}}}}\n\n"
            ),
        }
    }
}

fn chat_event(model: &Value, delta: &str, finish: &str) -> String {
    format!(
        "data: {{\"id\":\"chatcmpl-mock\",\"object\":\"chat.completion.chunk\",\
         \"created\":1700000000,\"model\":{model},\"service_tier\":\"default\",\
         \"system_fingerprint\":\"fp_mock\",\"choices\":[{{\"index\":0,\"delta\":{delta},\
         \"logprobs\":null,\"finish_reason\":{finish}}}]}}\n\n"
    )
}

fn chat_brackets(model: &Value, chunks: u32, usage: bool) -> (String, String) {
    let opening = chat_event(model, r#"{"role":"assistant","content":"","refusal":null}"#, "null");
    let finish = chat_event(model, "{}", r#""stop""#);
    let total = 25 + u64::from(chunks);
    let usage = if usage {
        format!(
            "data: {{\"id\":\"chatcmpl-mock\",\"object\":\"chat.completion.chunk\",\
             \"created\":1700000000,\"model\":{model},\"choices\":[],\"usage\":{{\
             \"prompt_tokens\":25,\"completion_tokens\":{chunks},\"total_tokens\":{total}}}}}\n\n"
        )
    } else {
        String::new()
    };
    let closing = format!("{finish}{usage}data: [DONE]\n\n");
    (opening, closing)
}

fn message_brackets(model: &Value, chunks: u32) -> (String, String) {
    let opening = format!(
        "event: message_start\ndata: {{\"type\":\"message_start\",\"message\":{{\
         \"id\":\"msg_mock\",\"type\":\"message\",\"role\":\"assistant\",\"model\":{model},\
         \"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{{\
         \"input_tokens\":25,\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\
         \"output_tokens\":1,\"service_tier\":\"standard\"}}}}}}\n\n\
         event: content_block_start\ndata: {{\"type\":\"content_block_start\",\"index\":0,\
         \"content_block\":{{\"type\":\"text\",\"text\":\"\"}}}}\n\n\
         event: ping\ndata: {{\"type\":\"ping\"}}\n\n"
    );
    let closing = format!(
        "event: content_block_stop\ndata: {{\"type\":\"content_block_stop\",\"index\":0}}\n\n\
         event: message_delta\ndata: {{\"type\":\"message_delta\",\"delta\":{{\
         \"stop_reason\":\"end_turn\",\"stop_sequence\":null}},\"usage\":{{\
         \"output_tokens\":{chunks}}}}}\n\n\
         event: message_stop\ndata: {{\"type\":\"message_stop\"}}\n\n"
    );
    (opening, closing)
}

/// Text of an exact length that tells which dialect answered, so that a test can see whether a
/// gateway translated. ASCII without escapes.
fn filler(bytes: usize, dialect: Dialect) -> String {
    let words = match dialect {
        Dialect::ChatCompletions => " chat completion speaking,",
        Dialect::Messages => " messages speaking,",
    };
    words.chars().cycle().take(bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [Dialect; 2] = [Dialect::ChatCompletions, Dialect::Messages];

    /// The JSON of every `data:` line.
    fn events(recording: &Recording) -> Vec<Value> {
        let Chunk::Fixed(chunk) = &recording.chunk else { panic!("not fixed") };
        let text = [&recording.opening, chunk, &recording.closing].map(|part| part.to_vec());
        let text = String::from_utf8(text.concat()).unwrap();
        assert!(text.ends_with("\n\n"));
        let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
        data.filter(|data| *data != "[DONE]").map(|data| data.parse().unwrap()).collect()
    }

    #[test]
    fn a_unary_answer_is_json_with_text_of_the_length_asked_for() {
        for (dialect, pointer) in
            BOTH.into_iter().zip(["/choices/0/message/content", "/content/0/text"])
        {
            let script = Script::parse("mock-bytes-5000").unwrap();
            let body: Value =
                serde_json::from_slice(&dialect.unary(script, "a \"quoted\" name")).unwrap();
            assert_eq!(body.pointer(pointer).unwrap().as_str().unwrap().len(), 5000);
            assert_eq!(body["model"], "a \"quoted\" name");
        }
    }

    #[test]
    fn a_chat_stream_opens_with_the_role_and_ends_with_usage_when_asked() {
        let script = Script::parse("mock-2-bytes-9").unwrap();
        let recording = Dialect::ChatCompletions.stream(script, "m", true);
        let events = events(&recording);
        assert_eq!(events[0]["choices"][0]["delta"]["role"], "assistant");
        assert_eq!(events[1]["choices"][0]["delta"]["content"], " chat com");
        assert_eq!(events[2]["choices"][0]["finish_reason"], "stop");
        assert_eq!(events[3]["usage"]["total_tokens"], 27);
        assert!(recording.closing.ends_with(b"data: [DONE]\n\n"));
        let silent = Dialect::ChatCompletions.stream(script, "m", false);
        assert!(!silent.closing.windows(5).any(|window| window == b"usage"));
    }

    #[test]
    fn a_message_stream_follows_the_published_order_of_events() {
        let recording = Dialect::Messages.stream(Script::default(), "m", false);
        let types: Vec<_> = events(&recording)
            .iter()
            .map(|event| event["type"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(
            types,
            [
                "message_start",
                "content_block_start",
                "ping",
                "content_block_delta",
                "content_block_stop",
                "message_delta",
                "message_stop"
            ]
        );
    }

    #[test]
    fn a_stamped_chunk_is_cut_where_its_text_goes() {
        for dialect in BOTH {
            let recording = dialect.stream(Script::parse("mock-stamp").unwrap(), "m", false);
            let Chunk::Stamped { before, after } = recording.chunk else { panic!("not stamped") };
            assert!(before.ends_with(":\"") && after.starts_with("\"}"), "{before}|{after}");
        }
    }
}
