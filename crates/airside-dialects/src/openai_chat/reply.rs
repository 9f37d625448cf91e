//! The unified schema to complete replies for callers.

use airside_schema::codec::ReplyCx;
use airside_schema::{
    ChatResponse, Choice, Citation, Direction, FinishReason, LossReport, Message, Part, PartKind,
    Reasoning, ToolCall, Weight,
};
use airside_wire::Writer;
use bytes::Bytes;

use super::fields::{self, Rest};
use super::{citation, content_blocks, egress, finish, legacy, usage};
use crate::shared::at::At;

/// Encodes a reply.
pub(super) fn encode(response: &ChatResponse, cx: &ReplyCx, loss: &mut LossReport) -> Bytes {
    let mut out = Writer::with_capacity(size(response));
    let or = |text: &airside_wire::Str, other: &airside_wire::Str| {
        if text.is_empty() { other.clone() } else { text.clone() }
    };
    out.begin_object();
    out.field_string("id", &or(&response.id, &cx.fallback_id));
    out.field_string("object", "chat.completion");
    out.field_u64("created", response.created.unwrap_or(cx.now));
    out.field_string("model", &or(&response.model, &cx.model));
    if let Some(provider) = &cx.provider {
        out.field_string("provider", provider);
    }
    out.open_array("choices");
    let root = At::Root;
    let list = root.key("choices");
    for (position, item) in response.choices.iter().enumerate() {
        choice(&mut out, item, cx, &list.index(position), loss);
    }
    out.end_array();
    if let Some(counts) = &response.usage {
        out.key("usage");
        usage::encode(&mut out, counts, fields_for(cx), loss);
    }
    if let Some(tier) = &response.service_tier {
        service_tier(&mut out, tier, loss);
    }
    rest(root, Weight::Annotation).write(&mut out, &response.extras, loss);
    out.end_object();
    out.into_bytes()
}

/// Whether the caller gets the fields of the compatible gateway.
pub(super) fn fields_for(cx: &ReplyCx) -> usage::Fields {
    if cx.strict { usage::Fields::Official } else { usage::Fields::Compatible }
}

/// Writes the tier where the official API knows it. `standard` is what
/// Anthropic calls the default.
pub(super) fn service_tier(out: &mut Writer, tier: &str, loss: &mut LossReport) {
    match tier {
        "standard" => out.field_string("service_tier", "default"),
        "auto" | "default" | "flex" | "scale" | "priority" => {
            out.field_string("service_tier", tier);
        }
        _ => {
            let note = "the format has no such tier";
            loss.reply_dropped(Weight::Annotation, "service_tier", note);
        }
    }
}

fn rest(at: At<'_>, weight: Weight) -> Rest<'_> {
    let nested = &["function_call", "tool_calls"];
    Rest { at, direction: Direction::Reply, weight, nested }
}

fn choice(out: &mut Writer, choice: &Choice, cx: &ReplyCx, at: &At<'_>, loss: &mut LossReport) {
    out.begin_object();
    out.field_u64("index", u64::from(choice.index));
    out.key("message");
    message(out, &choice.message, cx, &at.key("message"), loss);
    match &choice.logprobs {
        Some(logprobs) => out.field_raw("logprobs", logprobs),
        None => out.field_null("logprobs"),
    }
    let at_finish = at.key("finish_reason");
    let reason = choice.finish.clone().unwrap_or_else(|| {
        let (kind, weight) = (airside_schema::LossKind::Defaulted, Weight::Parameter);
        let note = "the upstream gave no finish reason";
        loss.push(Direction::Reply, kind, weight, at_finish.path(), note);
        let is_call = |part: &Part| matches!(part.kind, PartKind::ToolCall(_));
        let called = choice.message.parts.iter().any(is_call);
        if called { FinishReason::ToolCalls } else { FinishReason::Stop }
    });
    let reason = if cx.legacy_functions { legacy::reason(reason) } else { reason };
    out.field_string("finish_reason", finish::encode(&reason, &at_finish, loss));
    rest(*at, Weight::Annotation).write(out, &choice.extras, loss);
    out.end_object();
}

/// A citation, the part it belongs to, and where that part's text stands in
/// the content, in characters.
struct Cited<'a> {
    citation: &'a Citation,
    part: usize,
    span: (u64, u64),
}

/// The parts of an answer, sorted into the fields of a message.
#[derive(Default)]
struct Sorted<'a> {
    text: String,
    texts: usize,
    refusal: String,
    thoughts: String,
    citations: Vec<Cited<'a>>,
    calls: Vec<(&'a Part, &'a ToolCall)>,
}

fn message(out: &mut Writer, message: &Message, cx: &ReplyCx, at: &At<'_>, loss: &mut LossReport) {
    let sorted = sort(message, cx, at, loss);
    out.begin_object();
    out.field_string("role", "assistant");
    let silent = sorted.texts == 0 && (!sorted.calls.is_empty() || !sorted.refusal.is_empty());
    if silent || message.extras.get("audio").is_some() {
        out.field_null("content");
    } else {
        out.field_string("content", &sorted.text);
    }
    if sorted.refusal.is_empty() {
        out.field_null("refusal");
    } else {
        out.field_string("refusal", &sorted.refusal);
    }
    if !cx.strict {
        if !sorted.thoughts.is_empty() {
            out.field_string("reasoning_content", &sorted.thoughts);
        }
        content_blocks::write(out, &message.parts);
    }
    annotations(out, &sorted.citations, at, loss);
    calls(out, message, &sorted.calls, cx, at, loss);
    if let Some(name) = &message.name {
        out.field_string("name", name);
    }
    rest(*at, Weight::Semantic).write(out, &message.extras, loss);
    out.end_object();
}

fn sort<'a>(message: &'a Message, cx: &ReplyCx, at: &At<'_>, loss: &mut LossReport) -> Sorted<'a> {
    let mut sorted = Sorted::default();
    let content = at.key("content");
    let mut characters = 0_u64;
    for (index, part) in message.parts.iter().enumerate() {
        let at = content.index(index);
        match &part.kind {
            PartKind::Text { text, citations } => {
                let end = characters.saturating_add(characters_of(text));
                let span = (characters, end);
                let cited = |citation| Cited { citation, part: index, span };
                sorted.citations.extend(citations.iter().map(cited));
                sorted.text.push_str(text);
                sorted.texts += 1;
                characters = end;
            }
            PartKind::Refusal(text) => sorted.refusal.push_str(text),
            PartKind::Reasoning(reasoning) if cx.strict => hidden(reasoning, &at, loss),
            PartKind::Reasoning(reasoning) => sorted.thoughts.push_str(&reasoning.text),
            PartKind::ToolCall(call) => sorted.calls.push((part, call)),
            PartKind::Opaque { .. } if !cx.strict && content_blocks::holds(part) => {}
            _ => {
                let note = "the format has no such part";
                loss.reply_dropped(Weight::Semantic, at.path(), note);
            }
        }
        // Only some parts are objects of their own here that can hold them.
        let holds = match part.kind {
            PartKind::ToolCall(_) => true,
            PartKind::Reasoning(_) => !cx.strict,
            _ => false,
        };
        let report = if holds { fields::report_foreign } else { fields::report };
        report(&part.extras, Direction::Reply, Weight::Annotation, &at, loss);
    }
    sorted
}

fn characters_of(text: &str) -> u64 {
    u64::try_from(text.chars().count()).unwrap_or(u64::MAX)
}

fn hidden(reasoning: &Reasoning, at: &At<'_>, loss: &mut LossReport) {
    if reasoning.text.is_empty() && reasoning.redacted.is_none() && reasoning.signature.is_none() {
        return;
    }
    let note = "the official format does not show reasoning; it does without strict compliance";
    loss.reply_dropped(Weight::Semantic, at.path(), note);
}

fn annotations(out: &mut Writer, citations: &[Cited<'_>], at: &At<'_>, loss: &mut LossReport) {
    if citations.is_empty() {
        return;
    }
    let content = at.key("content");
    out.open_array("annotations");
    for cited in citations {
        let part = content.index(cited.part);
        citation::encode(out, cited.citation, cited.span, &part.key("citations"), loss);
    }
    out.end_array();
}

fn calls(
    out: &mut Writer,
    message: &Message,
    calls: &[(&Part, &ToolCall)],
    cx: &ReplyCx,
    at: &At<'_>,
    loss: &mut LossReport,
) {
    if let Some(((_, call), rest)) = calls.split_first()
        && (cx.legacy_functions || (rest.is_empty() && legacy::is_legacy(&call.id)))
    {
        legacy::write_call(out, Some(&call.name), &call.arguments, &message.extras);
        for (index, _) in rest.iter().enumerate() {
            let path = at.key("tool_calls").index(index + 1).path();
            loss.reply_dropped(Weight::Semantic, path, legacy::ONE_CALL);
        }
        return;
    }
    let unknown = || fields::beginning(&message.extras, "tool_calls[");
    if calls.is_empty() && unknown().next().is_none() {
        return;
    }
    out.open_array("tool_calls");
    for (part, call) in calls {
        egress::write_tool_call(out, call, &part.extras, None);
    }
    for raw in unknown() {
        out.raw(raw);
    }
    out.end_array();
}

fn size(response: &ChatResponse) -> usize {
    let texts = response.choices.iter().flat_map(|choice| choice.message.texts());
    texts.map(|text| text.len() + text.len() / 16 + 256).sum::<usize>() + 512
}
