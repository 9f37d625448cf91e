//! The life of a process: how soon it answers after its start, and its memory idle, after load
//! and with many slow streams open.
//!
//! A contestant the tool can start is started afresh, so that earlier scenarios do not show in
//! its memory. One that runs already is taken as it is, and has no time to its first answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::call::{Call, Upstream, has_content};
use super::client::Client;
use super::closed_loop::ClosedLoop;
use super::contestant::{Contestant, Role};
use super::error::LoadError;
use super::limit::bounded;
use super::process::{Running, free_port, resident_mb};

/// How long a contestant may take to answer for the first time.
const PATIENCE: Duration = Duration::from_mins(1);
/// Pause between two attempts to get the first answer.
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(1);
/// Pause before memory is read.
const SETTLE: Duration = Duration::from_millis(300);

/// The call with which a process is asked whether it is there.
pub(crate) const FIRST_CALL: Call =
    Call { model: "mock", body_bytes: 512, chunks: None, upstream: Upstream::ChatCompletions };

/// A stream that hardly moves: a chunk a second.
const SLOW_CALL: Call = Call { model: "mock-200-slow-1000", chunks: Some(200), ..FIRST_CALL };

/// What the life of a process shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifecycle {
    /// From starting the process to its first answer, if the tool started it.
    pub(crate) first_answer: Option<Duration>,
    pub(crate) idle_mb: f64,
    pub(crate) loaded_mb: f64,
    pub(crate) streaming_mb: f64,
}

/// Watches a process; `None` if there is none to watch.
pub(crate) async fn watch(
    contestant: &Contestant,
    mock: SocketAddr,
    load: ClosedLoop,
    streams: usize,
) -> Result<Option<Lifecycle>, LoadError> {
    let fresh;
    let (subject, first_answer) = match &contestant.launch {
        Some(_) => {
            let (contestant, first_answer) = start_afresh(contestant, mock).await?;
            fresh = contestant;
            (&fresh, Some(first_answer))
        }
        None => (contestant, None),
    };
    let Some(pid) = subject.pid.filter(|_| contestant.role != Role::Direct) else {
        return Ok(None);
    };
    sleep(SETTLE).await;
    let idle_mb = resident_mb(pid)?;
    let call = Call { body_bytes: 1024, ..FIRST_CALL };
    load.run(subject, call.request(subject, mock)).await?;
    let loaded_mb = resident_mb(pid)?;
    let open = open_streams(subject, SLOW_CALL.request(subject, mock), streams).await?;
    sleep(SETTLE).await;
    let streaming_mb = resident_mb(pid)?;
    drop(open);
    Ok(Some(Lifecycle { first_answer, idle_mb, loaded_mb, streaming_mb }))
}

/// Waits for the first answer of a process that has just been started.
pub(crate) async fn first_answer(
    contestant: &Contestant,
    mock: SocketAddr,
) -> Result<(), LoadError> {
    let request = FIRST_CALL.request(contestant, mock);
    let start = Instant::now();
    loop {
        let mut answer = Vec::new();
        let mut client = Client::new(contestant.address);
        let exchange = client.exchange(&request, |data| answer.extend_from_slice(data));
        let last = timeout(PATIENCE, exchange).await;
        let reason = match last {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        if start.elapsed() > PATIENCE || ended(contestant) {
            let log = contestant.launch.as_ref().map(|launch| launch.log.display().to_string());
            let excerpt = String::from_utf8_lossy(answer.get(..300).unwrap_or(&answer));
            return Err(LoadError::Silent {
                name: contestant.name.clone(),
                reason: format!("{reason} {excerpt}").trim_end().to_owned(),
                log: log.unwrap_or_default(),
            });
        }
        sleep(BETWEEN_ATTEMPTS).await;
    }
}

/// Whether the process is gone, so that waiting for it is in vain.
fn ended(contestant: &Contestant) -> bool {
    contestant.pid.is_some_and(|pid| resident_mb(pid).is_err())
}

async fn start_afresh(
    contestant: &Contestant,
    mock: SocketAddr,
) -> Result<(Contestant, Duration), LoadError> {
    let Some(launch) = contestant.launch.clone() else {
        return Err(LoadError::Usage(format!("{} cannot be started", contestant.name)));
    };
    let port = free_port()?;
    let start = Instant::now();
    let running: Running = launch.start(port, mock)?;
    let fresh = Contestant {
        headers: contestant.headers.clone(),
        pid: Some(running.id()),
        launch: Some(launch),
        ..Contestant::at(&contestant.name, contestant.role, running.address)
    };
    // It lives until the caller has seen enough of it.
    let fresh = Contestant { running: Some(running), ..fresh };
    first_answer(&fresh, mock).await?;
    Ok((fresh, start.elapsed()))
}

/// Opens streams and waits until each has brought its first content. They stay open for as long
/// as their clients live.
async fn open_streams(
    contestant: &Contestant,
    request: Vec<u8>,
    count: usize,
) -> Result<Vec<Client>, LoadError> {
    let request: Arc<[u8]> = request.into();
    let mut opening = JoinSet::new();
    for _ in 0..count {
        let (mut client, request) = (Client::new(contestant.address), Arc::clone(&request));
        opening.spawn(async move {
            client.begin(&request, has_content).await?;
            Ok::<_, LoadError>(client)
        });
    }
    bounded(async {
        let mut open = Vec::with_capacity(count);
        while let Some(client) = opening.join_next().await {
            open.push(client.map_err(|error| LoadError::Answer(error.to_string()))??);
        }
        Ok(open)
    })
    .await
}
