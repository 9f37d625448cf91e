//! Streamed replies in both chat formats, one frame a chunk, as providers write them.

use bytes::Bytes;
use serde_json::{Value, json};

use super::prose;

/// Content chunks of a stream. The few frames before and after them are counted with them.
pub(crate) const CHUNKS: usize = 200;

/// Bytes of a content chunk, which is what OpenAI's have for one or two tokens.
const CHUNK_BYTES: usize = 260;

/// A streamed chat completion.
pub(crate) fn openai() -> Vec<Bytes> {
    let chunk = |delta: Value, finish: Value| {
        data(&json!({
            "id": "chatcmpl-000000000000000000000001",
            "object": "chat.completion.chunk",
            "created": 1_700_000_000,
            "model": "some-model-2025-01-01",
            "choices": [{
                "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish,
            }],
        }))
    };
    let content = padded(|text| chunk(json!({"content": text}), Value::Null));
    let mut stream = vec![chunk(json!({"role": "assistant", "content": ""}), Value::Null)];
    stream.extend(std::iter::repeat_n(content, CHUNKS));
    stream.push(chunk(json!({}), "stop".into()));
    stream.push("data: [DONE]\n\n".into());
    stream.into_iter().map(Bytes::from).collect()
}

/// A streamed message.
pub(crate) fn anthropic() -> Vec<Bytes> {
    let content = padded(|text| {
        let delta = json!({"type": "text_delta", "text": text});
        event(&json!({"type": "content_block_delta", "index": 0, "delta": delta}))
    });
    let mut stream = vec![
        event(&json!({"type": "message_start", "message": {
            "id": "msg_000000000000000000000001",
            "type": "message",
            "role": "assistant",
            "model": "some-model-2025-01-01",
            "content": [],
            "stop_reason": null,
            "stop_sequence": null,
            "usage": {"input_tokens": 300, "output_tokens": 1},
        }})),
        event(&json!({
            "type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""},
        })),
    ];
    stream.extend(std::iter::repeat_n(content, CHUNKS));
    stream.push(event(&json!({"type": "content_block_stop", "index": 0})));
    stream.push(event(&json!({
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": null},
        "usage": {"output_tokens": 200},
    })));
    stream.push(event(&json!({"type": "message_stop"})));
    stream.into_iter().map(Bytes::from).collect()
}

/// A frame whose text fills it up to the size of a content chunk.
fn padded(frame: impl Fn(&str) -> String) -> String {
    let room = CHUNK_BYTES.saturating_sub(frame("").len());
    // Prose without escapes keeps the size exact.
    let text = prose(room).replace(['"', '\n', '\t'], " ").replace(['\u{e9}', '\u{2192}'], "-");
    let filled = frame(&text);
    assert_eq!(filled.len(), CHUNK_BYTES, "{filled}");
    filled
}

fn data(value: &Value) -> String {
    format!("data: {value}\n\n")
}

fn event(value: &Value) -> String {
    let name = value.get("type").and_then(Value::as_str).unwrap_or_default();
    format!("event: {name}\ndata: {value}\n\n")
}
