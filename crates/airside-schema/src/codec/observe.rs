//! Looking at a reply that is forwarded as it is.

use airside_wire::Str;
use bytes::Bytes;

use crate::{FinishReason, Usage};

/// What the record of a call wants to know of its reply.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Observed {
    /// The model that answered.
    pub model: Option<Str>,
    /// Tokens used.
    pub usage: Option<Usage>,
    /// Why the first choice ended.
    pub finish: Option<FinishReason>,
    /// Streams: what marks the end of an answer was seen (`[DONE]`, a finish
    /// reason, `message_stop`, an error event). Without it the end of the
    /// bytes means that the stream was cut off.
    pub complete: bool,
    /// Streams: content was seen, so the caller has something.
    pub content: bool,
    /// An error was seen inside a reply that began well.
    pub fault: bool,
}

/// Observes a stream that is forwarded as it is. It cannot fail and never
/// delays: what it does not understand it ignores.
pub trait StreamObserver: std::fmt::Debug + Send {
    /// Looks at bytes that hold whole frames, one or several.
    fn frames(&mut self, whole: &Bytes);

    /// What was seen so far.
    fn observed(&self) -> &Observed;
}
