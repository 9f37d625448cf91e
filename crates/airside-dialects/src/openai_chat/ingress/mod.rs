//! Requests of callers to the unified schema.
//!
//! Does not judge a request: what the upstream may refuse is passed on for it
//! to refuse. Decoding is total.

mod message;
mod params;
mod tools;

use airside_schema::{ChatRequest, CodecError, Envelope};
use airside_wire::{JsonDoc, Kind, RawJson, WireError};

use super::legacy::Calls;
use super::{DIALECT, fields};
use crate::shared::at::At;

/// Fields two readers must not disagree on.
const GOVERNED: [&str; 13] = [
    "model",
    "messages",
    "stream",
    "stream_options",
    "tools",
    "tool_choice",
    "functions",
    "function_call",
    "max_tokens",
    "max_completion_tokens",
    "n",
    "response_format",
    "user",
];

/// Takes the cheap look: top-level fields only.
pub(super) fn inspect(doc: &JsonDoc) -> Result<Envelope, CodecError> {
    governed(doc)?;
    let mut envelope = Envelope::default();
    if let Some(model) = present(doc, "model") {
        let model = model.string();
        envelope.model = Some(model.ok_or_else(|| CodecError::invalid("model", "a string"))?);
    }
    if present(doc, "messages").is_some_and(|raw| raw.kind() != Kind::Array) {
        return Err(CodecError::invalid("messages", "an array of messages"));
    }
    if let Some(stream) = present(doc, "stream") {
        let stream = stream.bool();
        envelope.stream = stream.ok_or_else(|| CodecError::invalid("stream", "true or false"))?;
    }
    envelope.stream_usage = present(doc, "stream_options")
        .and_then(|options| options.get("include_usage")?.bool())
        .unwrap_or(false);
    envelope.user = present(doc, "user").and_then(|user| user.string());
    envelope.needs.tools = ["tools", "functions"].iter().any(|key| {
        let list = present(doc, key);
        list.is_some_and(|list| list.item(0).is_some())
    });
    envelope.legacy_functions = present(doc, "functions").is_some() && doc.get("tools").is_none();
    envelope.needs.json = present(doc, "response_format")
        .and_then(|format| format.get("type")?.string())
        .is_some_and(|kind| matches!(&*kind, "json_object" | "json_schema"));
    Ok(envelope)
}

fn governed(doc: &JsonDoc) -> Result<(), CodecError> {
    doc.governed(&GOVERNED).map_err(|error| match error {
        WireError::DuplicateKey { key } => CodecError::Duplicate { path: key },
        other => other.into(),
    })
}

fn present(doc: &JsonDoc, key: &str) -> Option<RawJson> {
    doc.get(key).filter(|raw| !raw.is_null())
}

/// Decodes a request.
pub(super) fn decode(doc: &JsonDoc) -> Result<ChatRequest, CodecError> {
    governed(doc)?;
    let root = At::Root;
    let mut object = doc.object();
    let mut request = ChatRequest::default();
    request.source = Some(DIALECT);
    request.model = fields::text(&mut object, "model", &root)?.unwrap_or_default();
    let messages = fields::items(&mut object, "messages", &root)?
        .ok_or_else(|| CodecError::missing("messages", "an array of messages"))?;
    let list = root.key("messages");
    let mut calls = Calls::default();
    request.messages.reserve(messages.len());
    for (index, raw) in messages.iter().enumerate() {
        request.messages.push(message::decode(raw, &mut calls, &list.index(index))?);
    }
    tools::decode(&mut object, &mut request, &root)?;
    params::decode(&mut object, &mut request, &root)?;
    for (key, value) in object {
        request.extras.push(DIALECT, key, value);
    }
    Ok(request)
}
