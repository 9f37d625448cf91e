//! The unified schema: what a call to a model is, independent of any wire format.
//!
//! Holds the request and response model, the stream events with the laws they
//! obey, the closed list of edits a policy may make, the report of what a
//! translation could not carry, and the codec traits a dialect implements.
//! It does no I/O, knows no vendor and contains no wire format.
//!
//! Two rules shape everything here:
//!
//! * **Decoding is total.** Every field of the input ends in a named field, in
//!   [`Extras`] or in [`PartKind::Opaque`]. Loss can therefore only happen when
//!   encoding, which is why only encoders are given a [`LossReport`].
//! * **Numbers nobody computes with stay text.** Sampling parameters are kept
//!   as [`RawJson`](airside_wire::RawJson), so `0.10` does not become `0.1`.
//!
//! A complete answer and a streamed one are the same thing told in two ways:
//!
//! ```
//! use airside_schema::stream::{Checker, Folder, unfold};
//! use airside_schema::{ChatResponse, Choice, FinishReason, Message, Role};
//!
//! let message = Message::text(Role::Assistant, "Hello");
//! let mut answer = ChatResponse::default();
//! answer.choices.push(Choice::new(0, message, Some(FinishReason::Stop)));
//!
//! let events = unfold(&answer);
//! Checker::check(&events)?;
//!
//! let mut folder = Folder::default();
//! for event in &events {
//!     folder.event(event);
//! }
//! assert_eq!(folder.finish(), Ok(answer));
//! # Ok::<(), airside_schema::stream::Violation>(())
//! ```

pub mod chat;
pub mod codec;
mod edit;
mod envelope;
mod error;
mod extras;
mod fault;
mod ids;
mod loss;
mod operation;
pub mod stream;

pub use chat::{
    CacheMark, ChatRequest, ChatResponse, Choice, Citation, FinishReason, Media, MediaSource,
    Message, Params, Part, PartKind, Reasoning, ReasoningConfig, ReasoningEffort, ResponseFormat,
    Role, Tool, ToolCall, ToolChoice, ToolKind, ToolResult, Usage,
};
pub use edit::{Edit, Patched};
pub use envelope::{Envelope, Needs};
pub use error::CodecError;
pub use extras::Extras;
pub use fault::{Fault, FaultKind};
pub use ids::DialectId;
pub use loss::{Direction, Loss, LossKind, LossReport, Weight};
pub use operation::Operation;
pub use stream::{BlockKind, Delta, Event};
