//! What a model said earlier in the conversation.

use airside_schema::{
    Citation, Direction, LossKind, Message, Part, PartKind, Reasoning, ToolCall, Weight,
};
use airside_wire::RawJson;

use super::super::{DIALECT, content_blocks, fields, legacy};
use super::form::{self, Accepts, Formed};
use super::{Target, message, tools};
use crate::shared::at::At;

/// Writes a message of the assistant.
pub(super) fn write(to: &mut Target<'_>, message: &Message, at: &At<'_>, content: &At<'_>) {
    let mut formed = Vec::new();
    let mut thoughts = String::new();
    let mut calls: Vec<(&Part, &ToolCall)> = Vec::new();
    for (index, part) in message.parts.iter().enumerate() {
        let at = content.index(index);
        match &part.kind {
            PartKind::Reasoning(reasoning) => think(to, part, reasoning, &mut thoughts, &at),
            PartKind::ToolCall(call) => {
                calls.push((part, call));
                forget_mark(to, part, &at);
                let (direction, weight) = (Direction::Request, Weight::Parameter);
                fields::report_foreign(&part.extras, direction, weight, &at, to.loss);
            }
            _ if to.own && content_blocks::holds(part) => {}
            _ => {
                if !calls.is_empty() {
                    let (kind, path) = (LossKind::Reordered, at.path());
                    let note = "content comes before tool calls in this format";
                    to.loss.push(Direction::Request, kind, Weight::Semantic, path, note);
                }
                formed.extend(form::choose(to, part, Accepts::Text, &at));
            }
        }
    }
    to.out.begin_object();
    to.out.field_string("role", "assistant");
    // A legacy message has one call; more can only be told in the new form.
    let legacy_call = calls.iter().position(|(_, call)| legacy::is_legacy(&call.id));
    let legacy_call = legacy_call.map(|index| calls.remove(index));
    let called = !calls.is_empty() || legacy_call.is_some();
    write_content(to, &formed, called || unknown_calls(message).next().is_some());
    if !thoughts.is_empty() {
        to.out.field_string("reasoning_content", &thoughts);
    }
    if to.own && message.parts.iter().any(content_blocks::holds) {
        content_blocks::write(&mut to.out, &message.parts);
    }
    annotations(to, message);
    write_calls(to, message, &calls);
    if let Some((_, call)) = legacy_call {
        legacy::write_call(&mut to.out, Some(&call.name), &call.arguments, &message.extras);
    }
    message::end(to, message, at);
}

/// Collects the reasoning this dialect can send back.
fn think(
    to: &mut Target<'_>,
    part: &Part,
    reasoning: &Reasoning,
    thoughts: &mut String,
    at: &At<'_>,
) {
    forget_mark(to, part, at);
    if to.own && content_blocks::holds(part) {
        return;
    }
    fields::report(&part.extras, Direction::Request, Weight::Annotation, at, to.loss);
    if reasoning.dialect != Some(DIALECT) {
        to.unsaid(at, "earlier reasoning of another vendor cannot be sent in this format");
        return;
    }
    thoughts.push_str(&reasoning.text);
    if reasoning.signature.is_some() || reasoning.redacted.is_some() {
        to.unsaid(&at.key("signature"), "the format has no place for a signature");
    }
}

fn forget_mark(to: &mut Target<'_>, part: &Part, at: &At<'_>) {
    if part.cache.is_some() && !to.own {
        let note = "prompt caching is automatic in this format";
        to.loss.dropped(Weight::Annotation, at.key("cache_control").path(), note);
    }
}

/// A refusal alone has a field of its own. Where tools are called, the content
/// may be null.
fn write_content(to: &mut Target<'_>, formed: &[Formed<'_>], called: bool) {
    match formed {
        [] if called => to.out.field_null("content"),
        [only] if only.refusal().is_some() => {
            to.out.field_null("content");
            to.out.field_string("refusal", only.refusal().unwrap_or_default());
        }
        _ => {
            to.out.key("content");
            form::write(&mut to.out, formed);
        }
    }
}

/// Sends citations of this dialect back; the content reported the others.
fn annotations(to: &mut Target<'_>, message: &Message) {
    let citations = message.parts.iter().flat_map(|part| match &part.kind {
        PartKind::Text { citations, .. } => citations.as_slice(),
        _ => &[],
    });
    let own: Vec<&Citation> = citations.filter(|citation| citation.dialect == DIALECT).collect();
    if own.is_empty() {
        return;
    }
    to.out.open_array("annotations");
    for citation in own {
        to.out.raw(&citation.raw);
    }
    to.out.end_array();
}

fn write_calls(to: &mut Target<'_>, message: &Message, calls: &[(&Part, &ToolCall)]) {
    if calls.is_empty() && unknown_calls(message).next().is_none() {
        return;
    }
    to.out.open_array("tool_calls");
    for (part, call) in calls {
        let mark = part.cache.as_ref().filter(|_| to.own);
        tools::call(&mut to.out, call, &part.extras, mark);
    }
    for raw in unknown_calls(message) {
        to.out.raw(raw);
    }
    to.out.end_array();
}

/// Calls of types this version does not know, as they arrived.
fn unknown_calls(message: &Message) -> impl Iterator<Item = &RawJson> {
    fields::beginning(&message.extras, "tool_calls[")
}
