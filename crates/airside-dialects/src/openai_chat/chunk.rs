//! One chunk of a streamed reply.
//!
//! Reads a `chat.completion.chunk` and hands its pieces on in the order
//! reasoning, text, refusal, tool calls, finish. Keeps nothing.

use airside_schema::{CodecError, Delta, Event, PartKind};
use airside_wire::{Kind, Object, RawJson, Str};

use super::blocks::{CallPiece, Plain};
use super::legacy::Calls;
use super::stream_in::Answer;
use super::{citation, content, fault, fields, finish};
use crate::shared::at::At;

/// What a chunk says about the answer as a whole.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    pub(super) id: Str,
    pub(super) model: Str,
    pub(super) created: Option<u64>,
    pub(super) service_tier: Option<Str>,
    pub(super) rest: Object,
}

/// Decodes a chunk.
pub(super) fn decode(
    raw: &RawJson,
    answer: &mut Answer,
    events: &mut Vec<Event>,
) -> Result<(), CodecError> {
    let root = At::Root;
    let Some(mut object) = raw.object() else {
        return Err(CodecError::invalid("data", "a chunk, which is an object"));
    };
    if fields::some(&mut object, "error").is_some_and(|error| error.as_str() != "{}") {
        answer.fail(fault::in_stream(raw), events);
        return Ok(());
    }
    let choices = fields::items(&mut object, "choices", &root)?.unwrap_or_default();
    let usage = fields::of_kind(&mut object, "usage", Kind::Object);
    let chunk = Chunk {
        id: fields::lenient_text(&mut object, "id").unwrap_or_default(),
        model: fields::lenient_text(&mut object, "model").unwrap_or_default(),
        created: fields::lenient_count(&mut object, "created"),
        service_tier: fields::lenient_text(&mut object, "service_tier"),
        rest: without_kind(object),
    };
    let says = !choices.is_empty() || usage.is_some();
    if !answer.about(chunk, says, events) {
        return Ok(());
    }
    let list = root.key("choices");
    for (position, raw) in choices.iter().enumerate() {
        choice(raw, answer, events, &list.index(position))?;
    }
    if let Some(usage) = usage {
        answer.usage(&usage, events);
    }
    Ok(())
}

/// Drops the constant `object`.
fn without_kind(mut object: Object) -> Object {
    fields::lenient_text(&mut object, "object");
    object
}

fn choice(
    raw: &RawJson,
    answer: &mut Answer,
    events: &mut Vec<Event>,
    at: &At<'_>,
) -> Result<(), CodecError> {
    let mut object = fields::object(raw, at)?;
    let index = fields::lenient_count(&mut object, "index").unwrap_or_default();
    let index = u32::try_from(index)
        .map_err(|_| CodecError::invalid(at.key("index").path(), "a small whole number"))?;
    let logprobs = fields::of_kind(&mut object, "logprobs", Kind::Object);
    let reason = fields::lenient_text(&mut object, "finish_reason");
    let delta = fields::some(&mut object, "delta");
    // Some servers repeat the whole message so far in every chunk.
    if delta.is_some() {
        object.take("message");
    }
    let mut inner = match delta {
        Some(delta) => fields::object(&delta, &at.key("delta"))?,
        None => Object::default(),
    };
    pieces(&mut inner, index, logprobs, answer, events, &at.key("delta"))?;
    answer.rest(inner.iter(), events);
    if let Some(usage) = fields::of_kind(&mut object, "usage", Kind::Object) {
        answer.usage(&usage, events);
    }
    answer.rest(object.iter(), events);
    if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
        answer.choice(index).finish(Some(finish::decode(&reason)), events);
    }
    Ok(())
}

fn pieces(
    delta: &mut Object,
    index: u32,
    logprobs: Option<RawJson>,
    answer: &mut Answer,
    events: &mut Vec<Event>,
    at: &At<'_>,
) -> Result<(), CodecError> {
    // It is always the assistant who answers.
    fields::lenient_text(delta, "role");
    let mut pieces = Vec::new();
    thoughts(delta, &mut pieces);
    content(delta, &mut pieces, answer, events, at)?;
    if let Some(text) = fields::lenient_text(delta, "refusal") {
        pieces.push((Plain::Refusal, Delta::Refusal(text)));
    }
    let annotations = fields::of_kind(delta, "annotations", Kind::Array);
    for raw in annotations.iter().filter_map(RawJson::iter_items).flatten() {
        pieces.push((Plain::Text, Delta::Citation(Box::new(citation::decode(raw)))));
    }
    pieces.retain(|(_, piece)| !is_empty(piece));
    let last = pieces.last().map(|(kind, _)| *kind);
    for (kind, piece) in pieces {
        if answer.choice(index).is_finished() {
            late(&piece, answer, events);
        } else {
            answer.choice(index).plain(kind, piece, events)?;
        }
    }
    calls(delta, index, answer, events, at)?;
    let Some(raw) = logprobs else { return Ok(()) };
    let blocks = answer.choice(index);
    let placed = match last {
        Some(kind) => blocks.plain(kind, Delta::Logprobs(raw.clone()), events)?,
        None => blocks.any(Delta::Logprobs(raw.clone()), events).is_none(),
    };
    if !placed {
        answer.unknown(&Str::from_static("logprobs"), &raw, events);
    }
    Ok(())
}

fn is_empty(delta: &Delta) -> bool {
    match delta {
        Delta::Text(text) | Delta::Reasoning(text) | Delta::Refusal(text) => text.is_empty(),
        _ => false,
    }
}

/// A piece that comes after its choice has finished.
fn late(piece: &Delta, answer: &mut Answer, events: &mut Vec<Event>) {
    if let Delta::Text(text) | Delta::Reasoning(text) | Delta::Refusal(text) = piece {
        answer.unknown(&Str::from_static("content"), &RawJson::from_string(text), events);
    }
}

type Pieces = Vec<(Plain, Delta)>;

/// Reasoning in the forms servers give it. `content_blocks` is what this
/// gateway and compatible ones add to show signatures; then the text in the
/// other fields repeats it.
fn thoughts(delta: &mut Object, pieces: &mut Pieces) {
    let mut push = |piece| pieces.push((Plain::Reasoning, piece));
    let blocks = fields::of_kind(delta, "content_blocks", Kind::Array);
    let mut shown = false;
    for block in blocks.iter().filter_map(RawJson::iter_items).flatten() {
        let text =
            |key: &str| block.get("delta")?.get(key)?.string().filter(|text| !text.is_empty());
        let thought = text("thinking").map(Delta::Reasoning);
        let signature = text("signature").map(Delta::Signature);
        let redacted = text("data").map(Delta::Redacted);
        for piece in [thought, signature, redacted].into_iter().flatten() {
            shown = true;
            push(piece);
        }
    }
    let text = fields::lenient_text(delta, "reasoning_content");
    let repeated = text.is_none() || delta.get("reasoning").and_then(RawJson::string) == text;
    let other = if repeated { fields::lenient_text(delta, "reasoning") } else { None };
    if let Some(text) = text.or(other).filter(|_| !shown) {
        push(Delta::Reasoning(text));
    }
}

/// Text, or parts as some relatives of the format stream them.
fn content(
    delta: &mut Object,
    pieces: &mut Pieces,
    answer: &mut Answer,
    events: &mut Vec<Event>,
    at: &At<'_>,
) -> Result<(), CodecError> {
    if let Some(text) = fields::lenient_text(delta, "content") {
        pieces.push((Plain::Text, Delta::Text(text)));
        return Ok(());
    }
    let Some(raw) = fields::of_kind(delta, "content", Kind::Array) else { return Ok(()) };
    for part in content::decode(&raw, &at.key("content"))? {
        for (key, value) in part.extras.iter() {
            answer.unknown(key, value, events);
        }
        match part.kind {
            PartKind::Text { text, .. } => pieces.push((Plain::Text, Delta::Text(text))),
            PartKind::Reasoning(thought) => {
                pieces.push((Plain::Reasoning, Delta::Reasoning(thought.text)));
                let signature = thought.signature.map(Delta::Signature);
                pieces.extend(signature.map(|piece| (Plain::Reasoning, piece)));
            }
            PartKind::Refusal(text) => pieces.push((Plain::Refusal, Delta::Refusal(text))),
            PartKind::Opaque { raw, .. } => {
                answer.unknown(&Str::from_static("content"), &raw, events);
            }
            _ => {}
        }
    }
    Ok(())
}

fn calls(
    delta: &mut Object,
    index: u32,
    answer: &mut Answer,
    events: &mut Vec<Event>,
    at: &At<'_>,
) -> Result<(), CodecError> {
    if let Some(raw) = fields::of_kind(delta, "function_call", Kind::Object) {
        let mut inner = raw.object().unwrap_or_default();
        let piece = CallPiece {
            // A choice has one call in the form before tools existed.
            index: Some(u64::MAX),
            id: Calls::default().call(),
            name: fields::lenient_text(&mut inner, "name").unwrap_or_default(),
            custom: false,
            arguments: arguments(&mut inner, "arguments"),
        };
        if !(piece.name.is_empty() && piece.arguments.is_empty()) {
            call(piece, &raw, index, answer, events)?;
        }
        answer.rest(inner.iter(), events);
    }
    let Some(raws) = fields::items(delta, "tool_calls", at)? else { return Ok(()) };
    let list = at.key("tool_calls");
    for (position, raw) in raws.iter().enumerate() {
        let mut object = fields::object(raw, &list.index(position))?;
        let kind = fields::lenient_text(&mut object, "type");
        let custom = kind.as_deref() == Some("custom") || object.contains("custom");
        let (name, text) = if custom { ("custom", "input") } else { ("function", "arguments") };
        let inner = fields::of_kind(&mut object, name, Kind::Object);
        let mut inner = inner.and_then(|inner| inner.object()).unwrap_or_default();
        let piece = CallPiece {
            index: fields::lenient_count(&mut object, "index"),
            id: fields::lenient_text(&mut object, "id").unwrap_or_default(),
            name: fields::lenient_text(&mut inner, "name").unwrap_or_default(),
            custom,
            arguments: arguments(&mut inner, text),
        };
        call(piece, raw, index, answer, events)?;
        answer.rest(inner.iter(), events);
        answer.rest(object.iter(), events);
    }
    Ok(())
}

fn call(
    piece: CallPiece,
    raw: &RawJson,
    index: u32,
    answer: &mut Answer,
    events: &mut Vec<Event>,
) -> Result<(), CodecError> {
    if !answer.choice(index).call(piece, events)? {
        answer.unknown(&Str::from_static("tool_calls"), raw, events);
    }
    Ok(())
}

/// A piece of JSON text. Some servers send the whole object instead.
fn arguments(inner: &mut Object, key: &str) -> Str {
    let whole = fields::of_kind(inner, key, Kind::Object).map(|raw| raw.text());
    whole.or_else(|| fields::lenient_text(inner, key)).unwrap_or_default()
}
