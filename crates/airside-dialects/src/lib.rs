//! Implementations of the codec traits, one folder per wire format.
//!
//! A dialect is a wire format, not a vendor. Every folder has the same files:
//! `mod` (the dialect's two constants), `ingress` (read a request), `reply`
//! (write a complete answer), `stream_out` (write a streamed answer), `patch`
//! (edits as splices), `egress` (write a request), `answer` (read a complete
//! answer), `stream_in` (read a streamed answer), `observe` (look at an answer
//! that passes), `fault` (errors in both directions). It does no I/O.
//!
//! ```
//! use airside_dialects::{anthropic_messages, openai_chat};
//! use airside_schema::LossReport;
//! use airside_schema::codec::{ChatEgress, ChatIngress, Memo, ReplyCx};
//!
//! // A streamed answer of an upstream, written for a caller who speaks the other format.
//! let mut decoder = openai_chat::EGRESS.stream_decoder(&Memo::default());
//! let mut encoder = anthropic_messages::INGRESS.stream_encoder(&ReplyCx::new("some-model"));
//!
//! let chunk = r#"data: {"choices":[{"index":0,"delta":{"content":"Hello"}}]}"#;
//! let mut events = Vec::new();
//! decoder.push(format!("{chunk}\n\ndata: [DONE]\n\n").into(), &mut events)?;
//! decoder.finish(&mut events);
//!
//! let (mut out, mut loss) = (Vec::new(), LossReport::default());
//! for event in &events {
//!     encoder.event(event, &mut out, &mut loss);
//! }
//! let out = String::from_utf8(out)?;
//! assert!(out.contains(r#""delta":{"type":"text_delta","text":"Hello"}"#));
//! assert!(out.ends_with("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod anthropic_messages;
pub mod openai_chat;
mod openai_responses;
mod passing;
mod registry;
mod shared;

pub use passing::{Reader, decode_fault, encode_fault, fault_frame, reader};
pub use registry::{ChatDialect, chat, chat_dialects};
