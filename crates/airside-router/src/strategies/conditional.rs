//! Picks the service that belongs to the first condition a call meets.

use std::sync::Arc;
use std::task::{Context, Poll};

use airside_call::{BoxCall, Call, CallError, ErrorKind, Reply};
use tower::ServiceExt as _;
use tower_service::Service;

use super::ReplyFuture;
use crate::Predicate;

/// A conditional node.
#[derive(Clone)]
pub(crate) struct Conditional(Arc<Inner>);

struct Inner {
    /// The indices are those of services in `of`.
    conditions: Vec<(Predicate, usize)>,
    default: Option<usize>,
    of: Vec<BoxCall>,
}

impl Conditional {
    pub(crate) fn new(
        conditions: Vec<(Predicate, usize)>,
        default: Option<usize>,
        of: Vec<BoxCall>,
    ) -> Self {
        Self(Arc::new(Inner { conditions, default, of }))
    }
}

impl Inner {
    fn pick(&self, call: &Call) -> Result<&BoxCall, CallError> {
        for (predicate, index) in &self.conditions {
            if predicate.matches(call)? {
                return self.of.get(*index).ok_or_else(unresolved);
            }
        }
        self.default.and_then(|index| self.of.get(index)).ok_or_else(unresolved)
    }
}

fn unresolved() -> CallError {
    CallError::new(
        ErrorKind::InvalidRequest,
        "Query router did not resolve to any valid target: the call meets none of the conditions \
         and the strategy has no `default`",
    )
}

impl Service<Call> for Conditional {
    type Response = Reply;
    type Error = CallError;
    type Future = ReplyFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: Call) -> ReplyFuture {
        match self.0.pick(&call) {
            Ok(service) => Box::pin(service.clone().oneshot(call)),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, call_with_params, message_of, predicate, status_of};

    async fn routed(queries: &[(&str, usize)], default: Option<usize>) -> Result<Reply, CallError> {
        let conditions = queries.iter().map(|(query, then)| (predicate(query), *then)).collect();
        let of = (0_u16..3).map(|index| Script::new(&[200 + index]).service()).collect();
        let call = call_with_params(r#"{"model":"fast"}"#);
        Conditional::new(conditions, default, of).oneshot(call).await
    }

    const MET: &str = r#"{"params.model":"fast"}"#;
    const UNMET: &str = r#"{"params.model":"slow"}"#;

    #[tokio::test]
    async fn the_first_condition_met_decides() {
        assert_eq!(status_of(&routed(&[(UNMET, 0), (MET, 2), (MET, 1)], Some(0)).await), 202);
    }

    #[tokio::test]
    async fn the_default_takes_what_meets_no_condition() {
        assert_eq!(status_of(&routed(&[(UNMET, 0)], Some(1)).await), 201);
    }

    #[tokio::test]
    async fn a_call_that_meets_nothing_is_refused() {
        let result = routed(&[(UNMET, 0)], None).await;
        assert_eq!(status_of(&result), 400);
        assert!(
            message_of(&result).starts_with("Query router did not resolve to any valid target")
        );
    }
}
