//! The stage: a client, the gateway and the provider's part, for one call at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use airside_testkit::{Answer, Received, Rng, Upstream, client, rechunk};
use bytes::Bytes;
use http_body_util::Full;
use hyper::{HeaderMap, Request};

use super::arguments::Arguments;
use super::error::ReplayError;
use super::gateway::Gateway;
use super::recording::Response;
use super::side::Side;

/// Everything a call passes through.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) gateway: Gateway,
    upstream: Upstream,
    scenes: Scenes,
}

type Scenes = Arc<Mutex<HashMap<String, Scene>>>;

/// One call at the upstream: what it answers and what arrived.
#[derive(Debug)]
struct Scene {
    answer: Answer,
    received: Vec<Received>,
}

/// A call to be played.
#[derive(Debug)]
pub(crate) struct Play {
    /// Who calls: decides how the key is sent.
    pub(crate) caller: Side,
    /// Who is called: decides the provider named.
    pub(crate) provider: Side,
    pub(crate) method: String,
    /// Path and query below `/v1`.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) answer: Answer,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Played {
    /// What arrived at the upstream, in order.
    pub(crate) received: Vec<Received>,
    /// What arrived at the client; the text says why nothing did.
    pub(crate) reply: Result<Reply, String>,
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Stage {
    pub(crate) async fn set(arguments: &Arguments) -> Result<Self, ReplayError> {
        let scenes = Scenes::default();
        let shared = Arc::clone(&scenes);
        let upstream = Upstream::start(move |received| {
            let mut scenes = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let scene = number(received.uri.path()).and_then(|number| scenes.get_mut(number));
            let Some(scene) = scene else { return Answer::new(404) };
            scene.received.push(received.clone());
            scene.answer.clone()
        })
        .map_err(ReplayError::io("starting the upstream"))?;
        let gateway = Gateway::start(arguments.airside.as_deref()).await?;
        Ok(Self { gateway, upstream, scenes })
    }

    /// Plays one call.
    pub(crate) async fn play(&self, play: Play) -> Result<Played, ReplayError> {
        let scene = Scene { answer: play.answer, received: Vec::new() };
        let number = {
            let mut scenes = self.scenes.lock().unwrap_or_else(PoisonError::into_inner);
            let number = format!("n{}", scenes.len());
            scenes.insert(number.clone(), scene);
            number
        };
        let (key_name, key) = play.caller.key_header();
        let mut request = Request::builder()
            .method(play.method.as_str())
            .uri(format!("/v1{}", play.target))
            .header("x-airside-provider", play.provider.provider())
            .header("x-airside-custom-host", format!("{}/{number}/v1", self.upstream.url()))
            .header(key_name, key);
        for (name, value) in &play.headers {
            request = request.header(name, value);
        }
        let request = request
            .body(Full::new(play.body))
            .map_err(|error| ReplayError::Usage(format!("a recorded request: {error}")))?;
        let reply = match client::send(self.gateway.address, request).await {
            Ok(reply) => reply.whole().await,
            Err(error) => Err(error),
        };
        let reply = reply.map_err(|error| error.to_string()).map(|whole| Reply {
            status: whole.status.as_u16(),
            headers: whole.headers,
            body: whole.body,
        });
        let mut scenes = self.scenes.lock().unwrap_or_else(PoisonError::into_inner);
        let received = scenes.get_mut(&number).map(|scene| std::mem::take(&mut scene.received));
        Ok(Played { received: received.unwrap_or_default(), reply })
    }
}

/// The first folder of a path.
fn number(path: &str) -> Option<&str> {
    path.strip_prefix('/')?.split('/').next()
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Names the call in the gateway's records.
    pub(crate) fn request_id(&self) -> Option<&str> {
        self.header("x-airside-request-id")
    }
}

/// Plays the provider's part: these bytes, in pieces of odd sizes, with the recorded headers.
pub(crate) fn answer(response: &Response, bytes: &Bytes, rng: &mut Rng) -> Answer {
    let longest = if rng.one_in(4) { 7 } else { 700 };
    let pieces = rechunk::random(bytes, rng, longest);
    let answer = Answer::new(response.status);
    let answer = response.headers.iter().fold(answer, |answer, (name, value)| {
        if is_framing(name) { answer } else { answer.header(name, value) }
    });
    pieces.into_iter().fold(answer, Answer::send)
}

/// Headers that describe the recorded connection, not the message.
pub(crate) fn is_framing(name: &str) -> bool {
    ["connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding"]
        .contains(&name)
}
