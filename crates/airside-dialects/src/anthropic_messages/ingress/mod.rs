//! Requests of callers to the unified schema.
//!
//! Does not judge a request: what the upstream may refuse is passed on for it
//! to refuse. Decoding is total.

mod params;
mod tools;

use airside_schema::{ChatRequest, CodecError, Envelope, Extras, Message, Role};
use airside_wire::{JsonDoc, Kind, RawJson, WireError};

use super::{DIALECT, block_in, fields};
use crate::shared::at::At;

/// Fields two readers must not disagree on.
const GOVERNED: [&str; 8] =
    ["model", "messages", "system", "stream", "tools", "tool_choice", "max_tokens", "metadata"];

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
    // Every stream of this dialect reports its usage.
    envelope.stream_usage = true;
    envelope.user = present(doc, "metadata").and_then(|raw| raw.get("user_id")?.string());
    envelope.needs.tools = present(doc, "tools")
        .and_then(|raw| raw.iter_items().map(|mut items| items.next().is_some()))
        .unwrap_or(false);
    let format = present(doc, "output_config").and_then(|raw| raw.get("format"));
    let format = format.or_else(|| present(doc, "output_format"));
    envelope.needs.json = format.is_some_and(|raw| !raw.is_null());
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
    // What nested objects hold beyond the known, added to the extras below.
    let mut nested = Extras::default();

    request.model = fields::optional_text(&mut object, "model", &root)?.unwrap_or_default();
    if let Some(raw) = fields::some(&mut object, "system") {
        let parts = block_in::content(&raw, &root.key("system"))?;
        request.messages.push(Message::new(Role::System, parts));
    }
    if let Some(raw) = fields::some(&mut object, "messages") {
        messages(&raw, &root.key("messages"), &mut request.messages)?;
    }
    if let Some(raw) = fields::some(&mut object, "tools") {
        request.tools = tools::tools(&raw, &root.key("tools"))?;
    }
    if let Some(raw) = fields::some(&mut object, "tool_choice") {
        tools::tool_choice(&raw, &root.key("tool_choice"), &mut request, &mut nested)?;
    }
    request.params = params::sampling(&mut object, &root)?;
    request.response_format = params::response_format(&mut object, &mut nested);
    request.reasoning = params::reasoning(&mut object, &mut nested);
    request.stream = fields::optional_bool(&mut object, "stream", &root)?.unwrap_or(false);
    request.stream_usage = true;
    request.user = params::user(&mut object, &mut nested);
    request.service_tier = fields::lenient_text(&mut object, "service_tier");

    request.extras = Extras::rest(DIALECT, object);
    for (key, value) in nested.iter() {
        request.extras.push(DIALECT, key.clone(), value.clone());
    }
    Ok(request)
}

fn messages(raw: &RawJson, at: &At<'_>, out: &mut Vec<Message>) -> Result<(), CodecError> {
    let list = fields::items(raw, at, "an array of messages")?;
    out.reserve(list.len());
    for (index, raw) in list.iter().enumerate() {
        out.push(message(raw, &at.index(index))?);
    }
    Ok(())
}

fn message(raw: &RawJson, at: &At<'_>) -> Result<Message, CodecError> {
    let mut object = fields::object(raw, at, "a message, which is an object")?;
    let role = match &*fields::text(&mut object, "role", at)? {
        "user" => Role::User,
        "assistant" => Role::Assistant,
        // Newer models take instructions in the middle of a conversation.
        "system" => Role::System,
        _ => {
            let expected = "`user`, `assistant` or `system`";
            return Err(CodecError::invalid(at.key("role").path(), expected));
        }
    };
    let at_content = at.key("content");
    let content = fields::some(&mut object, "content").ok_or_else(|| {
        CodecError::missing(at_content.path(), "a string or an array of content blocks")
    })?;
    let mut message = Message::new(role, block_in::content(&content, &at_content)?);
    message.extras = Extras::rest(DIALECT, object);
    Ok(message)
}
