//! Writes a request of one format in another and prints what got lost.
//!
//! Only `wire`, `schema` and `dialects`: no runtime, no socket, no key. The same few lines turn a
//! log of requests into those of another provider, or tell in a test what a move would cost.
//!
//! ```sh
//! cargo run -p airside --example translate_offline
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use airside::dialects::{anthropic_messages, openai_chat};
use airside::schema::LossReport;
use airside::schema::codec::{ChatEgress, ChatIngress, EncodeCx};
use airside::wire::{JsonDoc, Limits};

/// What an application sends to `/v1/messages`.
const REQUEST: &str = r#"{
  "model": "some-model",
  "max_tokens": 300,
  "top_k": 40,
  "system": "Answer in one sentence.",
  "messages": [{"role": "user", "content": [
    {"type": "text", "text": "What is the weather in Paris?", "cache_control": {"type": "ephemeral"}}
  ]}],
  "tools": [{"name": "weather", "input_schema": {"type": "object", "required": ["city"]}}]
}"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // One validating scan; the document stays the bytes that arrived.
    let doc = JsonDoc::parse(REQUEST.into(), &Limits::default())?;

    // Decoding is total: what the unified schema has no field for is kept beside it.
    let chat = anthropic_messages::INGRESS.decode(&doc)?;
    assert_eq!(chat.model, "some-model");
    assert_eq!(chat.tools.len(), 1);

    // Only encoding can lose something, so only encoders are given a report.
    let mut loss = LossReport::default();
    let encoded = openai_chat::EGRESS.encode(&chat, &EncodeCx::default(), &mut loss)?;
    let body = str::from_utf8(&encoded.body)?;
    println!("{body}\n\nLost on the way:\n{loss}");

    assert!(body.contains("What is the weather in Paris?"));
    assert!(body.contains(r#""type":"function""#), "tools are wrapped in functions");
    let lost: Vec<&str> = loss.iter().map(|loss| &*loss.path).collect();
    assert_eq!(lost, ["messages[0].content[0].cache_control", "top_k"]);
    Ok(())
}
