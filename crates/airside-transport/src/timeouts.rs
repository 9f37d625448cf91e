//! The four time limits of a request and the one timer that watches them.
//!
//! Not a deadline across attempts: that belongs to whoever retries. Invariant:
//! a request needs at most one timer at a time, and a timer that already runs
//! is moved only when it would fire too late; when it fires too early, it is
//! set again. So neither a request on a pooled connection nor a chunk of a
//! stream touches the timer wheel.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use crate::error::TransportError;

/// The time limits of one request; `None` means no limit.
///
/// Put one into the extensions of a request to override all four of the
/// client's for that request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// Until a connection is ready for the request: name resolution, TCP, proxy
    /// and TLS, all together. Default: 10 s.
    pub connect: Option<Duration>,
    /// From handing the request to the connection (so including its upload)
    /// until the head of the response. Default: 300 s.
    pub first_byte: Option<Duration>,
    /// How long the body of the response may stay silent while somebody waits
    /// for it. Time in which nobody asks for the next frame does not count.
    /// Default: 300 s.
    pub between_frames: Option<Duration>,
    /// From the call until the end of the response body. Default: no limit.
    pub total: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Some(Duration::from_secs(10)),
            first_byte: Some(Duration::from_mins(5)),
            between_frames: Some(Duration::from_mins(5)),
            total: None,
        }
    }
}

/// Which time limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeoutKind {
    /// [`Timeouts::connect`].
    Connect,
    /// [`Timeouts::first_byte`].
    FirstByte,
    /// [`Timeouts::between_frames`].
    BetweenFrames,
    /// [`Timeouts::total`].
    Total,
}

impl fmt::Display for TimeoutKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connect timeout",
            Self::FirstByte => "first byte timeout",
            Self::BetweenFrames => "between frames timeout",
            Self::Total => "total timeout",
        })
    }
}

/// A running limit.
#[derive(Clone, Copy, Debug)]
struct Limit {
    at: Instant,
    which: TimeoutKind,
    after: Duration,
}

/// A timer that can be handed from request to request.
pub(crate) type Timer = Option<Pin<Box<Sleep>>>;

/// Watches the limit of the current phase of a request, and the total one.
#[derive(Debug)]
pub(crate) struct Watchdog {
    phase: Option<Limit>,
    total: Option<Limit>,
    timer: Timer,
}

impl Watchdog {
    /// Starts the total limit at `now`.
    pub(crate) fn new(timeouts: &Timeouts, now: Instant) -> Self {
        let total = limit(timeouts.total, TimeoutKind::Total, now);
        Self { phase: None, total, timer: None }
    }

    /// Starts a phase at `now`.
    pub(crate) fn start(&mut self, which: TimeoutKind, after: Option<Duration>, now: Instant) {
        self.phase = limit(after, which, now);
    }

    /// Ends the phase; the total limit goes on.
    pub(crate) fn stop(&mut self) {
        self.phase = None;
    }

    /// Whether a phase is running.
    pub(crate) fn is_started(&self) -> bool {
        self.phase.is_some()
    }

    /// Takes over a timer that an earlier request left running.
    pub(crate) fn adopt(&mut self, timer: Timer) {
        if timer.is_some() {
            self.timer = timer;
        }
    }

    /// Gives the timer away, still running, for a later request to adopt.
    pub(crate) fn release(&mut self) -> Timer {
        self.timer.take()
    }

    /// Runs a future under the limits.
    pub(crate) async fn limit<F>(&mut self, mut future: F) -> Result<F::Output, TransportError>
    where
        F: Future + Unpin,
    {
        poll_fn(|cx| match Pin::new(&mut future).poll(cx) {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending => self.poll_elapsed(cx).map(Err),
        })
        .await
    }

    /// Resolves with the error of the limit that is reached first.
    pub(crate) fn poll_elapsed(&mut self, cx: &mut Context<'_>) -> Poll<TransportError> {
        let Some(limit) = self.next_limit() else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(limit.at)));
        if timer.deadline() > limit.at {
            timer.as_mut().reset(limit.at);
        }
        loop {
            ready!(timer.as_mut().poll(cx));
            if timer.deadline() >= limit.at {
                let Limit { which, after, .. } = limit;
                return Poll::Ready(TransportError::Timeout { which, after });
            }
            // It was set for an earlier limit that no longer matters.
            timer.as_mut().reset(limit.at);
        }
    }

    /// The error of the total limit, if it has been reached although there was
    /// never a need to wait.
    pub(crate) fn overdue(&self) -> Option<TransportError> {
        let Limit { at, which, after } = self.total?;
        (Instant::now() >= at).then_some(TransportError::Timeout { which, after })
    }

    fn next_limit(&self) -> Option<Limit> {
        match (self.phase, self.total) {
            (Some(phase), Some(total)) if total.at < phase.at => Some(total),
            (phase, total) => phase.or(total),
        }
    }
}

fn limit(after: Option<Duration>, which: TimeoutKind, now: Instant) -> Option<Limit> {
    let after = after?;
    // A limit beyond what the clock can express is no limit.
    Some(Limit { at: now.checked_add(after)?, which, after })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn elapsed(watchdog: &mut Watchdog) -> (TimeoutKind, Duration) {
        match poll_fn(|cx| watchdog.poll_elapsed(cx)).await {
            TransportError::Timeout { which, after } => (which, after),
            other => panic!("{other}"),
        }
    }

    fn timeouts(total: Option<Duration>) -> Timeouts {
        Timeouts { total, ..Timeouts::default() }
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_that_comes_first_is_the_one_named() {
        let second = Duration::from_secs(1);
        for (phase, total, expected) in [
            (Some(second), None, TimeoutKind::FirstByte),
            (Some(second), Some(2 * second), TimeoutKind::FirstByte),
            (Some(2 * second), Some(second), TimeoutKind::Total),
            (None, Some(second), TimeoutKind::Total),
        ] {
            let start = Instant::now();
            let mut watchdog = Watchdog::new(&timeouts(total), start);
            watchdog.start(TimeoutKind::FirstByte, phase, start);
            assert_eq!(elapsed(&mut watchdog).await, (expected, second));
            assert_eq!(start.elapsed().as_millis(), 1000);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_adopted_timer_fires_at_the_new_limit_and_not_at_the_old_one() {
        let second = Duration::from_secs(1);
        for (old, new) in [(second, 5 * second), (5 * second, second), (second, second)] {
            let mut first = Watchdog::new(&timeouts(None), Instant::now());
            first.start(TimeoutKind::FirstByte, Some(old), Instant::now());
            let polled = poll_fn(|cx| Poll::Ready(first.poll_elapsed(cx))).await;
            assert!(polled.is_pending());

            let start = Instant::now();
            let mut second = Watchdog::new(&timeouts(None), start);
            second.adopt(first.release());
            second.start(TimeoutKind::BetweenFrames, Some(new), start);
            assert_eq!(elapsed(&mut second).await, (TimeoutKind::BetweenFrames, new));
            assert_eq!(start.elapsed(), new);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_stopped_phase_never_elapses() {
        let mut watchdog = Watchdog::new(&timeouts(None), Instant::now());
        watchdog.start(TimeoutKind::FirstByte, Some(Duration::from_secs(1)), Instant::now());
        watchdog.stop();
        let waited = tokio::time::timeout(Duration::from_mins(1), elapsed(&mut watchdog)).await;
        assert!(waited.is_err());
    }

    #[test]
    fn an_enormous_limit_is_no_limit() {
        assert!(limit(Some(Duration::MAX), TimeoutKind::Total, Instant::now()).is_none());
    }
}
