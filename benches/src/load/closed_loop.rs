//! Closed loop: a fixed number of connections, each sending its next request when it has the
//! answer to the last, until a fixed number of requests is done.
//!
//! It finds the cost of a request and the highest rate. It says nothing about latency, because a
//! slow contestant is asked less often here; `open_loop` is for that.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::client::Client;
use super::contestant::Contestant;
use super::error::LoadError;
use super::limit::bounded;
use super::process::CpuMeter;

/// After this much time no new request is sent, so that slow contestants do not hold up the rest.
const ENOUGH: Duration = Duration::from_secs(8);

/// Size of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClosedLoop {
    pub(crate) connections: usize,
    pub(crate) requests: usize,
}

/// What a run cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// Requests answered.
    pub(crate) requests: u32,
    pub(crate) elapsed: Duration,
    /// CPU time of the contestant's process, if it can be read.
    pub(crate) cpu: Option<Duration>,
}

impl ClosedLoop {
    /// Warms the connections up and then measures.
    pub(crate) async fn run(
        self,
        contestant: &Contestant,
        request: Vec<u8>,
    ) -> Result<Cost, LoadError> {
        let request: Arc<[u8]> = request.into();
        let clients = (0..self.connections).map(|_| Client::new(contestant.address)).collect();
        let warm_up = (self.requests / 10).clamp(self.connections, 20 * self.connections);
        bounded(async {
            let (clients, ..) = drive(clients, &request, warm_up).await?;
            let meter = CpuMeter::start(contestant.pid).await?;
            let (_clients, requests, elapsed) = drive(clients, &request, self.requests).await?;
            Ok(Cost { requests, elapsed, cpu: meter.stop().await? })
        })
        .await
    }
}

/// Sends `count` requests over the clients and gives them back, with the number of requests sent
/// and the time taken.
async fn drive(
    clients: Vec<Client>,
    request: &Arc<[u8]>,
    count: usize,
) -> Result<(Vec<Client>, u32, Duration), LoadError> {
    let left = Arc::new(AtomicUsize::new(count));
    let start = Instant::now();
    let mut workers = JoinSet::new();
    for mut client in clients {
        let (left, request) = (Arc::clone(&left), Arc::clone(request));
        workers.spawn(async move {
            let mut sent = 0;
            while start.elapsed() < ENOUGH && take_one(&left) {
                client.exchange(&request, |_| ()).await?;
                sent += 1;
            }
            Ok::<_, LoadError>((client, sent))
        });
    }
    let mut clients = Vec::with_capacity(workers.len());
    let mut total: u32 = 0;
    while let Some(worker) = workers.join_next().await {
        let (client, sent) =
            worker.map_err(|error| LoadError::Answer(format!("a worker ended: {error}")))??;
        clients.push(client);
        total += sent;
    }
    Ok((clients, total, start.elapsed()))
}

fn take_one(left: &AtomicUsize) -> bool {
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}
