//! The body of a response.
//!
//! Not a buffer: a frame is read from the connection when it is asked for, so a
//! reader who stops also stops the upstream. Invariant: a body that ends
//! without an error was complete.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Instant;

use crate::conn::Lane;
use crate::error::TransportError;
use crate::pool::Pool;
use crate::timeouts::{TimeoutKind, Watchdog};

/// What an upstream sends after the head of its response.
///
/// # Behavior
///
/// When the body is complete, its connection is ready for the next request. It
/// enforces [`between_frames`] and [`total`], as long as somebody polls it. A
/// body whose length nobody announced (neither `content-length` nor chunks, in
/// HTTP/1) ends when the connection does, which cannot be told from a cut.
///
/// # Errors
///
/// [`TransportError::Timeout`], and [`TransportError::ResponseBody`] for a body
/// that breaks off. Nothing follows an error.
///
/// # Cancel safety
///
/// Dropping the body before its end closes the HTTP/1 connection, or resets the
/// HTTP/2 stream, at once: the upstream sees that nobody listens any more.
///
/// [`between_frames`]: crate::Timeouts::between_frames
/// [`total`]: crate::Timeouts::total
#[must_use = "dropping a body cancels what the upstream is doing"]
pub struct ResponseBody {
    /// `None` after an error.
    incoming: Option<Incoming>,
    /// What it comes over, and where that belongs afterwards. `None` once all
    /// of it is here, or no more will come.
    source: Option<(Lane, Arc<Pool>)>,
    watchdog: Watchdog,
    between_frames: Option<Duration>,
}

impl ResponseBody {
    pub(crate) fn new(
        incoming: Incoming,
        lane: Lane,
        pool: &Arc<Pool>,
        watchdog: Watchdog,
        between_frames: Option<Duration>,
    ) -> Self {
        let source = Some((lane, Arc::clone(pool)));
        let mut body = Self { incoming: Some(incoming), source, watchdog, between_frames };
        body.watchdog.stop();
        // A short answer is often complete with its head.
        body.settle();
        body
    }

    /// Lets go of the connection as soon as the body does not need it.
    fn settle(&mut self) {
        let complete = match &self.source {
            None => false,
            Some((Lane::Http1(connection), _)) => connection.is_idle(),
            Some((Lane::Http2(_), _)) => self.is_end_stream(),
        };
        if complete {
            self.give_back();
        }
    }

    /// Puts an HTTP/1 connection into the pool, or ends the use of a shared one.
    fn give_back(&mut self) {
        if let Some((Lane::Http1(mut connection), pool)) = self.source.take() {
            connection.timer = self.watchdog.release();
            pool.check_in(connection);
        }
    }

    /// Gives up: closes the connection or resets the stream.
    fn fail(&mut self, error: TransportError) -> TransportError {
        self.incoming = None;
        self.source = None;
        error
    }

    /// Whether an HTTP/2 body that seems to end was cut. A server may reset a
    /// stream without an error to stop an upload after a complete response
    /// (RFC 9113, section 8.1), and hyper takes every such reset for an end.
    fn was_cut(&self) -> bool {
        let Some(incoming) = &self.incoming else { return false };
        let over_http2 = matches!(self.source, Some((Lane::Http2(_), _)));
        over_http2 && !incoming.is_end_stream() && incoming.size_hint().exact() != Some(0)
    }

    fn poll_incoming(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Some(incoming) = &mut self.incoming else { return Poll::Ready(None) };
        match &mut self.source {
            Some((lane, _)) => lane.poll_with(cx, |cx| Pin::new(&mut *incoming).poll_frame(cx)),
            None => Pin::new(incoming).poll_frame(cx),
        }
    }

    fn poll_limits(&mut self, cx: &mut Context<'_>) -> Poll<TransportError> {
        // The clock is read once per wait, not once per frame.
        if !self.watchdog.is_started() {
            let limit = self.between_frames;
            self.watchdog.start(TimeoutKind::BetweenFrames, limit, Instant::now());
        }
        self.watchdog.poll_elapsed(cx)
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let this = self.get_mut();
        match this.poll_incoming(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(timeout) = this.watchdog.overdue() {
                    return Poll::Ready(Some(Err(this.fail(timeout))));
                }
                this.watchdog.stop();
                this.settle();
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(None) if this.was_cut() => {
                let source = "the stream was reset before its end".into();
                Poll::Ready(Some(Err(this.fail(TransportError::ResponseBody { source }))))
            }
            Poll::Ready(None) => {
                this.settle();
                // What is not back in the pool by now is of no further use,
                // such as a connection still sending its request.
                this.source = None;
                Poll::Ready(None)
            }
            Poll::Ready(Some(Err(source))) => {
                let source = source.into();
                Poll::Ready(Some(Err(this.fail(TransportError::ResponseBody { source }))))
            }
            Poll::Pending => this.poll_limits(cx).map(|timeout| Some(Err(this.fail(timeout)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.as_ref().map_or(SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        // The end of the body may have arrived although nobody asked for it, as
        // when a reader of events stops at the last one. Without its reader the
        // connection takes what has arrived and closes if that is not the end.
        self.incoming = None;
        if let Some((Lane::Http1(connection), _)) = &mut self.source
            && connection.is_still_idle()
        {
            self.give_back();
        }
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody")
            .field("ended", &self.is_end_stream())
            .field("connected", &self.source.is_some())
            .finish_non_exhaustive()
    }
}
