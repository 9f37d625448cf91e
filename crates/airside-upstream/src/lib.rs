//! The leaf of every route: one call to one provider, over any transport.
//!
//! This is the only place that decides how a call reaches its upstream: with
//! the bytes that arrived (*verbatim*), with named splices in them (*patched*),
//! or decoded and written in another dialect (*translated*). It never retries
//! and opens no socket: it is generic over a [`Transport`].
//!
//! ```
//! use std::sync::Arc;
//!
//! use airside_call::{Call, Clock, Context, Incoming, Payload, Plan, ReplyBody};
//! use airside_providers::Registry;
//! use airside_schema::{DialectId, Operation};
//! use airside_upstream::{Target, Upstream, UpstreamConfig, echo::Echo};
//! use airside_wire::{JsonDoc, Limits};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // The transport of a real provider would be a network client.
//! let upstream = Upstream::new(Echo::new(Clock::system()), UpstreamConfig::default());
//! let provider = Registry::builtin().get("echo").ok_or("it is built in")?.clone();
//! let target = Target::new(provider);
//!
//! let body = r#"{"model":"any","messages":[{"role":"user","content":"Hello"}]}"#;
//! let doc = JsonDoc::parse(body.into(), &Limits::default())?;
//! let (operation, dialect) = (Operation::Chat, DialectId::OPENAI_CHAT);
//! let incoming = Incoming::new(operation, dialect, "/chat/completions", Payload::Json(doc));
//! let call = Call::new(incoming, Context::new("request-1", Clock::system()));
//! let context = Arc::clone(&call.context);
//!
//! let reply = upstream.call(&target, call).await?;
//! let ReplyBody::Raw(body) = reply.body else { return Err("it is not a stream".into()) };
//! assert!(str::from_utf8(&body)?.contains(r#""content":"Hello""#));
//! assert_eq!(context.notes.take().attempts[0].plan, Some(Plan::Verbatim));
//! # Ok(())
//! # }
//! ```

mod body;
mod decompress;
pub mod echo;
mod fault;
mod headers;
mod plan;
mod request;
mod service;
mod stream;
mod target;
mod transport;
mod unary;

pub use service::{Upstream, UpstreamConfig, UpstreamService};
pub use target::Target;
pub use transport::{Outgoing, OutgoingBody, Reach, Transport};
