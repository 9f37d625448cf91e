//! The body of an answer: bytes rendered earlier, given to hyper one chunk per write.
//!
//! It decides when bytes leave, not what they are. A stream's chunks keep to a schedule counted
//! from the first chunk, so a late wake-up does not lengthen the stream.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

/// A streamed answer, rendered: an opening, the same chunk several times, a closing.
#[derive(Debug)]
pub(crate) struct Recording {
    pub(crate) opening: Bytes,
    pub(crate) chunk: Chunk,
    pub(crate) chunks: u32,
    pub(crate) closing: Bytes,
}

/// A content chunk.
#[derive(Debug)]
pub(crate) enum Chunk {
    Fixed(Bytes),
    /// The text between the halves is the wall clock at the time of writing.
    Stamped {
        before: String,
        after: String,
    },
}

impl Chunk {
    fn bytes(&self) -> Bytes {
        match self {
            Self::Fixed(bytes) => bytes.clone(),
            Self::Stamped { before, after } => {
                #[expect(clippy::disallowed_methods, reason = "the stamp is the real time")]
                let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
                let nanos = since_epoch.unwrap_or_default().as_nanos();
                format!("{before}~{nanos:019}~{after}").into()
            }
        }
    }
}

/// The body of an answer.
#[derive(Debug)]
pub struct ReplyBody(State);

enum State {
    Whole(Option<Bytes>),
    Stream(Playback),
}

struct Playback {
    recording: Rc<Recording>,
    /// Parts given so far, the opening being the first.
    given: u32,
    delay: Duration,
    timer: Pin<Box<Sleep>>,
    /// Whether hyper has been let go of since the last part, so that it has written it.
    written: bool,
}

impl ReplyBody {
    /// A body in one piece, with a content length.
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self(State::Whole(Some(bytes)))
    }

    /// A body in chunks, each `delay` after the one before it but for the first,
    /// which follows the opening at once.
    pub(crate) fn stream(recording: Rc<Recording>, delay: Duration) -> Self {
        let timer = Box::pin(sleep_until(Instant::now()));
        Self(State::Stream(Playback { recording, given: 0, delay, timer, written: true }))
    }
}

impl Playback {
    fn poll_part(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let last = self.recording.chunks.saturating_add(1);
        if self.given > last {
            return Poll::Ready(None);
        }
        // Hyper gathers frames for as long as a body has more and flushes when it is pending.
        if !self.written {
            self.written = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.given > 1 && !self.delay.is_zero() {
            ready!(self.timer.as_mut().poll(context));
        }
        let part = match self.given {
            0 => self.recording.opening.clone(),
            given if given == last => self.recording.closing.clone(),
            _ => self.recording.chunk.bytes(),
        };
        if !self.delay.is_zero() {
            let from = if self.given < 2 { Instant::now() } else { self.timer.deadline() };
            self.timer.as_mut().reset(from + self.delay);
        }
        self.given += 1;
        self.written = false;
        Poll::Ready(Some(part))
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let part = match &mut self.0 {
            State::Whole(bytes) => bytes.take(),
            State::Stream(playback) => ready!(playback.poll_part(context)),
        };
        Poll::Ready(part.map(|part| Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.0, State::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            State::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            State::Stream(_) => SizeHint::default(),
        }
    }
}

impl fmt::Debug for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(bytes) => formatter.debug_tuple("Whole").field(bytes).finish(),
            Self::Stream(playback) => formatter
                .debug_struct("Stream")
                .field("given", &playback.given)
                .finish_non_exhaustive(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    fn recording(chunks: u32) -> Rc<Recording> {
        let [opening, chunk, closing] = ["<", "x", ">"].map(Bytes::from);
        Rc::new(Recording { opening, chunk: Chunk::Fixed(chunk), chunks, closing })
    }

    #[tokio::test(start_paused = true)]
    async fn chunks_after_the_first_keep_the_distance_asked_for() {
        let mut body = ReplyBody::stream(recording(3), Duration::from_millis(10));
        let start = Instant::now();
        let mut seen = Vec::new();
        while let Some(frame) = body.frame().await {
            seen.push((frame.unwrap().into_data().unwrap(), start.elapsed().as_millis()));
        }
        let expected = [("<", 0), ("x", 0), ("x", 10), ("x", 20), (">", 30)];
        assert_eq!(seen, expected.map(|(text, at)| (Bytes::from(text), at)));
    }

    #[tokio::test]
    async fn the_body_is_pending_between_chunks_so_that_each_is_one_write() {
        let mut body = ReplyBody::stream(recording(2), Duration::ZERO);
        let mut polls = String::new();
        std::future::poll_fn(|context| {
            loop {
                match Pin::new(&mut body).poll_frame(context) {
                    Poll::Ready(Some(frame)) => {
                        let data = frame.unwrap().into_data().unwrap();
                        polls.push_str(std::str::from_utf8(&data).unwrap());
                    }
                    Poll::Ready(None) => return Poll::Ready(()),
                    Poll::Pending => polls.push('.'),
                }
            }
        })
        .await;
        assert_eq!(polls, "<.x.x.>");
    }
}
