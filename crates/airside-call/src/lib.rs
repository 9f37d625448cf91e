//! One in-flight call: what goes in, what comes out, what may go wrong.
//!
//! Every policy and the router speak in these types: a service takes a
//! [`Call`] and answers with a [`Reply`] or a [`CallError`]. The crate holds
//! no policy.
//!
//! Services between our layers are always ready: whether a call can be served
//! depends on its target, which only the call tells.

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
