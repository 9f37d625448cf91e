//! Coders of streamed replies: sans-IO state machines.

use bytes::Bytes;

use crate::{CodecError, Event, LossReport};

/// How a streamed reply is framed on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Framing {
    /// Server-sent events.
    Sse,
    /// One JSON document a line.
    Ndjson,
    /// Amazon event stream messages.
    EventStream,
}

/// Turns the bytes of a streamed reply into events.
///
/// The events obey the laws of [`Checker`](crate::stream::Checker) whatever
/// the bytes are, and do not depend on how the bytes are cut into chunks.
pub trait StreamDecoder: std::fmt::Debug + Send {
    /// Takes the next bytes and appends the events they complete.
    ///
    /// An error means that the upstream does not speak the dialect; the
    /// caller ends the stream with a fault and must not push again.
    fn push(&mut self, chunk: Bytes, events: &mut Vec<Event>) -> Result<(), CodecError>;

    /// The bytes ended. Appends what is left: [`Event::End`] if the answer was
    /// complete, [`Event::Fault`] if it was cut off, nothing if either was
    /// already given.
    fn finish(&mut self, events: &mut Vec<Event>);
}

/// Turns events into the bytes of a streamed reply.
pub trait StreamEncoder: std::fmt::Debug + Send {
    /// Appends the frames of an event to `out` and what they cannot carry to
    /// `loss`. [`Event::End`] and [`Event::Fault`] write whatever ends a
    /// stream in the dialect.
    fn event(&mut self, event: &Event, out: &mut Vec<u8>, loss: &mut LossReport);
}
