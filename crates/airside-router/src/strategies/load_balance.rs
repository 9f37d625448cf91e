//! Picks one service at random, by weight.

use std::sync::Arc;
use std::task::{Context, Poll};

use airside_call::{BoxCall, Call, CallError, ErrorKind, Reply};
use tower::ServiceExt as _;
use tower_service::Service;

use super::ReplyFuture;
use crate::Random;

/// A load-balancing node.
#[derive(Clone)]
pub(crate) struct LoadBalance {
    /// Weights are finite and not negative, and their sum is above 0.
    of: Arc<[(f64, BoxCall)]>,
    random: Random,
}

impl LoadBalance {
    pub(crate) fn new(of: Vec<(f64, BoxCall)>, random: Random) -> Self {
        Self { of: of.into(), random }
    }

    fn pick(&self) -> Option<&BoxCall> {
        let sum: f64 = self.of.iter().map(|(weight, _)| weight).sum();
        let mut left = self.random.next() * sum;
        let eligible = || self.of.iter().filter(|(weight, _)| *weight > 0.0);
        let picked = eligible().find(|(weight, _)| {
            left -= weight;
            left < 0.0
        });
        // Rounding may leave a sliver at the end, which belongs to the last.
        picked.or_else(|| eligible().next_back()).map(|(_, service)| service)
    }
}

impl Service<Call> for LoadBalance {
    type Response = Reply;
    type Error = CallError;
    type Future = ReplyFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: Call) -> ReplyFuture {
        let Some(service) = self.pick() else {
            let error = CallError::new(ErrorKind::Internal, "no target has a weight above 0");
            return Box::pin(std::future::ready(Err(error)));
        };
        Box::pin(service.clone().oneshot(call))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, call, status_of};

    async fn picked(weights: &[f64], random: f64) -> u16 {
        // Each service answers with its own index as a status.
        let scripts = (0_u16..).map(|index| Script::new(&[200 + index]));
        let of = weights.iter().copied().zip(scripts.map(|script| script.service())).collect();
        let service = LoadBalance::new(of, Random::from_fn(move || random));
        status_of(&service.oneshot(call()).await) - 200
    }

    #[tokio::test]
    async fn a_number_picks_the_service_whose_share_it_falls_in() {
        for (weights, random, expected) in [
            (&[0.8, 0.2][..], 0.0, 0),
            (&[0.8, 0.2], 0.79, 0),
            (&[0.8, 0.2], 0.81, 1),
            (&[0.8, 0.2], 0.999, 1),
            (&[3.0, 1.0, 4.0], 0.374, 0),
            (&[3.0, 1.0, 4.0], 0.376, 1),
            (&[3.0, 1.0, 4.0], 0.51, 2),
        ] {
            assert_eq!(picked(weights, random).await, expected, "{weights:?} {random}");
        }
    }

    #[tokio::test]
    async fn a_weight_of_zero_is_never_picked() {
        for (weights, expected) in [(&[0.0, 3.0][..], 1), (&[3.0, 0.0], 0), (&[0.0, 0.1, 0.0], 1)] {
            for random in [0.0, 0.5, 1.0] {
                assert_eq!(picked(weights, random).await, expected, "{weights:?} {random}");
            }
        }
    }

    #[tokio::test]
    async fn calls_are_spread_by_weight() {
        let (a, b) = (Script::new(&[200]), Script::new(&[200]));
        let of = vec![(0.8, a.service()), (0.2, b.service())];
        let service = LoadBalance::new(of, Random::system());
        for _ in 0..1000 {
            let _ = service.clone().oneshot(call()).await;
        }
        assert_eq!(a.calls() + b.calls(), 1000);
        // 800 expected; 80 are more than 6 standard deviations.
        assert!((720..880).contains(&a.calls()), "{}", a.calls());
    }
}
