//! The scenarios: what each asks for, how much of it, and which figures it gives.
//!
//! Everything is bounded by counts, so that a run takes about as long on one machine as on
//! another. Request bodies have the size a scenario names; unary answers are always about 1 KB,
//! because that is how conversations with models are: much goes in, little comes out.

use std::net::SocketAddr;
use std::time::Duration;

use super::call::{Call, Upstream};
use super::client::Client;
use super::closed_loop::ClosedLoop;
use super::contestant::{Contestant, Role};
use super::error::LoadError;
use super::figures::{Sample, with_derived};
use super::limit::bounded;
use super::open_loop::OpenLoop;
use super::{lifecycle, streams};

/// One thing every contestant has to do.
#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    work: Work,
}

#[derive(Debug)]
enum Work {
    /// Requests back to back: cost and highest rate.
    Closed(Call, ClosedLoop),
    /// Requests at a fixed rate: latency.
    Open(Call, OpenLoop),
    /// Streams beside each other, begun within a spread of time: cost.
    Streams(Call, u32, Duration),
    /// Stamped streams one by one: times of chunks.
    ChunkTimes(Call, usize),
    /// Start and memory, with a load and a number of slow streams.
    Lifecycle(ClosedLoop, usize),
}

/// How much of everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effort {
    Full,
    /// A quarter of it, for a first look.
    Quick,
}

impl Effort {
    fn of(self, full: usize) -> usize {
        match self {
            Self::Full => full,
            Self::Quick => full.div_ceil(4),
        }
    }
}

/// A round of one contestant.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    pub(crate) samples: Vec<Sample>,
    /// Something the reader of the figures has to know.
    pub(crate) remark: Option<String>,
}

const CHAT: Call =
    Call { model: "mock", body_bytes: 1 << 10, chunks: None, upstream: Upstream::ChatCompletions };
/// 200 chunks, one every 5 ms: a stream of one second.
const STREAM: Call = Call { model: "mock-200-slow-5", chunks: Some(200), ..CHAT };
const STREAM_PACE: Duration = Duration::from_millis(5);
const TRANSLATED_CHAT: Call = Call { upstream: Upstream::Messages, ..CHAT };
const TRANSLATED_STREAM: Call = Call { upstream: Upstream::Messages, ..STREAM };
const STAMPED: Call = Call { model: "mock-200-slow-2-stamp", ..STREAM };

/// All scenarios in the order they are run.
pub(crate) fn all(effort: Effort) -> Vec<Scenario> {
    let chat = |body_bytes| Call { body_bytes, ..CHAT };
    let closed = |call, connections, requests| {
        Work::Closed(call, ClosedLoop { connections, requests: effort.of(requests) })
    };
    let open = |per_second, requests| {
        Work::Open(CHAT, OpenLoop { per_second, requests: effort.of(requests) })
    };
    let streams = |call| {
        let count = u32::try_from(effort.of(80)).unwrap_or(u32::MAX);
        Work::Streams(call, count, STREAM_PACE)
    };
    let memory_load = ClosedLoop { connections: 64, requests: effort.of(10_000) };
    [
        ("chat-512", "verbatim chat, 0.5 KB, 16 connections", closed(chat(512), 16, 8_000)),
        ("chat-1k", "verbatim chat, 1 KB, 16 connections", closed(CHAT, 16, 8_000)),
        ("chat-1k-64", "verbatim chat, 1 KB, 64 connections", closed(CHAT, 64, 8_000)),
        ("chat-10k", "verbatim chat, 10 KB, 16 connections", closed(chat(10 << 10), 16, 6_000)),
        ("chat-100k", "verbatim chat, 100 KB, 16 connections", closed(chat(100 << 10), 16, 2_000)),
        ("chat-1m", "verbatim chat, 1 MB, 16 connections", closed(chat(1 << 20), 16, 300)),
        ("stream-200", "verbatim streams of 200 chunks, 5 ms apart", streams(STREAM)),
        (
            "translated-chat",
            "chat translated, 1 KB, 16 connections",
            closed(TRANSLATED_CHAT, 16, 8_000),
        ),
        (
            "translated-stream",
            "streams translated, 200 chunks, 5 ms apart",
            streams(TRANSLATED_STREAM),
        ),
        ("latency-50", "verbatim chat, 1 KB, 50 requests/s", open(50, 120)),
        ("latency-200", "verbatim chat, 1 KB, 200 requests/s", open(200, 400)),
        ("latency-500", "verbatim chat, 1 KB, 500 requests/s", open(500, 1_000)),
        (
            "stream-timing",
            "stream of 200 chunks, 2 ms apart",
            Work::ChunkTimes(STAMPED, effort.of(4)),
        ),
        ("lifecycle", "start, memory, 500 slow streams", Work::Lifecycle(memory_load, 500)),
    ]
    .map(|(name, title, work)| Scenario { name, title, work })
    .into()
}

impl Scenario {
    /// Whether a word of `--only` means this scenario: its name, or its beginning up to a dash.
    pub(crate) fn is_meant_by(&self, word: &str) -> bool {
        let rest = self.name.strip_prefix(word);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }

    /// Names of all figures it can give.
    pub(crate) fn figures(&self) -> Vec<&'static str> {
        let measured: &[_] = match self.work {
            Work::Closed(..) => &["cpu-ms-per-1000", "requests-per-s"],
            Work::Open(..) => &["p50-ms", "p99-ms"],
            Work::Streams(..) => &["cpu-ms-per-stream"],
            Work::ChunkTimes(..) => &["first-chunk-ms", "chunk-ms"],
            Work::Lifecycle(..) => &["first-answer-ms", "idle-mb", "loaded-mb", "streams-500-mb"],
        };
        measured.iter().copied().flat_map(with_derived).collect()
    }

    /// Measures one contestant once, after a look at one of its answers.
    pub(crate) async fn measure(
        &self,
        contestant: &Contestant,
        mock: SocketAddr,
    ) -> Result<Measured, LoadError> {
        let call = match self.work {
            Work::Closed(call, _) | Work::Open(call, _) | Work::Streams(call, ..) => Some(call),
            Work::ChunkTimes(..) | Work::Lifecycle(..) => None,
        };
        let remark = match call {
            Some(call) => look_at(contestant, call, mock).await?,
            None => None,
        };
        Ok(Measured { samples: self.work.samples(contestant, mock).await?, remark })
    }
}

impl Work {
    async fn samples(
        &self,
        contestant: &Contestant,
        mock: SocketAddr,
    ) -> Result<Vec<Sample>, LoadError> {
        let mut samples = Vec::new();
        match *self {
            Self::Closed(call, plan) => {
                let cost = plan.run(contestant, call.request(contestant, mock)).await?;
                let requests = f64::from(cost.requests);
                let cpu = cost.cpu.map(|cpu| ("cpu-ms-per-1000", millis(cpu) / requests * 1e3));
                samples.extend(cpu);
                samples.push(("requests-per-s", requests / cost.elapsed.as_secs_f64()));
            }
            Self::Open(call, plan) => {
                let latency = plan.run(contestant, call.request(contestant, mock)).await?;
                samples.push(("p50-ms", millis(latency.p50)));
                samples.push(("p99-ms", millis(latency.p99)));
            }
            Self::Streams(call, count, spread) => {
                let request = call.request(contestant, mock);
                let cost = streams::side_by_side(contestant, call, request, count, spread).await?;
                let cpu = cost.cpu.map(|cpu| millis(cpu) / f64::from(cost.requests));
                samples.extend(cpu.map(|cpu| ("cpu-ms-per-stream", cpu)));
            }
            Self::ChunkTimes(call, count) => {
                let request = call.request(contestant, mock);
                let times = streams::chunk_times(contestant, &request, count).await?;
                samples.push(("first-chunk-ms", millis(times.first)));
                samples.push(("chunk-ms", millis(times.each)));
            }
            Self::Lifecycle(load, streams) => {
                if let Some(life) = lifecycle::watch(contestant, mock, load, streams).await? {
                    samples.extend(life.first_answer.map(|time| ("first-answer-ms", millis(time))));
                    samples.push(("idle-mb", life.idle_mb));
                    samples.push(("loaded-mb", life.loaded_mb));
                    samples.push(("streams-500-mb", life.streaming_mb));
                }
            }
        }
        Ok(samples)
    }
}

/// Makes one call and checks its answer, so that no figure is of errors told quickly.
async fn look_at(
    contestant: &Contestant,
    call: Call,
    mock: SocketAddr,
) -> Result<Option<String>, LoadError> {
    let mut answer = Vec::new();
    let mut client = Client::new(contestant.address);
    let request = call.request(contestant, mock);
    let exchange = client.exchange(&request, |data| answer.extend_from_slice(data));
    if let Err(error) = bounded(exchange).await {
        let excerpt = String::from_utf8_lossy(answer.get(..300).unwrap_or(&answer));
        return Err(LoadError::Answer(format!("{error} {excerpt}").trim_end().to_owned()));
    }
    let spoken = call.check(&answer)?;
    let untranslated = contestant.role == Role::Gateway && spoken != call.upstream;
    Ok(untranslated
        .then(|| "did not translate; its figures are those of the verbatim call".to_owned()))
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use mock_upstream::{Mock, per_core};

    use super::*;

    #[test]
    fn a_word_means_a_scenario_or_a_family() {
        let meant = |word: &str| -> Vec<_> {
            let scenarios = all(Effort::Quick);
            scenarios.iter().filter(|one| one.is_meant_by(word)).map(|one| one.name).collect()
        };
        assert_eq!(meant("latency"), ["latency-50", "latency-200", "latency-500"]);
        assert_eq!(meant("chat-1k"), ["chat-1k", "chat-1k-64"]);
        assert_eq!(meant("latency-5"), [""; 0]);
    }

    /// The mock upstream in this process; its threads end with it.
    fn mock() -> SocketAddr {
        let listeners = per_core::bind(SocketAddr::from(([127, 0, 0, 1], 0)), 1).unwrap();
        let address = per_core::local_address(&listeners).unwrap();
        std::thread::spawn(|| per_core::serve(listeners, Mock::new));
        address
    }

    async fn measure(name: &str, contestant: &Contestant) -> Result<Measured, LoadError> {
        let scenarios = all(Effort::Quick);
        let scenario = scenarios.iter().find(|scenario| scenario.name == name).unwrap();
        scenario.measure(contestant, contestant.address).await
    }

    #[tokio::test]
    async fn each_kind_of_work_gives_its_figures() {
        let mut contestant = Contestant::at("mock", Role::Gateway, mock());
        contestant.pid = Some(std::process::id());
        for (name, figures) in [
            ("chat-512", &["cpu-ms-per-1000", "requests-per-s"][..]),
            ("latency-500", &["p50-ms", "p99-ms"]),
            ("stream-200", &["cpu-ms-per-stream"]),
            ("stream-timing", &["first-chunk-ms", "chunk-ms"]),
        ] {
            let measured = measure(name, &contestant).await.unwrap();
            assert_eq!(measured.remark, None);
            let (given, values): (Vec<_>, Vec<_>) = measured.samples.into_iter().unzip();
            assert_eq!(given, figures);
            assert!(values.iter().all(|value| *value > 0.0), "{name}: {values:?}");
        }
    }

    #[tokio::test]
    async fn a_gateway_that_does_not_translate_is_remarked_upon() {
        let contestant = Contestant::at("mock", Role::Gateway, mock());
        let measured = measure("translated-chat", &contestant).await.unwrap();
        assert!(measured.remark.unwrap().starts_with("did not translate"));
    }

    #[tokio::test]
    async fn a_contestant_that_answers_with_errors_has_no_figures() {
        let mut contestant = Contestant::at("mock", Role::Gateway, mock());
        contestant.set_header("x-mock-script", "mock-nonsense");
        let error = measure("chat-512", &contestant).await.unwrap_err().to_string();
        assert!(
            error.starts_with("answered with status 400") && error.contains("nonsense"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_stream_with_chunks_missing_has_no_figures() {
        let mut contestant = Contestant::at("mock", Role::Gateway, mock());
        contestant.set_header("x-mock-script", "mock-199");
        let error = measure("stream-200", &contestant).await.unwrap_err().to_string();
        assert!(error.starts_with("a stream with 199 chunks of text instead of 200"), "{error}");
    }
}
