//! Tries one service after the other until one does not fail.
//!
//! Invariant: the result is that of the last service tried, so status, body and notes belong
//! together.

use std::sync::Arc;
use std::task::{Context, Poll};

use airside_call::{BoxCall, Call, CallError, ErrorKind, Reply};
use tower::ServiceExt as _;
use tower_service::Service;

use super::ReplyFuture;
use crate::policy::status;

/// A fallback node.
#[derive(Clone)]
pub(crate) struct Fallback(Arc<Inner>);

struct Inner {
    first: BoxCall,
    rest: Vec<BoxCall>,
    on_status_codes: Option<Vec<u16>>,
}

impl Fallback {
    pub(crate) fn new(
        first: BoxCall,
        rest: Vec<BoxCall>,
        on_status_codes: Option<Vec<u16>>,
    ) -> Self {
        Self(Arc::new(Inner { first, rest, on_status_codes }))
    }
}

impl Inner {
    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        let mut result = self.first.clone().oneshot(call.clone()).await;
        for next in &self.rest {
            if !self.is_failure(&result) || !may_go_on(&call, &result) {
                break;
            }
            tracing::debug!(status = status(&result), "falling back to the next target");
            // The failed reply ends before the next attempt begins.
            drop(result);
            // Retries are those of the target that answers.
            call.context.notes.with(|notes| notes.retries = 0);
            result = next.clone().oneshot(call.clone()).await;
        }
        result
    }

    fn is_failure(&self, result: &Result<Reply, CallError>) -> bool {
        match &self.on_status_codes {
            Some(codes) => codes.contains(&status(result)),
            None => result.is_err() || status(result) >= 400,
        }
    }
}

/// Whether another target could get the call and still be in time.
fn may_go_on(call: &Call, result: &Result<Reply, CallError>) -> bool {
    let context = &call.context;
    let in_time = context.deadline.is_none_or(|deadline| context.clock.instant() < deadline);
    // A target that does not support the call has not touched its body.
    let untouched = matches!(result, Err(error) if error.kind() == ErrorKind::Unsupported);
    in_time && (untouched || call.incoming.payload.is_repeatable())
}

impl Service<Call> for Fallback {
    type Response = Reply;
    type Error = CallError;
    type Future = ReplyFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: Call) -> ReplyFuture {
        let this = Arc::clone(&self.0);
        Box::pin(async move { this.call(call).await })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::{Script, call, context, message_of, status_of, streamed};

    fn service(scripts: &[&Script], on_status_codes: Option<&[u16]>) -> Fallback {
        let mut services = scripts.iter().map(|script| script.service());
        let first = services.next().expect("one script");
        Fallback::new(first, services.collect(), on_status_codes.map(<[u16]>::to_vec))
    }

    #[tokio::test]
    async fn without_codes_every_error_status_goes_on() {
        for failing in [400, 401, 404, 408, 422, 429, 446, 500, 503, 529] {
            let (one, two) = (Script::new(&[failing]), Script::new(&[200]));
            let result = service(&[&one, &two], None).oneshot(call()).await;
            assert_eq!((status_of(&result), one.calls(), two.calls()), (200, 1, 1), "{failing}");
        }
    }

    #[tokio::test]
    async fn without_codes_every_kind_of_error_goes_on() {
        for kind in [
            ErrorKind::UpstreamUnavailable,
            ErrorKind::Unsupported,
            ErrorKind::InvalidRequest,
            ErrorKind::Timeout(airside_call::TimeoutKind::Request),
        ] {
            let (one, two) = (Script::failing(kind), Script::new(&[200]));
            let result = service(&[&one, &two], None).oneshot(call()).await;
            assert_eq!((status_of(&result), two.calls()), (200, 1), "{kind:?}");
        }
    }

    #[tokio::test]
    async fn a_success_is_answered_at_once() {
        for success in [200, 201, 246, 307] {
            let (one, two) = (Script::new(&[success]), Script::new(&[200]));
            let result = service(&[&one, &two], None).oneshot(call()).await;
            assert_eq!((status_of(&result), two.calls()), (success, 0));
        }
    }

    #[tokio::test]
    async fn with_codes_only_a_listed_status_goes_on() {
        for (first, expected) in [(429, 200), (500, 500), (503, 200), (200, 200)] {
            let (one, two) = (Script::new(&[first]), Script::new(&[200]));
            let result = service(&[&one, &two], Some(&[429, 503])).oneshot(call()).await;
            assert_eq!(status_of(&result), expected);
            assert_eq!(two.calls(), usize::from(first == 429 || first == 503), "{first}");
        }
    }

    #[tokio::test]
    async fn an_empty_list_of_codes_never_goes_on() {
        let (one, two) = (Script::new(&[500]), Script::new(&[200]));
        let result = service(&[&one, &two], Some(&[])).oneshot(call()).await;
        assert_eq!((status_of(&result), two.calls()), (500, 0));
    }

    #[tokio::test]
    async fn a_listed_success_status_goes_on_too() {
        let (one, two) = (Script::new(&[246]), Script::new(&[200]));
        let result = service(&[&one, &two], Some(&[246])).oneshot(call()).await;
        assert_eq!((status_of(&result), two.calls()), (200, 1));
    }

    #[tokio::test]
    async fn the_last_error_is_the_answer_if_all_fail() {
        let (one, two) = (Script::new(&[500]), Script::new(&[418]).named("second"));
        let result = service(&[&one, &two], None).oneshot(call()).await;
        assert_eq!(status_of(&result), 418);
        assert_eq!(message_of(&result), "second answered 418");
    }

    #[tokio::test]
    async fn retries_noted_by_a_failed_target_are_not_those_of_the_next() {
        let (one, two) = (Script::new(&[500]), Script::new(&[200]));
        let call = call();
        call.context.notes.with(|notes| notes.retries = -1);
        let _ = service(&[&one, &two], None).oneshot(call.clone()).await;
        assert_eq!(call.context.notes.take().retries, 0);
    }

    #[tokio::test]
    async fn a_body_that_is_sent_while_it_arrives_goes_to_one_target_only() {
        let (one, two) = (Script::new(&[500]), Script::new(&[200]));
        let result = service(&[&one, &two], None).oneshot(streamed()).await;
        assert_eq!((status_of(&result), two.calls()), (500, 0));

        let (one, two) = (Script::failing(ErrorKind::Unsupported), Script::new(&[200]));
        let result = service(&[&one, &two], None).oneshot(streamed()).await;
        assert_eq!((status_of(&result), two.calls()), (200, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_more_is_tried_after_the_deadline() {
        let (one, two) = (Script::new(&[500]), Script::new(&[200]));
        let mut context = context();
        context.deadline = Some(context.started + Duration::from_secs(1));
        tokio::time::advance(Duration::from_secs(1)).await;
        let result = service(&[&one, &two], None).oneshot(crate::testing::call_in(context)).await;
        assert_eq!((status_of(&result), two.calls()), (500, 0));
    }
}
