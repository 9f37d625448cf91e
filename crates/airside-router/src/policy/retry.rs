//! Repeats a failing service.
//!
//! Invariants: at most [`MAX_ATTEMPTS`] retries; no pause after the last attempt; a body that can
//! be sent only once is sent only once; nothing is started after the call's deadline.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use airside_call::{BoxCall, Call, CallError, ErrorKind, Reply, Retry as Hint, TimeoutKind};
use tower::ServiceExt as _;
use tower_service::Service;

use super::{pause, status};
use crate::Random;
use crate::strategies::ReplyFuture;

/// The most retries a policy makes, whatever it asks for.
pub const MAX_ATTEMPTS: u32 = 10;

/// The statuses that are retried if a policy lists none.
pub const DEFAULT_STATUS_CODES: [u16; 6] = [429, 500, 502, 503, 504, 529];

/// How long an upstream may ask us to wait, in one hint and in all hints of one call together.
/// At this length the caller is better told at once.
const LONGEST_HINT: Duration = Duration::from_mins(1);

/// How often and when a node is repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    attempts: u32,
    on_status_codes: Option<Vec<u16>>,
    use_retry_after: bool,
}

impl RetryPolicy {
    /// Retries up to `attempts` times, the first try not counted; at most [`MAX_ATTEMPTS`].
    ///
    /// An upstream that cannot be reached is always retried.
    pub fn new(attempts: u32) -> Self {
        let attempts = attempts.min(MAX_ATTEMPTS);
        Self { attempts, on_status_codes: None, use_retry_after: false }
    }

    /// Retries these statuses instead of [`DEFAULT_STATUS_CODES`].
    #[must_use]
    pub fn on_status_codes(mut self, codes: impl Into<Vec<u16>>) -> Self {
        self.on_status_codes = Some(codes.into());
        self
    }

    /// Waits as long as the upstream asks for, where it does. Asked to wait for 60 s or more, it
    /// gives up.
    #[must_use]
    pub fn use_retry_after(mut self) -> Self {
        self.use_retry_after = true;
        self
    }

    /// How many retries at most, the first try not counted.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    fn is_listed(&self, status: u16) -> bool {
        self.on_status_codes.as_deref().unwrap_or(&DEFAULT_STATUS_CODES).contains(&status)
    }

    fn applies_to(&self, result: &Result<Reply, CallError>) -> bool {
        let Err(error) = result else { return self.is_listed(status(result)) };
        let unreachable = matches!(
            error.kind(),
            ErrorKind::UpstreamUnavailable | ErrorKind::Timeout(TimeoutKind::Connect)
        );
        error.retry() != Hint::Never && (unreachable || self.is_listed(status(result)))
    }
}

/// A service with a retry policy around it.
#[derive(Clone)]
pub(crate) struct Retry {
    inner: BoxCall,
    policy: Arc<RetryPolicy>,
    random: Random,
}

impl Retry {
    pub(crate) fn new(inner: BoxCall, policy: RetryPolicy, random: Random) -> Self {
        Self { inner, policy: Arc::new(policy), random }
    }

    async fn run(self, call: Call) -> Result<Reply, CallError> {
        let mut schedule = Schedule { retries: 0, asked: Duration::ZERO };
        loop {
            let result = self.inner.clone().oneshot(call.clone()).await;
            let failed = call.incoming.payload.is_repeatable() && self.policy.applies_to(&result);
            let wait = if failed { schedule.next(&self, &result, &call) } else { None };
            let Some(wait) = wait else {
                let used_up = -1;
                let count = i32::try_from(schedule.retries).unwrap_or(i32::MAX);
                let retries = if failed { used_up } else { count };
                call.context.notes.with(|notes| notes.retries = retries);
                return result;
            };
            tracing::debug!(status = status(&result), ?wait, "retrying");
            // The failed reply ends before the pause begins.
            drop(result);
            tokio::time::sleep(wait).await;
        }
    }
}

/// How far one call has come.
struct Schedule {
    retries: u32,
    /// How long the upstream has asked us to wait so far.
    asked: Duration,
}

impl Schedule {
    /// The pause before the next retry, or `None` if there is none.
    fn next(
        &mut self,
        retry: &Retry,
        result: &Result<Reply, CallError>,
        call: &Call,
    ) -> Option<Duration> {
        if self.retries >= retry.policy.attempts {
            return None;
        }
        self.retries += 1;
        let clock = &call.context.clock;
        let hint =
            if retry.policy.use_retry_after { pause::asked(result, clock.unix()) } else { None };
        let wait = match hint {
            None => pause::backoff(self.retries, retry.random.next()),
            Some(wait) => {
                self.asked = self.asked.saturating_add(wait);
                if self.asked >= LONGEST_HINT {
                    return None;
                }
                wait
            }
        };
        let start = clock.instant().checked_add(wait)?;
        call.context.deadline.is_none_or(|deadline| start < deadline).then_some(wait)
    }
}

impl Service<Call> for Retry {
    type Response = Reply;
    type Error = CallError;
    type Future = ReplyFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: Call) -> ReplyFuture {
        Box::pin(self.clone().run(call))
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::testing::{NOW, Script, call, call_in, context, status_of, streamed};

    /// Runs a script under a policy, pauses at their nominal length: the status answered with,
    /// the retries noted, and when each retry began in ms.
    async fn run_call(script: &Script, policy: RetryPolicy, call: Call) -> (u16, i32, Vec<u128>) {
        let retry = Retry::new(script.service(), policy, Random::from_fn(|| 0.5));
        let result = retry.oneshot(call.clone()).await;
        (status_of(&result), call.context.notes.take().retries, script.times())
    }

    async fn run(script: &Script, policy: RetryPolicy) -> (u16, i32, Vec<u128>) {
        run_call(script, policy, call()).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_is_not_retried() {
        assert_eq!(run(&Script::new(&[200]), RetryPolicy::new(3)).await, (200, 0, vec![]));
    }

    #[tokio::test(start_paused = true)]
    async fn the_retry_that_succeeds_is_noted() {
        let script = Script::new(&[503, 200]);
        assert_eq!(run(&script, RetryPolicy::new(2)).await, (200, 1, vec![1_000]));
        let script = Script::new(&[500, 429, 529, 200]);
        let expected = (200, 3, vec![1_000, 3_000, 7_000]);
        assert_eq!(run(&script, RetryPolicy::new(3)).await, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn retries_that_are_used_up_are_noted_as_minus_one_without_a_last_pause() {
        let started = tokio::time::Instant::now();
        let expected = (500, -1, vec![1_000, 3_000]);
        assert_eq!(run(&Script::new(&[500]), RetryPolicy::new(2)).await, expected);
        assert_eq!(started.elapsed(), Duration::from_secs(3));
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_that_is_not_retried_ends_the_retries() {
        let script = Script::new(&[500, 400]);
        assert_eq!(run(&script, RetryPolicy::new(3)).await, (400, 1, vec![1_000]));
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_default_statuses_are_retried_by_default() {
        for status in [429, 500, 502, 503, 504, 529] {
            let script = Script::new(&[status, 200]);
            assert_eq!(run(&script, RetryPolicy::new(1)).await, (200, 1, vec![1_000]), "{status}");
        }
        for status in [400, 401, 404, 408, 422, 446, 501] {
            let script = Script::new(&[status, 200]);
            assert_eq!(run(&script, RetryPolicy::new(1)).await, (status, 0, vec![]));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn listed_statuses_replace_the_default_ones() {
        let policy = RetryPolicy::new(1).on_status_codes([418, 246]);
        assert_eq!(run(&Script::new(&[418, 200]), policy.clone()).await, (200, 1, vec![1_000]));
        assert_eq!(run(&Script::new(&[246, 200]), policy.clone()).await, (200, 1, vec![1_000]));
        assert_eq!(run(&Script::new(&[500, 200]), policy).await, (500, 0, vec![]));
    }

    #[tokio::test(start_paused = true)]
    async fn an_upstream_that_cannot_be_reached_is_retried_whatever_is_listed() {
        let policy = RetryPolicy::new(1).on_status_codes([418]);
        for kind in [ErrorKind::UpstreamUnavailable, ErrorKind::Timeout(TimeoutKind::Connect)] {
            let script = Script::failing(kind);
            assert_eq!(run(&script, policy.clone()).await.1, -1, "{kind:?}");
            assert_eq!(script.calls(), 2);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn errors_of_the_gateway_itself_are_not_retried() {
        for kind in [ErrorKind::Internal, ErrorKind::Overloaded, ErrorKind::Canceled] {
            let script = Script::failing(kind);
            let (_, retries, times) = run(&script, RetryPolicy::new(2)).await;
            assert_eq!((retries, times), (0, vec![]), "{kind:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_policy_makes_more_than_ten_retries() {
        let script = Script::new(&[500]);
        let (_, retries, times) = run(&script, RetryPolicy::new(1_000)).await;
        assert_eq!((retries, times.len()), (-1, 10));
        // 1, 2, 4, 8 and 16 s, then 30 s each.
        assert_eq!(times.last(), Some(&181_000));
    }

    #[tokio::test(start_paused = true)]
    async fn a_hint_of_the_upstream_replaces_the_pause() {
        let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(NOW + 12));
        for (status, name, value, wait) in [
            (429, "retry-after-ms", "1800", 1_800),
            (429, "x-ms-retry-after-ms", "250", 250),
            (503, "retry-after", "59", 59_000),
            (429, "retry-after", &date, 12_000),
            (429, "retry-after", "unreadable", 1_000),
        ] {
            let script = Script::hinting(status, &[(name, value)]);
            let policy = RetryPolicy::new(1).use_retry_after();
            assert_eq!(run(&script, policy).await, (200, 1, vec![wait]), "{name}: {value}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn hints_count_only_if_the_policy_says_so() {
        let script = Script::hinting(429, &[("retry-after", "7")]);
        assert_eq!(run(&script, RetryPolicy::new(1)).await, (200, 1, vec![1_000]));
    }

    #[tokio::test(start_paused = true)]
    async fn asked_to_wait_for_a_minute_it_gives_up_at_once() {
        for value in ["60", "3600"] {
            let script = Script::hinting(429, &[("retry-after", value)]);
            let policy = RetryPolicy::new(5).use_retry_after();
            assert_eq!(run(&script, policy).await, (429, -1, vec![]));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn hints_may_add_up_to_less_than_a_minute() {
        let error = CallError::new(ErrorKind::UpstreamRateLimited, "slow down")
            .with_retry(Hint::Same(Some(Duration::from_secs(25))));
        let script = Script::failing_with(error);
        let policy = RetryPolicy::new(5).use_retry_after();
        assert_eq!(run(&script, policy).await, (429, -1, vec![25_000, 50_000]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_can_be_sent_once_is_sent_once() {
        let script = Script::new(&[503, 200]);
        let answer = run_call(&script, RetryPolicy::new(3), streamed()).await;
        assert_eq!(answer, (503, 0, vec![]));
    }

    #[tokio::test(start_paused = true)]
    async fn no_retry_starts_after_the_deadline() {
        let mut context = context();
        context.deadline = Some(context.started + Duration::from_secs(2));
        let script = Script::new(&[503]);
        let answer = run_call(&script, RetryPolicy::new(3), call_in(context)).await;
        assert_eq!(answer, (503, -1, vec![1_000]));
    }
}
