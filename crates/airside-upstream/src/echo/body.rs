//! The body of an echo reply: chunks one after the other, slowly or cut off
//! if so told.
//!
//! Chunks of a stream are made when they are asked for, so a long answer that
//! nobody reads costs nothing.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use airside_call::{CallError, ErrorKind};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

use super::control::Control;

/// The body of an echo reply.
pub struct EchoBody {
    chunks: Chunks,
    /// The next chunk while it waits.
    held: Option<Bytes>,
    slow: Option<Duration>,
    pause: Option<Pin<Box<Sleep>>>,
    /// How many chunks are left until the body breaks off.
    left: Option<u64>,
    ended: bool,
}

/// Makes the chunks of a stream.
pub(super) type Stream = Box<dyn Iterator<Item = Bytes> + Send>;

enum Chunks {
    One(Option<Bytes>),
    Many(Stream),
}

impl EchoBody {
    /// A body in one piece. Told to cut, it breaks off in the middle.
    pub(super) fn whole(mut bytes: Bytes, control: &Control) -> Self {
        let left = control.cut.map(|chunks| chunks.min(1));
        if left.is_some() {
            bytes.truncate(bytes.len() / 2);
        }
        Self::new(Chunks::One(Some(bytes)), control.slow, left)
    }

    /// A body in chunks. Told to cut after more chunks than there are, it ends well.
    pub(super) fn stream(chunks: Stream, control: &Control) -> Self {
        Self::new(Chunks::Many(chunks), control.slow, control.cut)
    }

    fn new(chunks: Chunks, slow: Option<Duration>, left: Option<u64>) -> Self {
        let slow = slow.filter(|slow| !slow.is_zero());
        Self { chunks, held: None, slow, pause: None, left, ended: false }
    }

    fn next(&mut self) -> Option<Bytes> {
        match &mut self.chunks {
            Chunks::One(bytes) => bytes.take(),
            Chunks::Many(chunks) => chunks.next(),
        }
    }

    /// Ends a body that was told to break off here.
    fn broken(&mut self) -> CallError {
        self.ended = true;
        CallError::new(
            ErrorKind::StreamBroken,
            "the model name asked the echo upstream to break off its reply here",
        )
    }
}

impl Body for EchoBody {
    type Data = Bytes;
    type Error = CallError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CallError>>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(None);
        }
        if this.left == Some(0) && matches!(this.chunks, Chunks::One(_)) {
            return Poll::Ready(Some(Err(this.broken())));
        }
        if this.held.is_none() {
            this.held = this.next();
            if this.held.is_none() {
                this.ended = true;
                return Poll::Ready(None);
            }
            if this.left == Some(0) {
                return Poll::Ready(Some(Err(this.broken())));
            }
            this.pause = this.slow.map(|slow| Box::pin(tokio::time::sleep(slow)));
        }
        if let Some(pause) = &mut this.pause {
            ready!(pause.as_mut().poll(cx));
            this.pause = None;
        }
        this.left = this.left.map(|left| left.saturating_sub(1));
        Poll::Ready(this.held.take().map(|chunk| Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.chunks, &self.held, self.left) {
            (Chunks::One(Some(bytes)), _, None) | (Chunks::One(None), Some(bytes), None) => {
                SizeHint::with_exact(bytes.len() as u64)
            }
            (Chunks::One(None), None, None) => SizeHint::with_exact(0),
            _ => SizeHint::default(),
        }
    }
}

impl fmt::Debug for EchoBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = match self.chunks {
            Chunks::One(_) => "whole",
            Chunks::Many(_) => "stream",
        };
        f.debug_struct("EchoBody")
            .field("form", &form)
            .field("slow", &self.slow)
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}
