//! What a call is answered with.

use std::fmt;
use std::pin::Pin;

use airside_schema::{ChatResponse, Event};
use airside_wire::Str;
use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, StatusCode};
use smallvec::SmallVec;

use crate::CallError;

/// A body that arrives in pieces without meaning to the gateway.
pub type BodyStream = Pin<Box<dyn Stream<Item = Result<Bytes, CallError>> + Send>>;

/// A streamed chat answer.
pub type FrameStream = Pin<Box<dyn Stream<Item = Result<ReplyFrame, CallError>> + Send>>;

/// An answer.
#[derive(Debug)]
#[non_exhaustive]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The upstream's headers that go on to the caller.
    pub headers: HeaderMap,
    /// The body.
    pub body: ReplyBody,
    /// Who answered.
    pub served_by: ServedBy,
}

impl Reply {
    /// An answer without headers.
    pub fn new(status: StatusCode, body: ReplyBody) -> Self {
        Self { status, headers: HeaderMap::new(), body, served_by: ServedBy::default() }
    }
}

/// Who answered, and how its target wants the answer written.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ServedBy {
    /// The provider's identifier.
    pub provider: Str,
    /// Leave out what the caller's dialect officially does not have.
    pub strict: bool,
}

impl ServedBy {
    /// A provider whose answers are written strictly or not.
    pub fn new(provider: impl Into<Str>, strict: bool) -> Self {
        Self { provider: provider.into(), strict }
    }
}

/// The body of an answer.
#[non_exhaustive]
pub enum ReplyBody {
    /// Bytes that already are what the caller should get.
    Raw(Bytes),
    /// A chat answer that the edge writes in the caller's dialect.
    Chat(Box<ChatResponse>),
    /// A streamed chat answer.
    Frames(FrameStream),
    /// Bytes that pass through as they arrive.
    Bytes(BodyStream),
}

impl fmt::Debug for ReplyBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Raw(bytes) => write!(f, "Raw({} bytes)", bytes.len()),
            Self::Chat(_) => f.write_str("Chat"),
            Self::Frames(_) => f.write_str("Frames"),
            Self::Bytes(_) => f.write_str("Bytes"),
        }
    }
}

/// A piece of a streamed chat answer.
///
/// On the verbatim way `raw` holds whole frames as they arrived, and `events`
/// is filled only if somebody asked for them. A policy that rewrites sets
/// `raw` to `None`; the edge then writes the events.
#[derive(Debug, Clone, Default)]
pub struct ReplyFrame {
    /// The bytes as they arrived.
    pub raw: Option<Bytes>,
    /// What they mean.
    pub events: SmallVec<[Event; 2]>,
}

impl ReplyFrame {
    /// Whole frames as they arrived.
    pub fn raw(bytes: Bytes) -> Self {
        Self { raw: Some(bytes), events: SmallVec::new() }
    }

    /// Events to be written in the caller's dialect.
    pub fn events(events: impl IntoIterator<Item = Event>) -> Self {
        Self { raw: None, events: events.into_iter().collect() }
    }
}
