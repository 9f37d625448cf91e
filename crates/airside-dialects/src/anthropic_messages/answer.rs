//! Complete answers of upstreams to the unified schema.
//!
//! Not the events of a stream, which begin with the same message object.
//! Decoding is total.

use airside_schema::{ChatResponse, Choice, CodecError, Extras, Message, Role, Usage};
use airside_wire::{Object, RawJson, Str};
use bytes::Bytes;

use super::{DIALECT, block_in, fields, finish, usage};
use crate::shared::at::At;

/// Decodes a complete answer.
pub(super) fn decode(body: Bytes) -> Result<ChatResponse, CodecError> {
    let raw = RawJson::parse(body)?;
    let at = At::Root;
    let mut object = raw.object().ok_or_else(|| not_a_message(&at))?;
    let mut head = head(&mut object, &at)?;
    let at_content = at.key("content");
    let content = fields::some(&mut object, "content")
        .ok_or_else(|| CodecError::missing(at_content.path(), "an array of content blocks"))?;
    let message = Message::new(Role::Assistant, block_in::content(&content, &at_content)?);
    let reason = fields::optional_text(&mut object, "stop_reason", &at)?;
    let sequence = fields::lenient_text(&mut object, "stop_sequence");
    let finish = reason.map(|reason| finish::decode(reason, sequence));

    let mut response = ChatResponse::default();
    (response.id, response.model) = (head.id, head.model);
    response.service_tier = head.usage.as_mut().and_then(service_tier);
    response.usage = head.usage;
    response.choices.push(Choice::new(0, message, finish));
    response.extras = Extras::rest(DIALECT, object);
    Ok(response)
}

/// What a message object says about itself, whether complete or beginning.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) id: Str,
    pub(super) model: Str,
    pub(super) usage: Option<Usage>,
}

/// Takes the head of a message object.
pub(super) fn head(object: &mut Object, at: &At<'_>) -> Result<Head, CodecError> {
    let kind = fields::optional_text(object, "type", at)?;
    if kind.is_some_and(|kind| kind != "message") {
        return Err(not_a_message(at));
    }
    object.take("role");
    for key in ["container", "context_management", "stop_details"] {
        fields::drop_null(object, key);
    }
    let usage = fields::some(object, "usage");
    Ok(Head {
        id: fields::optional_text(object, "id", at)?.unwrap_or_default(),
        model: fields::optional_text(object, "model", at)?.unwrap_or_default(),
        usage: usage.and_then(|raw| usage::decode(&raw)),
    })
}

/// The tier stands among the token counts in this dialect.
pub(super) fn service_tier(usage: &mut Usage) -> Option<Str> {
    let tier = usage.extras.get("service_tier")?.string()?;
    usage.extras.take("service_tier");
    Some(tier)
}

fn not_a_message(at: &At<'_>) -> CodecError {
    CodecError::invalid(at.key("type").path(), "an object with the type `message`")
}
