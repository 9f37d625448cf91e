//! The dialect of the recording on both sides: every byte must pass unchanged, both ways.

use airside_testkit::{Rng, json};
use airside_wire::RawJson;
use bytes::Bytes;

use super::error::ReplayError;
use super::recording::{Body, Recording};
use super::records::Record;
use super::report::Verdict;
use super::stage::{self, Play, Played, Reply, Stage};

/// A call that was played, with what has to arrive.
#[derive(Debug)]
pub(crate) struct Case<'r> {
    recording: &'r Recording,
    request: Bytes,
    response: Bytes,
    pub(crate) played: Played,
}

/// Plays a recording to a caller of its own dialect. Request and response are spelled in a way
/// no writer would, so that reading and writing them again is noticed.
pub(crate) async fn play<'r>(
    stage: &Stage,
    recording: &'r Recording,
) -> Result<Case<'r>, ReplayError> {
    let rng = &mut Rng::of(&recording.file);
    let request = request(recording, rng);
    let response = match &recording.response.body {
        Body::Json(document) => Bytes::from(json::respelled(document, rng)),
        Body::Text(text) => text.clone(),
    };
    let answer = stage::answer(&recording.response, &response, rng);
    let play = Play {
        caller: recording.side,
        provider: recording.side,
        method: recording.method.clone(),
        target: recording.target.clone(),
        headers: recording.request_headers.clone(),
        body: request.clone(),
        answer,
    };
    let played = stage.play(play).await?;
    Ok(Case { recording, request, response, played })
}

fn request(recording: &Recording, rng: &mut Rng) -> Bytes {
    if recording.method == "GET" {
        return Bytes::new();
    }
    let document = recording.request.clone().unwrap_or_else(|| minimal(recording.is_stream()));
    json::respelled(&document, rng).into()
}

/// A request for recordings that have none: valid in both dialects.
pub(crate) fn minimal(stream: bool) -> RawJson {
    let mut writer = airside_wire::Writer::new();
    writer.begin_object();
    writer.field_string("model", "replayed-model");
    writer.field_u64("max_tokens", 4096);
    writer.open_array("messages");
    writer.begin_object();
    writer.field_string("role", "user");
    writer.field_string("content", "Hello");
    writer.end_object();
    writer.end_array();
    if stream {
        writer.field_bool("stream", true);
    }
    writer.end_object();
    writer.into_raw()
}

impl Case<'_> {
    /// Judges what was played.
    pub(crate) fn judge(&self, record: Option<&Record>) -> Verdict {
        let mut verdict =
            Verdict::new(self.recording, format!("{} verbatim", self.recording.side.name()));
        self.upstream(&mut verdict);
        match &self.played.reply {
            Err(error) => verdict.fail(format!("the reply broke off: {error}")),
            Ok(reply) => self.client(reply, &mut verdict),
        }
        let Some(record) = record else {
            verdict.fail("there is no call record".to_owned());
            return verdict;
        };
        if record.plan.as_deref() != Some("verbatim") {
            verdict.fail(format!("the plan was {:?}, not verbatim", record.plan));
        }
        if record.canceled {
            verdict.fail("the record says that the caller went away".to_owned());
        }
        for loss in &record.losses {
            verdict.fail(format!("a loss in a verbatim call: {} {}", loss.path, loss.note));
        }
        verdict
    }

    fn upstream(&self, verdict: &mut Verdict) {
        let [received] = &self.played.received[..] else {
            let count = self.played.received.len();
            return verdict.fail(format!("{count} requests arrived at the upstream, not one"));
        };
        if received.body != self.request {
            let at = first_difference(&received.body, &self.request);
            verdict.fail(format!("the request differs at the upstream from byte {at} on"));
        }
        let target = received.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        if !target.ends_with(&format!("/v1{}", self.recording.target)) {
            verdict.fail(format!("the upstream was asked for {target}"));
        }
        let (name, key) = self.recording.side.key_header();
        if received.headers.get(name).is_none_or(|value| value != &key) {
            verdict.fail(format!("the key did not arrive in {name}"));
        }
        for (name, value) in &self.recording.request_headers {
            if received.headers.get(name).is_none_or(|arrived| arrived != value) {
                verdict.fail(format!("the header {name}: {value} did not arrive"));
            }
        }
    }

    fn client(&self, reply: &Reply, verdict: &mut Verdict) {
        let response = &self.recording.response;
        if reply.status != response.status {
            verdict.fail(format!("status {} became {}", response.status, reply.status));
        }
        if reply.body != self.response {
            let at = first_difference(&reply.body, &self.response);
            verdict.fail(format!("the response differs at the client from byte {at} on"));
        }
        for (name, value) in &response.headers {
            if !stage::is_framing(name) && reply.header(name) != Some(value) {
                let got = reply.header(name);
                verdict.fail(format!("the header {name}: {value} became {got:?}"));
            }
        }
    }
}

fn first_difference(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}
