//! A request's body that is forwarded while it arrives.
//!
//! Its size is not limited, for nothing of it is kept; its silence is. Invariant:
//! only the time in which somebody waits for the body counts, so that an upstream
//! that reads slowly is not taken for a caller that stopped sending.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use airside_call::{CallError, ErrorKind};
use bytes::Bytes;
use futures_util::Stream;
use http_body::Body;
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep};

use super::read::stopped;

pin_project! {
    /// The data of a body, ending with an error after too long a silence.
    pub(super) struct Upload<B> {
        #[pin]
        body: B,
        silence: Silence,
    }
}

impl<B> Upload<B> {
    pub(super) fn new(body: B, limit: Duration) -> Self {
        Self { body, silence: Silence { limit, since: None, timer: None } }
    }
}

impl<B> Stream for Upload<B>
where
    B: Body<Data = Bytes>,
{
    type Item = Result<Bytes, CallError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        loop {
            let Poll::Ready(frame) = this.body.as_mut().poll_frame(cx) else {
                ready!(this.silence.poll(cx));
                return Poll::Ready(Some(Err(stopped(this.silence.limit))));
            };
            this.silence.since = None;
            match frame {
                None => return Poll::Ready(None),
                Some(Err(_)) => {
                    let message = "the request's body ended before it was complete";
                    return Poll::Ready(Some(Err(CallError::new(ErrorKind::Canceled, message))));
                }
                // Trailers are skipped.
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Poll::Ready(Some(Ok(data)));
                    }
                }
            }
        }
    }
}

/// Fires when nothing has arrived for a time. One timer a body, set when it is
/// first waited for: what arrives is only noted, the timer finds out when it fires.
struct Silence {
    limit: Duration,
    since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Silence {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let since = *self.since.get_or_insert_with(Instant::now);
        // A limit beyond all time is none.
        let Some(due) = since.checked_add(self.limit) else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(due)));
        loop {
            ready!(timer.as_mut().poll(cx));
            if timer.deadline() >= due {
                return Poll::Ready(());
            }
            timer.as_mut().reset(due);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::{StreamExt, stream};
    use http::{HeaderMap, StatusCode};
    use http_body::Frame;
    use http_body_util::StreamBody;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(30);

    fn piece(text: &'static str) -> Frame<Bytes> {
        Frame::data(Bytes::from_static(text.as_bytes()))
    }

    /// Pieces that arrive with a pause before each of them.
    fn paced(
        pieces: &'static [&'static str],
        pause: Duration,
    ) -> impl Stream<Item = Result<Frame<Bytes>, Infallible>> {
        stream::iter(pieces).then(move |text| async move {
            tokio::time::sleep(pause).await;
            Ok(piece(text))
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_arrives_however_long_it_takes() {
        let body = StreamBody::new(paced(&["a", "b", "c", "d"], Duration::from_secs(29)));
        let read: Vec<_> = Upload::new(body, LIMIT).map(Result::unwrap).collect().await;
        assert_eq!(read.concat(), b"abcd");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_arriving_ends_with_408_after_exactly_the_limit() {
        let pause = LIMIT / 2;
        let body = StreamBody::new(paced(&["a", "b"], pause).chain(stream::pending()));
        let mut upload = std::pin::pin!(Upload::new(body, LIMIT));
        let begun = Instant::now();
        assert_eq!(upload.next().await.unwrap().unwrap(), "a");
        assert_eq!(upload.next().await.unwrap().unwrap(), "b");
        let error = upload.next().await.unwrap().unwrap_err();
        assert_eq!(error.status(), StatusCode::REQUEST_TIMEOUT);
        let (waited, due) = (begun.elapsed(), 2 * pause + LIMIT);
        // The timer counts in milliseconds.
        assert!((due..due + Duration::from_millis(5)).contains(&waited), "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn time_in_which_nobody_reads_does_not_count() {
        let body = StreamBody::new(paced(&["a", "b"], Duration::from_secs(1)));
        let mut upload = std::pin::pin!(Upload::new(body, LIMIT));
        assert_eq!(upload.next().await.unwrap().unwrap(), "a");
        tokio::time::sleep(10 * LIMIT).await;
        assert_eq!(upload.next().await.unwrap().unwrap(), "b");
        assert!(upload.next().await.is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn trailers_are_skipped_and_a_limit_beyond_all_time_is_none() {
        let frames = [piece("a"), Frame::trailers(HeaderMap::new()), piece("b")];
        let frames = stream::iter(frames.map(Ok));
        let body = StreamBody::new(frames.chain(paced(&["c"], LIMIT)));
        let read: Vec<_> = Upload::new(body, Duration::MAX).map(Result::unwrap).collect().await;
        assert_eq!(read.concat(), b"abc");
    }
}
