//! Complete replies to callers.
//!
//! The format knows one answer; further ones are reported as lost.

use airside_schema::codec::ReplyCx;
use airside_schema::{
    ChatResponse, Choice, Direction, FinishReason, LossKind, LossReport, Message, PartKind, Usage,
    Weight,
};
use airside_wire::{Str, Writer};
use bytes::Bytes;

use super::block_out::{self, Blocks, Place};
use super::{fields, finish, usage};
use crate::shared::at::At;

/// Encodes a complete reply.
pub(super) fn encode(response: &ChatResponse, cx: &ReplyCx, loss: &mut LossReport) -> Bytes {
    let mut out = Writer::with_capacity(1024);
    out.begin_object();
    head(&mut out, response.id.as_ref(), &response.model, cx);
    out.open_array("content");
    if let Some(choice) = response.choices.first() {
        content(&mut out, choice, loss);
    }
    out.end_array();
    stop(&mut out, response.choices.first(), loss);
    out.open_object("usage");
    if response.usage.is_none() {
        unknown_usage(loss);
    }
    let counts = response.usage.clone().unwrap_or_default();
    write_usage(&mut out, &counts, response.service_tier.as_ref(), loss);
    out.end_object();
    let (direction, weight, at) = (Direction::Reply, Weight::Annotation, At::Root);
    fields::write_extras(&mut out, &response.extras, loss, direction, weight, &at);
    out.end_object();
    beside(response, loss);
    out.into_bytes()
}

/// Writes what a message begins with.
pub(super) fn head(out: &mut Writer, id: &str, model: &str, cx: &ReplyCx) {
    out.field_string("id", if id.is_empty() { &cx.fallback_id } else { id });
    out.field_string("type", "message");
    out.field_string("role", "assistant");
    out.field_string("model", if model.is_empty() { &cx.model } else { model });
}

/// Writes the token counts and the tier, which stands among them.
pub(super) fn write_usage(
    out: &mut Writer,
    counts: &Usage,
    tier: Option<&Str>,
    loss: &mut LossReport,
) {
    usage::write(out, counts, loss);
    match tier.map(|tier| &**tier) {
        None => {}
        Some("default") => out.field_string("service_tier", "standard"),
        Some(tier @ ("standard" | "priority" | "batch")) => {
            out.field_string("service_tier", tier);
        }
        Some(_) => {
            let note = "the target format has no such tier";
            loss.reply_dropped(Weight::Annotation, "service_tier", note);
        }
    }
}

/// Reports that no tokens were counted.
pub(super) fn unknown_usage(loss: &mut LossReport) {
    let note = "the target format demands token counts and the upstream gave none; they are 0";
    loss.push(Direction::Reply, LossKind::Defaulted, Weight::Annotation, "usage", note);
}

fn content(out: &mut Writer, choice: &Choice, loss: &mut LossReport) {
    let choices = At::Root.key("choices");
    let at_choice = choices.index(0);
    let at_message = at_choice.key("message");
    let at_content = at_message.key("content");
    let mut blocks = Blocks { out, loss, direction: Direction::Reply };
    let parts = &choice.message.parts;
    for (index, part) in parts.iter().enumerate() {
        let at = at_content.index(index);
        match block_out::uncarried(&part.kind, Place::Reply) {
            Some(note) => blocks.drop_part(&at, note),
            None if block_out::is_blank(part) => {}
            None => blocks.part(part, &at),
        }
    }
    let direction = Direction::Reply;
    let extras = &choice.message.extras;
    loss.extras(direction, Weight::Semantic, &at_message.path(), extras);
    loss.extras(direction, Weight::Annotation, &at_choice.path(), &choice.extras);
}

fn stop(out: &mut Writer, choice: Option<&Choice>, loss: &mut LossReport) {
    let reason = choice.map(|choice| {
        choice.finish.clone().unwrap_or_else(|| {
            unknown_reason(loss);
            presumed(&choice.message)
        })
    });
    let reason = reason.map(|reason| refused(reason, choice, loss));
    match &reason {
        None => {
            out.field_null("stop_reason");
            out.field_null("stop_sequence");
        }
        Some(reason) => {
            let (name, sequence) = finish::encode(reason, loss);
            out.field_string("stop_reason", name);
            out.key("stop_sequence");
            match sequence {
                Some(sequence) => out.string(sequence),
                None => out.null(),
            }
        }
    }
}

/// Reports that the upstream did not say why the answer ended.
pub(super) fn unknown_reason(loss: &mut LossReport) {
    let note = "the target format demands a reason and the upstream gave none";
    let path = "choices[0].finish_reason";
    loss.push(Direction::Reply, LossKind::Defaulted, Weight::Parameter, path, note);
}

/// The reason that fits what was said.
fn presumed(message: &Message) -> FinishReason {
    let calls = message.parts.iter().any(|part| matches!(part.kind, PartKind::ToolCall(_)));
    finish::presumed(calls, declines(message))
}

/// A refusal ends with its own reason in this format.
fn refused(reason: FinishReason, choice: Option<&Choice>, loss: &mut LossReport) -> FinishReason {
    let refused = choice.is_some_and(|choice| declines(&choice.message));
    if refused && reason == FinishReason::Stop { refusal(loss) } else { reason }
}

fn declines(message: &Message) -> bool {
    message.parts.iter().any(|part| matches!(part.kind, PartKind::Refusal(_)))
}

/// The reason of a refusal that ended like any other answer; reports it.
pub(super) fn refusal(loss: &mut LossReport) -> FinishReason {
    let note = "a refusal of the target format ends with a reason of its own";
    loss.reply_approximated(Weight::Parameter, "choices[0].finish_reason", note);
    FinishReason::Refusal
}

/// Reports what the format has no place for.
fn beside(response: &ChatResponse, loss: &mut LossReport) {
    if response.created.is_some() {
        let note = "the target format does not tell the time";
        loss.reply_dropped(Weight::Annotation, "created", note);
    }
    for choice in response.choices.iter().skip(1) {
        let path = format!("choices[{}]", choice.index);
        loss.reply_dropped(Weight::Semantic, path, "the target format knows one answer");
    }
    if response.choices.first().is_some_and(|choice| choice.logprobs.is_some()) {
        let note = "the target format has no log probabilities";
        loss.reply_dropped(Weight::Annotation, "choices[0].logprobs", note);
    }
}
