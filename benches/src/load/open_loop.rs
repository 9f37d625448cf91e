//! Open loop: requests leave at a fixed rate, whether or not earlier ones have been answered, so
//! that a contestant that stalls is asked as often as one that does not.
//!
//! Latency counts from the moment a request is handed to its connection. Timers are exact to a
//! millisecond only, ten times what is being measured, so the planned moment would not do.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::client::Client;
use super::contestant::Contestant;
use super::error::LoadError;
use super::figures::percentile;
use super::limit::bounded;

/// More requests than this without an answer, and the contestant does not keep up.
const MOST_UNANSWERED: usize = 500;

/// Rate and length of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenLoop {
    pub(crate) per_second: u32,
    pub(crate) requests: usize,
}

/// Latencies of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Latency {
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

impl OpenLoop {
    /// Sends a few requests to open connections, and then the run.
    pub(crate) async fn run(
        self,
        contestant: &Contestant,
        request: Vec<u8>,
    ) -> Result<Latency, LoadError> {
        let request: Arc<[u8]> = request.into();
        bounded(async {
            let warm_up = (self.requests / 10).clamp(5, 50);
            let (idle, _) = self.send(contestant, Vec::new(), &request, warm_up).await?;
            let (_, mut taken) = self.send(contestant, idle, &request, self.requests).await?;
            taken.sort_unstable();
            Ok(Latency { p50: percentile(&taken, 50), p99: percentile(&taken, 99) })
        })
        .await
    }

    async fn send(
        self,
        contestant: &Contestant,
        mut idle: Vec<Client>,
        request: &Arc<[u8]>,
        count: usize,
    ) -> Result<(Vec<Client>, Vec<Duration>), LoadError> {
        let mut ticks = interval(Duration::from_secs(1) / self.per_second);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut unanswered = JoinSet::new();
        let mut taken = Vec::with_capacity(count);
        let mut left = count;
        while left > 0 || !unanswered.is_empty() {
            tokio::select! {
                Some(answered) = unanswered.join_next() => {
                    let answered: Result<Result<_, LoadError>, _> = answered;
                    let (client, latency) = answered
                        .map_err(|error| LoadError::Answer(format!("a worker ended: {error}")))??;
                    idle.push(client);
                    taken.push(latency);
                }
                _ = ticks.tick(), if left > 0 => {
                    if unanswered.len() == MOST_UNANSWERED {
                        let rate = self.per_second;
                        return Err(LoadError::Answer(format!("does not keep up with {rate}/s")));
                    }
                    left -= 1;
                    let mut client =
                        idle.pop().unwrap_or_else(|| Client::new(contestant.address));
                    let request = Arc::clone(request);
                    unanswered.spawn(async move {
                        let start = Instant::now();
                        client.exchange(&request, |_| ()).await?;
                        Ok((client, start.elapsed()))
                    });
                }
            }
        }
        Ok((idle, taken))
    }
}
