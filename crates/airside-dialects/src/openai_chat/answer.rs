//! Complete replies of upstreams to the unified schema.
//!
//! Decoding is total. Near relatives of the format leave fields out or add
//! some; only `choices` has to be there.

use airside_schema::{ChatResponse, Choice, CodecError, Message, Role};
use airside_wire::{JsonDoc, Kind, Limits, Object, RawJson, Str};
use bytes::Bytes;

use super::legacy::Calls;
use super::{DIALECT, assistant, fields, finish, usage};
use crate::shared::at::At;

/// Decodes a reply.
pub(super) fn decode(body: Bytes) -> Result<ChatResponse, CodecError> {
    let mut object = JsonDoc::parse(body, &Limits::default())?.object();
    let root = At::Root;
    let mut response = ChatResponse::default();
    response.id = fields::lenient_text(&mut object, "id").unwrap_or_default();
    response.model = fields::lenient_text(&mut object, "model").unwrap_or_default();
    response.created = fields::lenient_count(&mut object, "created");
    response.service_tier = fields::lenient_text(&mut object, "service_tier");
    if object.get("object").and_then(RawJson::string).as_deref() == Some("chat.completion") {
        object.take("object");
    }
    let choices = fields::items(&mut object, "choices", &root)?
        .ok_or_else(|| CodecError::missing("choices", "an array of choices"))?;
    let list = root.key("choices");
    for (position, raw) in choices.iter().enumerate() {
        response.choices.push(choice(raw, position, &list.index(position))?);
    }
    if let Some(raw) = fields::of_kind(&mut object, "usage", Kind::Object) {
        response.usage = usage::decode(&raw);
        if response.usage.is_none() {
            response.extras.push(DIALECT, Str::from_static("usage"), raw);
        }
    }
    for (key, value) in object {
        response.extras.push(DIALECT, key, value);
    }
    Ok(response)
}

fn choice(raw: &RawJson, position: usize, at: &At<'_>) -> Result<Choice, CodecError> {
    let mut object = fields::object(raw, at)?;
    let at_message = at.key("message");
    // A filtered answer may come without a message.
    let mut inner = match fields::some(&mut object, "message") {
        Some(message) => fields::object(&message, &at_message)?,
        None => Object::default(),
    };
    let mut message = Message::new(Role::Assistant, Vec::new());
    let mut calls = Calls::default();
    message.parts = assistant::parts(&mut inner, &mut message.extras, &mut calls, &at_message)?;
    // It is always the assistant who answers.
    fields::lenient_text(&mut inner, "role");
    message.name = fields::lenient_text(&mut inner, "name");
    for (key, value) in inner {
        message.extras.push(DIALECT, key, value);
    }
    let index = fields::lenient_count(&mut object, "index").and_then(|n| u32::try_from(n).ok());
    let index = index.or_else(|| u32::try_from(position).ok()).unwrap_or_default();
    let reason = fields::lenient_text(&mut object, "finish_reason");
    let mut choice = Choice::new(index, message, reason.as_ref().map(finish::decode));
    choice.logprobs = fields::of_kind(&mut object, "logprobs", Kind::Object);
    for (key, value) in object {
        choice.extras.push(DIALECT, key, value);
    }
    Ok(choice)
}
