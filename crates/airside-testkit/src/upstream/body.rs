//! The body of an answer, step by step.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::answer::Step;
use super::log::Watched;

/// Plays the steps. Dropped before the last one is done, it tells that the peer went away.
pub(super) struct Script {
    pub(super) steps: VecDeque<Step>,
    pub(super) length: Option<u64>,
    pub(super) waiting: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    /// Tells the socket to be reset instead of closed.
    pub(super) reset: Arc<AtomicBool>,
    pub(super) watched: Watched,
}

/// The connection breaks here, as the script says.
#[derive(Debug, thiserror::Error)]
#[error("the script ends the connection here")]
pub(super) struct Broken;

impl Body for Script {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        loop {
            if let Some(waiting) = &mut self.waiting {
                ready!(waiting.as_mut().poll(cx));
                self.waiting = None;
            }
            match self.steps.pop_front() {
                Some(Step::Send(piece)) => {
                    if self.steps.is_empty() {
                        self.watched.complete();
                    }
                    return Poll::Ready(Some(Ok(Frame::data(piece))));
                }
                Some(Step::Flush) => {
                    // The connection writes what it has whenever the body has no more for now.
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Some(Step::Wait(gate)) => {
                    self.waiting = Some(Box::pin(async move { gate.passed().await }));
                }
                Some(Step::Hang) => self.waiting = Some(Box::pin(std::future::pending())),
                Some(Step::Cut) => {
                    self.watched.complete();
                    return Poll::Ready(Some(Err(Broken)));
                }
                Some(Step::Reset) => {
                    self.watched.complete();
                    self.reset.store(true, Ordering::Release);
                    return Poll::Ready(Some(Err(Broken)));
                }
                None => {
                    self.watched.complete();
                    return Poll::Ready(None);
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.steps.is_empty() && self.waiting.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
