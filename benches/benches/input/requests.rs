//! Requests in both chat formats: a conversation of long paragraphs, and one tool.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{prose, to_bytes};

/// A chat completion request of about so many bytes.
pub(crate) fn openai(bytes: usize, stream: bool) -> Bytes {
    let mut messages = vec![json!({"role": "system", "content": "You are a careful editor."})];
    messages.extend(turns(bytes));
    to_bytes(&json!({
        "model": "some-model",
        "messages": messages,
        "temperature": 0.7,
        "max_tokens": 1024,
        "stream": stream,
        "tools": [{"type": "function", "function": tool("parameters")}],
    }))
}

/// A messages request of about so many bytes.
pub(crate) fn anthropic(bytes: usize, stream: bool) -> Bytes {
    to_bytes(&json!({
        "model": "some-model",
        "system": "You are a careful editor.",
        "messages": turns(bytes),
        "temperature": 0.7,
        "max_tokens": 1024,
        "stream": stream,
        "tools": [tool("input_schema")],
    }))
}

/// Turns of a conversation, which both formats write alike, each about a long paragraph. The user
/// has the last word.
fn turns(bytes: usize) -> Vec<Value> {
    let room = bytes.saturating_sub(500);
    let count = (room / 1200).saturating_sub(1) | 1;
    let turn = |index| {
        let role = if index % 2 == 0 { "user" } else { "assistant" };
        json!({"role": role, "content": prose((room / count).saturating_sub(40))})
    };
    (0..count).map(turn).collect()
}

fn tool(schema: &str) -> Value {
    json!({
        "name": "find_report",
        "description": "Finds a report by its title",
        schema: {
            "type": "object",
            "properties": {"title": {"type": "string"}, "year": {"type": "integer"}},
            "required": ["title"],
        },
    })
}
