//! Streams at the pace of a model: what a stream costs, and how much later its chunks arrive.
//!
//! The mock upstream sets the pace, so that each chunk travels alone as it does in life. Streams
//! sent as fast as they go would be read in large pieces, by slow contestants most of all.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use memchr::memchr;
use mock_upstream::script::STAMP_BYTES;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::call::Call;
use super::client::Client;
use super::closed_loop::Cost;
use super::contestant::Contestant;
use super::error::LoadError;
use super::figures::percentile;
use super::limit::bounded;
use super::process::CpuMeter;

/// Runs `count` streams beside each other, their beginnings spread over `spread`, and checks each
/// to its end.
pub(crate) async fn side_by_side(
    contestant: &Contestant,
    call: Call,
    request: Vec<u8>,
    count: u32,
    spread: Duration,
) -> Result<Cost, LoadError> {
    let request: Arc<[u8]> = request.into();
    bounded(async {
        let meter = CpuMeter::start(contestant.pid).await?;
        let start = Instant::now();
        let mut streams = JoinSet::new();
        for index in 0..count {
            let (mut client, request) = (Client::new(contestant.address), Arc::clone(&request));
            streams.spawn(async move {
                sleep(spread * index / count).await;
                let mut answer = Vec::new();
                client.exchange(&request, |data| answer.extend_from_slice(data)).await?;
                call.check(&answer)
            });
        }
        while let Some(stream) = streams.join_next().await {
            stream.map_err(|error| LoadError::Answer(format!("a stream ended: {error}")))??;
        }
        let elapsed = start.elapsed();
        Ok(Cost { requests: count, elapsed, cpu: meter.stop().await? })
    })
    .await
}

/// Times of the chunks of some streams.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChunkTimes {
    /// From sending the request to the first content chunk, median.
    pub(crate) first: Duration,
    /// From the upstream's writing a chunk to its arrival, median.
    pub(crate) each: Duration,
}

/// Runs stamped streams one after the other over one connection.
pub(crate) async fn chunk_times(
    contestant: &Contestant,
    request: &[u8],
    count: usize,
) -> Result<ChunkTimes, LoadError> {
    let mut client = Client::new(contestant.address);
    let (mut firsts, mut each) = (Vec::new(), Vec::new());
    bounded(async {
        // The first one opens the connections and is not counted.
        for index in 0..=count {
            let mut arrivals = Arrivals::default();
            let start = Instant::now();
            let mut first = None;
            client
                .exchange(request, |data| {
                    arrivals.read(data, wall_clock());
                    if first.is_none() && !arrivals.delays.is_empty() {
                        first = Some(start.elapsed());
                    }
                })
                .await?;
            if index > 0 {
                firsts.extend(first);
                each.append(&mut arrivals.delays);
            }
        }
        if each.is_empty() {
            return Err(LoadError::Answer("a stream without a stamped chunk".to_owned()));
        }
        firsts.sort_unstable();
        each.sort_unstable();
        Ok(ChunkTimes { first: percentile(&firsts, 50), each: percentile(&each, 50) })
    })
    .await
}

/// Finds the stamps in a stream, wherever it is cut.
#[derive(Debug, Default)]
struct Arrivals {
    unread: Vec<u8>,
    delays: Vec<Duration>,
}

impl Arrivals {
    fn read(&mut self, data: &[u8], now: Duration) {
        self.unread.extend_from_slice(data);
        let mut rest = self.unread.as_slice();
        while let Some(stamp) = memchr(b'~', rest).and_then(|at| rest.get(at..)) {
            rest = stamp;
            let Some((stamp, after)) = stamp.split_at_checked(STAMP_BYTES) else { break };
            if let Some(sent) = read_stamp(stamp) {
                self.delays.push(now.saturating_sub(sent));
                rest = after;
            } else {
                rest = rest.get(1..).unwrap_or_default();
            }
        }
        // Without a stamp's beginning there is nothing to keep.
        let kept = if rest.first() == Some(&b'~') { rest.to_vec() } else { Vec::new() };
        self.unread = kept;
    }
}

fn read_stamp(stamp: &[u8]) -> Option<Duration> {
    let digits = stamp.strip_prefix(b"~")?.strip_suffix(b"~")?;
    std::str::from_utf8(digits).ok()?.parse().ok().map(Duration::from_nanos)
}

/// The clock the mock stamps with; both run on one machine.
fn wall_clock() -> Duration {
    #[expect(clippy::disallowed_methods, reason = "another process's time is compared with it")]
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since_epoch.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_found_however_the_stream_is_cut() {
        let stream = b"a~b {\"~0000000000000001000~\"} ~ {\"~0000000000000002500~\"}\n\n";
        let expected = [2000, 500].map(Duration::from_nanos);
        for step in 1..=stream.len() {
            let mut arrivals = Arrivals::default();
            for piece in stream.chunks(step) {
                arrivals.read(piece, Duration::from_micros(3));
            }
            assert_eq!(arrivals.delays, expected, "step {step}");
        }
    }
}
