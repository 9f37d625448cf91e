//! Implementations of the codec traits, one folder per wire format.
//!
//! A dialect is a wire format, not a vendor. Every folder has the same files:
//! `mod` (the dialect's two constants), `ingress` (read a request), `reply`
//! (write a complete answer), `stream_out` (write a streamed answer), `patch`
//! (edits as splices), `egress` (write a request), `answer` (read a complete
//! answer), `stream_in` (read a streamed answer), `observe` (look at an answer
//! that passes), `fault` (errors in both directions). It does no I/O.

pub mod anthropic_messages;
pub mod openai_chat;
mod openai_responses;
mod passing;
mod registry;
mod shared;

pub use passing::{Reader, decode_fault, encode_fault, fault_frame, reader};
pub use registry::{ChatDialect, chat, chat_dialects};
