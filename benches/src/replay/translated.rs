//! The other dialect: a caller who speaks one, an upstream that speaks the other.
//!
//! Two ways to play a recording: its answer to a caller of the other dialect, whose request is
//! made from the recorded one; or its request to an upstream of the other dialect, whose answer
//! is made from the recorded one. What is made is made with the project's codecs, so the first
//! way judges how replies are translated, the second one requests as they are really written.

use airside_schema::codec::{EncodeCx, Memo, ReplyCx};
use airside_schema::stream::{Checker, Folder};
use airside_schema::{ChatRequest, ChatResponse, Direction, Event, Fault, LossReport};
use airside_testkit::{Rng, json};
use airside_wire::{JsonDoc, Limits, RawJson};
use bytes::Bytes;

use super::difference::Difference;
use super::error::ReplayError;
use super::recording::{Body, Recording, Response};
use super::records::Record;
use super::report::Verdict;
use super::side::Side;
use super::stage::{self, Play, Played, Reply, Stage};
use super::{reply, request, shape, verbatim};

/// Which half of the recording is real.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// The recorded answer is played to a caller of the other dialect.
    Answer,
    /// The same, to a caller who wants to see more than the official API shows, such as what a
    /// model thought.
    Shown,
    /// The recorded request is sent to an upstream of the other dialect.
    Request,
}

/// A call that was played, with what it has to be judged by.
#[derive(Debug)]
pub(crate) struct Case<'r> {
    recording: &'r Recording,
    scene: Scene,
    way: Way,
    pub(crate) played: Played,
}

/// Everything both sides are going to say.
#[derive(Debug)]
struct Scene {
    caller: Side,
    request: RawJson,
    /// The request as the gateway has to understand it.
    asked: ChatRequest,
    memo: Memo,
    status: u16,
    headers: Vec<(String, String)>,
    answer: Bytes,
    stream: bool,
}

/// Plays a recording across dialects. The text says why a recording cannot be played so.
pub(crate) async fn play<'r>(
    stage: &Stage,
    recording: &'r Recording,
    way: Way,
) -> Result<Result<Case<'r>, String>, ReplayError> {
    let rng = &mut Rng::of(&recording.file);
    let scene = match scene(recording, way, rng) {
        Ok(scene) => scene,
        Err(reason) => return Ok(Err(reason)),
    };
    let body = Body::Text(scene.answer.clone());
    let response = Response { status: scene.status, headers: scene.headers.clone(), body };
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    if way == Way::Shown {
        headers.push(("x-airside-strict-open-ai-compliance".to_owned(), "false".to_owned()));
    }
    let play = Play {
        caller: scene.caller,
        provider: scene.caller.other(),
        method: "POST".to_owned(),
        target: scene.caller.path().to_owned(),
        headers,
        body: json::respelled(&scene.request, rng).into(),
        answer: stage::answer(&response, &scene.answer, rng),
    };
    let played = stage.play(play).await?;
    Ok(Ok(Case { recording, scene, way, played }))
}

/// Sets the scene. The text says why that cannot be done.
fn scene(recording: &Recording, way: Way, rng: &mut Rng) -> Result<Scene, String> {
    let caller = match way {
        Way::Request => recording.side,
        Way::Answer | Way::Shown => recording.side.other(),
    };
    let request = callers_request(recording, way)?;
    let asked = decoded(caller, &request).map_err(|reason| format!("the request: {reason}"))?;
    let upstream = told(caller.other().codec())?.egress;
    let encoded = upstream.encode(&asked, &EncodeCx::default(), &mut LossReport::default());
    let memo = encoded.map(|encoded| encoded.memo).unwrap_or_default();
    let (answer, headers) = upstreams_answer(recording, way, rng)
        .map_err(|reason| format!("the recorded answer cannot be read: {reason}"))?;
    let (status, stream) = (recording.response.status, recording.is_stream());
    Ok(Scene { caller, request, asked, memo, status, headers, answer, stream })
}

/// The caller's request: the recorded one, or the same in the other dialect.
fn callers_request(recording: &Recording, way: Way) -> Result<RawJson, String> {
    let stream = recording.is_stream();
    let recorded = recording.request.clone().unwrap_or_else(|| verbatim::minimal(stream));
    if way == Way::Request {
        return Ok(recorded);
    }
    let mut wanted = decoded(recording.side, &recorded)
        .map_err(|reason| format!("the recorded request cannot be read: {reason}"))?;
    wanted.stream = stream;
    wanted.stream_usage = stream;
    let caller = told(recording.side.other().codec())?.egress;
    match caller.encode(&wanted, &EncodeCx::default(), &mut LossReport::default()) {
        Ok(encoded) => told(RawJson::parse(encoded.body)),
        // What one dialect cannot ask at all, its caller does not ask.
        Err(_) => Ok(verbatim::minimal(stream)),
    }
}

/// The upstream's answer and its headers: the recorded one, or the same in the other dialect.
fn upstreams_answer(
    recording: &Recording,
    way: Way,
    rng: &mut Rng,
) -> Result<(Bytes, Vec<(String, String)>), String> {
    let response = &recording.response;
    let recorded = match &response.body {
        Body::Json(document) => Bytes::from(json::respelled(document, rng)),
        Body::Text(text) => text.clone(),
    };
    if way != Way::Request {
        return Ok((recorded, response.headers.clone()));
    }
    let stream = recording.is_stream();
    let media_type = if stream { "text/event-stream" } else { "application/json" };
    let headers = vec![("content-type".to_owned(), media_type.to_owned())];
    Ok((remade(recording, &recorded)?, headers))
}

/// The request a document of a dialect means.
fn decoded(side: Side, document: &RawJson) -> Result<ChatRequest, String> {
    let doc = told(JsonDoc::parse(document.clone().into(), &Limits::default()))?;
    told(told(side.codec())?.ingress.decode(&doc))
}

fn told<T, E: std::fmt::Display>(result: Result<T, E>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}

/// The recorded answer in the other dialect.
fn remade(recording: &Recording, recorded: &Bytes) -> Result<Bytes, String> {
    let (own, other) = (told(recording.side.codec())?, told(recording.side.other().codec())?);
    let status = recording.response.status;
    if status >= 400 {
        return Ok(other.ingress.encode_fault(&own.egress.decode_fault(status, recorded)));
    }
    let mut cx = ReplyCx::new("replayed-model");
    (cx.stream_usage, cx.now, cx.fallback_id) = (true, 1_700_000_000, "replayed-id".into());
    let loss = &mut LossReport::default();
    if !recording.is_stream() {
        let response = told(own.egress.decode_response(recorded.clone(), &Memo::default()))?;
        return told(other.ingress.encode_response(&response, &cx, loss));
    }
    let mut encoder = other.ingress.stream_encoder(&cx);
    let mut out = Vec::new();
    for event in events(recording.side, recorded, &Memo::default())? {
        encoder.event(&event, &mut out, loss);
    }
    Ok(out.into())
}

/// The events of a stream received whole.
fn events(side: Side, bytes: &Bytes, memo: &Memo) -> Result<Vec<Event>, String> {
    let mut decoder = told(side.codec())?.egress.stream_decoder(memo);
    let mut events = Vec::new();
    told(decoder.push(bytes.clone(), &mut events))?;
    decoder.finish(&mut events);
    Ok(events)
}

impl Case<'_> {
    /// Judges what was played.
    pub(crate) fn judge(&self, record: Option<&Record>) -> Verdict {
        let (caller, upstream) = (self.scene.caller, self.scene.caller.other());
        let real = match self.way {
            Way::Answer => "recorded answers",
            Way::Shown => "recorded answers shown whole",
            Way::Request => "recorded requests",
        };
        let pair = format!("{} to {}, {real}", caller.name(), upstream.name());
        let mut verdict = Verdict::new(self.recording, pair);
        let Some(record) = record else {
            verdict.fail("there is no call record".to_owned());
            return verdict;
        };
        verdict.losses(&record.losses);
        if record.canceled {
            verdict.fail("the record says that the caller went away".to_owned());
        }
        self.request(record, &mut verdict);
        match &self.played.reply {
            Err(error) => verdict.fail(format!("the reply broke off: {error}")),
            Ok(reply) => self.reply(reply, record, &mut verdict),
        }
        verdict
    }

    fn request(&self, record: &Record, verdict: &mut Verdict) {
        let (caller, upstream) = (self.scene.caller, self.scene.caller.other());
        let [received] = &self.played.received[..] else {
            let count = self.played.received.len();
            let reply =
                self.played.reply.as_ref().map(|reply| reply.body.clone()).unwrap_or_default();
            let reply = String::from_utf8_lossy(&reply).into_owned();
            return verdict
                .fail(format!("{count} requests arrived at the upstream, not one: {reply}"));
        };
        if !received.uri.path().ends_with(&format!("/v1{}", upstream.path())) {
            verdict.fail(format!("the upstream was asked for {}", received.uri.path()));
        }
        let (name, key) = upstream.key_header();
        if received.headers.get(name).is_none_or(|value| value != &key) {
            verdict.fail(format!("the key did not arrive in {name}"));
        }
        let document = told(JsonDoc::parse(received.body.clone(), &Limits::default()));
        let codec = told(upstream.codec());
        let told = document.and_then(|doc| told(codec?.ingress.decode(&doc)));
        match told {
            Err(reason) => verdict.fail(format!("the upstream cannot read its request: {reason}")),
            Ok(told) => {
                let found = request::compare(&self.scene.asked, &told, caller);
                verdict.differences(found, record, Direction::Request);
            }
        }
    }

    fn reply(&self, reply: &Reply, record: &Record, verdict: &mut Verdict) {
        let side = self.scene.caller;
        if reply.status != self.scene.status {
            verdict.fail(format!("status {} became {}", self.scene.status, reply.status));
            return;
        }
        // A stream's head is sent before its losses can be known.
        let direction = self.scene.stream.then_some(Direction::Request);
        let (header, summary) =
            (reply.header("x-airside-translation-loss"), record.summary(direction));
        if header != summary.as_deref() {
            verdict.fail(format!("the loss header is {header:?}, the record says {summary:?}"));
        }
        if self.scene.status >= 400 {
            return self.error(reply, verdict);
        }
        let faults = if self.scene.stream {
            shape::stream(side, &reply.body)
        } else {
            shape::unary(side, &reply.body)
        };
        for fault in faults {
            verdict.fail(format!("not a valid reply: {fault}"));
        }
        match (self.said(), self.told(reply)) {
            (Err(reason), _) => verdict.fail(format!("the answer cannot be read: {reason}")),
            (_, Err(reason)) => verdict.fail(format!("the reply cannot be read: {reason}")),
            (Ok(Ok(said)), Ok(Ok(told))) => {
                let found = reply::compare(&said, &told);
                verdict.differences(found, record, Direction::Reply);
            }
            (Ok(Err(said)), Ok(Err(told))) => {
                if !told.message.contains(&*said.message) {
                    verdict.fail(format!("the error {:?} became {:?}", said.message, told.message));
                }
            }
            (Ok(Ok(_)), Ok(Err(fault))) => {
                verdict.fail(format!("an answer became an error: {}", fault.message));
            }
            (Ok(Err(fault)), Ok(Ok(_))) => {
                verdict.fail(format!("an error became an answer: {}", fault.message));
            }
        }
    }

    fn error(&self, reply: &Reply, verdict: &mut Verdict) {
        let side = self.scene.caller;
        let faults = shape::error(side, &reply.body);
        for fault in faults {
            verdict.fail(format!("not a valid error: {fault}"));
        }
        let (Ok(caller), Ok(upstream)) = (side.codec(), side.other().codec()) else { return };
        let said = upstream.egress.decode_fault(self.scene.status, &self.scene.answer);
        let told = caller.egress.decode_fault(reply.status, &reply.body);
        if !told.message.contains(&*said.message) {
            verdict.fail(format!("the error {:?} became {:?}", said.message, told.message));
        }
    }

    /// What the upstream said.
    fn said(&self) -> Result<Result<ChatResponse, Box<Fault>>, String> {
        let scene = &self.scene;
        let mut said = read(scene.caller.other(), &scene.answer, scene.stream, &scene.memo)?;
        if let Ok(response) = &mut said
            && scene.stream
            && !scene.asked.stream_usage
        {
            // Nobody asked for it.
            response.usage = None;
        }
        Ok(said)
    }

    /// What the caller was told.
    fn told(&self, reply: &Reply) -> Result<Result<ChatResponse, Box<Fault>>, String> {
        read(self.scene.caller, &reply.body, self.scene.stream, &Memo::default())
    }
}

/// Reads a reply, whole or streamed. Streams have to obey the laws of events.
fn read(
    side: Side,
    bytes: &Bytes,
    stream: bool,
    memo: &Memo,
) -> Result<Result<ChatResponse, Box<Fault>>, String> {
    if !stream {
        return Ok(Ok(told(told(side.codec())?.egress.decode_response(bytes.clone(), memo))?));
    }
    let events = events(side, bytes, memo)?;
    told(Checker::check(&events))?;
    let mut folder = Folder::default();
    for event in &events {
        folder.event(event);
    }
    Ok(folder.finish())
}

/// The verdict on a recording that cannot be played across dialects.
pub(crate) fn unplayable(recording: &Recording, reason: String) -> Verdict {
    let pair = format!("{} across dialects", recording.side.name());
    let mut verdict = Verdict::new(recording, pair);
    verdict.differences(
        vec![Difference::inexcusable(reason)],
        &Record::default(),
        Direction::Request,
    );
    verdict
}
