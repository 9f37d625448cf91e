//! The fixtures of every chat dialect and what the tests do with them.
//!
//! A dialect joins every test by having a folder of fixtures. Nothing here
//! knows a dialect.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail the test")]

use std::fs;
use std::path::Path;

use airside_dialects::{ChatDialect, chat_dialects};
use airside_schema::codec::{EncodeCx, Memo, ReplyCx};
use airside_schema::stream::{Checker, Folder};
use airside_schema::{ChatRequest, ChatResponse, Event, LossReport, PartKind};
use airside_wire::{JsonDoc, Limits, RawJson};
use bytes::Bytes;

/// One file of a dialect's fixtures.
#[derive(Debug)]
pub(crate) struct Fixture {
    pub(crate) dialect: &'static ChatDialect,
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
}

/// The fixtures of a kind (`requests`, `responses`, `streams`, `faults`) of
/// every dialect, in the order of their names.
pub(crate) fn fixtures(kind: &str) -> Vec<Fixture> {
    let mut all = Vec::new();
    for dialect in chat_dialects() {
        let folder = folder_name(dialect);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder).join(kind);
        let entries =
            fs::read_dir(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let bytes = Bytes::from(fs::read(&path).unwrap());
            all.push(Fixture { dialect, name, bytes });
        }
    }
    assert!(!all.is_empty(), "there are {kind}");
    all
}

/// `openai.chat` keeps its fixtures in `openai_chat`.
pub(crate) fn folder_name(dialect: &ChatDialect) -> String {
    dialect.id.as_str().replace('.', "_")
}

/// Every other dialect.
pub(crate) fn others(dialect: &'static ChatDialect) -> impl Iterator<Item = &'static ChatDialect> {
    chat_dialects().iter().filter(move |other| other.id != dialect.id)
}

/// Decodes a request as the dialect's callers write it.
pub(crate) fn decode_request(dialect: &ChatDialect, bytes: Bytes) -> ChatRequest {
    let doc = JsonDoc::parse(bytes, &Limits::default()).unwrap();
    dialect.ingress.inspect(&doc).unwrap();
    dialect.ingress.decode(&doc).unwrap()
}

/// Encodes a request for a dialect's upstreams.
pub(crate) fn encode_request(dialect: &ChatDialect, request: &ChatRequest) -> (Bytes, LossReport) {
    let mut loss = LossReport::default();
    let encoded = dialect.egress.encode(request, &EncodeCx::default(), &mut loss).unwrap();
    (encoded.body, loss)
}

/// Decodes a complete answer of a dialect's upstreams.
pub(crate) fn decode_response(dialect: &ChatDialect, bytes: Bytes) -> ChatResponse {
    dialect.egress.decode_response(bytes, &Memo::default()).unwrap()
}

/// Encodes a complete reply for a dialect's callers.
pub(crate) fn encode_response(
    dialect: &ChatDialect,
    response: &ChatResponse,
    cx: &ReplyCx,
) -> (Bytes, LossReport) {
    let mut loss = LossReport::default();
    let body = dialect.ingress.encode_response(response, cx, &mut loss).unwrap();
    (body, loss)
}

/// What a reply is told about its request.
pub(crate) fn reply_cx() -> ReplyCx {
    let mut cx = ReplyCx::new("model-asked-for");
    cx.now = 1_700_000_000;
    cx.fallback_id = "reply-1".into();
    cx.stream_usage = true;
    cx
}

/// Decodes a stream that arrives in one piece, under the laws of events.
pub(crate) fn decode_stream(dialect: &ChatDialect, bytes: &Bytes) -> Vec<Event> {
    let mut decoder = dialect.egress.stream_decoder(&Memo::default());
    let mut events = Vec::new();
    decoder.push(bytes.clone(), &mut events).unwrap();
    decoder.finish(&mut events);
    Checker::check(&events).unwrap_or_else(|error| panic!("{}: {error}: {events:#?}", dialect.id));
    events
}

/// Encodes a stream for a dialect's callers.
pub(crate) fn encode_stream(
    dialect: &ChatDialect,
    events: &[Event],
    cx: &ReplyCx,
) -> (Bytes, LossReport) {
    let (mut out, mut loss) = (Vec::new(), LossReport::default());
    let mut encoder = dialect.ingress.stream_encoder(cx);
    for event in events {
        encoder.event(event, &mut out, &mut loss);
    }
    (Bytes::from(out), loss)
}

/// The complete answer of a stream; `None` if it ended with a fault.
pub(crate) fn fold(events: &[Event]) -> Option<ChatResponse> {
    let mut folder = Folder::default();
    for event in events {
        folder.event(event);
    }
    folder.finish().ok()
}

/// What the first choice says: its texts joined, and its tool calls with
/// arguments without whitespace.
pub(crate) fn said(response: &ChatResponse) -> (String, Vec<(String, String, String)>) {
    let (mut texts, mut calls) = (String::new(), Vec::new());
    for part in response.choices.first().into_iter().flat_map(|choice| &choice.message.parts) {
        match &part.kind {
            PartKind::Text { text, .. } | PartKind::Refusal(text) => texts.push_str(text),
            PartKind::ToolCall(call) => {
                let arguments = call.arguments.split_whitespace().collect();
                calls.push((call.id.to_string(), call.name.to_string(), arguments));
            }
            _ => {}
        }
    }
    (texts, calls)
}

/// JSON with one field a line; numbers and the order of fields stay.
pub(crate) fn pretty(bytes: &Bytes) -> String {
    let mut out = String::new();
    write_pretty(&RawJson::parse(bytes.clone()).unwrap(), 0, &mut out);
    out
}

fn write_pretty(raw: &RawJson, depth: usize, out: &mut String) {
    let fields: Vec<_> = match (raw.object(), raw.items()) {
        (Some(object), _) => object.into_iter().map(|(key, value)| (Some(key), value)).collect(),
        (_, Some(items)) => items.into_iter().map(|value| (None, value)).collect(),
        _ => Vec::new(),
    };
    let short = raw.as_str().len() <= 60 && !raw.as_str().contains('\n');
    if fields.is_empty() || (short && depth > 0) {
        out.push_str(raw.as_str());
        return;
    }
    let ends = if raw.object().is_some() { ('{', '}') } else { ('[', ']') };
    out.push(ends.0);
    for (index, (key, value)) in fields.iter().enumerate() {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(&"  ".repeat(depth + 1));
        if let Some(key) = key {
            out.push_str(RawJson::from_string(key).as_str());
            out.push_str(": ");
        }
        write_pretty(value, depth + 1, out);
    }
    out.push('\n');
    out.push_str(&"  ".repeat(depth));
    out.push(ends.1);
}
