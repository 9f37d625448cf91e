//! One in-flight call: what goes in, what comes out, what may go wrong.
//!
//! Every policy and the router speak in these types: a service takes a
//! [`Call`] and answers with a [`Reply`] or a [`CallError`]. The crate holds
//! no policy.
//!
//! Services between our layers are always ready: whether a call can be served
//! depends on its target, which only the call tells.
//!
//! ```
//! use airside_call::{BoxCall, Call, Clock, Context, Incoming, Payload, Reply, ReplyBody};
//! use airside_schema::{DialectId, Edit, Operation};
//! use airside_wire::{JsonDoc, Limits};
//! use http::StatusCode;
//! use tower::{ServiceBuilder, ServiceExt, service_fn};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A policy never changes what arrived; it appends edits.
//! let policy = |mut call: Call| {
//!     call.edits.push(Edit::SetModel("large".into()));
//!     call
//! };
//! let leaf = service_fn(|call: Call| async move {
//!     let model = call.model().unwrap_or_default();
//!     Ok(Reply::new(StatusCode::OK, ReplyBody::Raw(format!("asked {model}").into())))
//! });
//! let service = BoxCall::new(ServiceBuilder::new().map_request(policy).service(leaf));
//!
//! let doc = JsonDoc::parse(r#"{"model":"small","messages":[]}"#.into(), &Limits::default())?;
//! let (operation, dialect) = (Operation::Chat, DialectId::OPENAI_CHAT);
//! let incoming = Incoming::new(operation, dialect, "/chat/completions", Payload::Json(doc));
//! let call = Call::new(incoming, Context::new("request-1", Clock::system()));
//!
//! let reply = service.oneshot(call).await?;
//! assert!(matches!(reply.body, ReplyBody::Raw(body) if body == "asked large"));
//! # Ok(())
//! # }
//! ```

mod call;
mod clock;
mod context;
mod error;
mod notes;
mod reply;
mod service;
pub mod spawn;

pub use call::{Call, Incoming, Payload, StreamedBody};
pub use clock::Clock;
pub use context::Context;
pub use error::{CallError, ErrorKind, Origin, Retry, TimeoutKind, UpstreamFault};
pub use notes::{Attempt, Notes, Outcome, Plan};
pub use reply::{BodyStream, FrameStream, Reply, ReplyBody, ReplyFrame, ServedBy};
pub use service::{BoxCall, CallService};
