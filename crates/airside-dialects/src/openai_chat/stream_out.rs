//! Events to streamed replies for callers.
//!
//! Every chunk carries the same head (id, time, model); it is written once and
//! copied. The invariant: a choice gets its role first, its finish reason once
//! and last, and `[DONE]` is written only after a complete answer.

use std::collections::BTreeMap;

use airside_schema::codec::{ReplyCx, StreamEncoder};
use airside_schema::stream::Start;
use airside_schema::{
    BlockKind, Citation, Delta, DialectId, Direction, Event, FinishReason, LossKind, LossReport,
    Usage, Weight,
};
use airside_wire::{RawJson, Str, Writer};

use super::reply::{fields_for, service_tier};
use super::{DIALECT, citation, fault, finish, legacy, usage};
use crate::shared::at::At;

/// The encoder of one stream.
#[derive(Debug)]
pub(super) struct Encoder {
    cx: ReplyCx,
    /// `data: {"id":…,"object":…,"created":…,"model":…,"choices":[`
    head: String,
    choices: BTreeMap<u32, Choice>,
    usage: Option<Box<Usage>>,
}

/// What was written of one choice.
#[derive(Debug, Default)]
struct Choice {
    block: Option<BlockKind>,
    /// Index of the open block.
    index: u32,
    calls: u64,
    /// Characters of text so far, and where the open block began.
    characters: u64,
    began: u64,
    finish: Option<FinishReason>,
    finished: bool,
}

impl StreamEncoder for Encoder {
    fn event(&mut self, event: &Event, out: &mut Vec<u8>, loss: &mut LossReport) {
        match event {
            Event::Start(start) => self.start(start, out, loss),
            Event::BlockStart { choice, index, kind } => {
                self.block_start(*choice, *index, kind, out, loss);
            }
            Event::Delta { choice, delta, .. } => self.delta(*choice, delta, out, loss),
            Event::BlockStop { .. } => {}
            Event::Usage(usage) => self.usage = Some(usage.clone()),
            Event::Finish { choice, reason } => {
                self.choice(*choice, out).finish = Some(reason.clone());
                // In compatible streams the last finish carries the usage.
                if !self.is_compatible() {
                    self.finish(*choice, None, out, loss);
                }
            }
            Event::Opaque { raw, .. } => opaque(raw, loss),
            // A comment: a sign of life that no client takes for content.
            Event::Ping => out.extend_from_slice(b": ping\n\n"),
            Event::Fault(fault) => {
                if self.usage.take().is_some() {
                    let note = "the answer ended with an error before its usage was due";
                    loss.reply_dropped(Weight::Annotation, "usage", note);
                }
                fault::write_frame(out, fault);
            }
            Event::End => self.end(out, loss),
            _ => {
                let note = "this version does not know the event";
                loss.reply_dropped(Weight::Semantic, "event", note);
            }
        }
    }
}

impl Encoder {
    /// An encoder for a reply.
    pub(super) fn new(cx: &ReplyCx) -> Self {
        let (head, choices) = (String::new(), BTreeMap::new());
        Self { cx: cx.clone(), head, choices, usage: None }
    }

    /// Clients of the compatible gateway get the usage even if they did not ask
    /// for it, with the finish reason.
    fn is_compatible(&self) -> bool {
        self.cx.provider.is_some() && !self.cx.stream_usage
    }

    fn start(&mut self, start: &Start, out: &mut Vec<u8>, loss: &mut LossReport) {
        let or =
            |text: &Str, other: &Str| if text.is_empty() { other.clone() } else { text.clone() };
        let mut head = Writer::with_capacity(256);
        head.begin_object();
        head.field_string("id", &or(&start.id, &self.cx.fallback_id));
        head.field_string("object", "chat.completion.chunk");
        head.field_u64("created", start.created.unwrap_or(self.cx.now));
        head.field_string("model", &or(&start.model, &self.cx.model));
        if let Some(provider) = &self.cx.provider {
            head.field_string("provider", provider);
        }
        if let Some(tier) = &start.service_tier {
            service_tier(&mut head, tier, loss);
        }
        head.end_object();
        let head = head.into_raw();
        let open = head.as_str().strip_suffix('}').unwrap_or_default();
        self.head = format!("data: {open},\"choices\":[");

        let mut extras = Writer::new();
        extras.begin_object();
        if start.extras.belongs_to(DIALECT) {
            for (key, value) in start.extras.iter() {
                extras.field_raw(key, value);
            }
        } else {
            loss.extras(Direction::Reply, Weight::Annotation, "", &start.extras);
        }
        extras.end_object();
        self.role(0, &extras.into_raw(), out);
    }

    /// Writes the first chunk of a choice.
    fn role(&mut self, index: u32, extras: &RawJson, out: &mut Vec<u8>) {
        let item = item(index, None, None, |delta| {
            delta.field_string("role", "assistant");
            delta.field_string("content", "");
        });
        self.frame(out, Some(&item), extras);
        self.choices.insert(index, Choice::default());
    }

    /// What was written of a choice; begins it with its role.
    fn choice(&mut self, index: u32, out: &mut Vec<u8>) -> &mut Choice {
        if !self.choices.contains_key(&index) {
            self.role(index, &RawJson::null(), out);
        }
        self.choices.entry(index).or_default()
    }

    /// Writes a chunk with a delta of one choice.
    fn chunk(&self, index: u32, out: &mut Vec<u8>, delta: impl FnOnce(&mut Writer)) {
        self.frame(out, Some(&item(index, None, None, delta)), &RawJson::null());
    }

    /// Writes a chunk. The fields of `extras`, if it is an object, follow the
    /// choices.
    fn frame(&self, out: &mut Vec<u8>, item: Option<&RawJson>, extras: &RawJson) {
        out.extend_from_slice(self.head.as_bytes());
        if let Some(item) = item {
            one_line(out, item.as_str());
        }
        out.push(b']');
        let extras = extras.as_str().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        if let Some(extras) = extras.filter(|extras| !extras.is_empty()) {
            out.push(b',');
            one_line(out, extras);
        } else if self.cx.stream_usage {
            // With usage asked for, the API says in each chunk that the last
            // one will have it.
            out.extend_from_slice(b",\"usage\":null");
        }
        out.extend_from_slice(b"}\n\n");
    }

    fn block_start(
        &mut self,
        index: u32,
        block: u32,
        kind: &BlockKind,
        out: &mut Vec<u8>,
        loss: &mut LossReport,
    ) {
        let strict = self.cx.strict;
        let choice = self.choice(index, out);
        choice.block = Some(kind.clone());
        choice.index = block;
        choice.began = choice.characters;
        match kind {
            BlockKind::ToolCall { id, name, custom } => {
                choice.calls += 1;
                let call = choice.calls - 1;
                self.chunk(index, out, |delta| call_start(delta, call, id, name, *custom));
            }
            BlockKind::Opaque { dialect: DialectId::ANTHROPIC_MESSAGES, raw } if !strict => {
                self.chunk(index, out, |delta| {
                    content_block(delta, block, |inner| inner.field_raw("content_block", raw));
                });
            }
            BlockKind::Text | BlockKind::Reasoning | BlockKind::Refusal => {}
            _ => {
                let note = "the format has no such part";
                loss.reply_dropped(Weight::Semantic, path(index, block, "content_block"), note);
            }
        }
    }

    fn delta(&mut self, index: u32, delta: &Delta, out: &mut Vec<u8>, loss: &mut LossReport) {
        let strict = self.cx.strict;
        let choice = self.choice(index, out);
        let block = choice.index;
        match delta {
            Delta::Text(text) => {
                let characters = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
                choice.characters = choice.characters.saturating_add(characters);
                self.chunk(index, out, |delta| {
                    delta.field_string("content", text);
                    if !strict {
                        content_block(delta, block, |inner| inner.field_string("text", text));
                    }
                });
            }
            Delta::Refusal(text) => {
                self.chunk(index, out, |delta| delta.field_string("refusal", text));
            }
            Delta::Arguments(text) => {
                let (call, kind) = (choice.calls.saturating_sub(1), choice.block.clone());
                self.chunk(index, out, |delta| call_piece(delta, call, kind.as_ref(), text));
            }
            Delta::Reasoning(_) | Delta::Signature(_) | Delta::Redacted(_) if strict => {
                let note = "the official format does not show reasoning; \
                            it does without strict compliance";
                loss.reply_dropped(Weight::Semantic, path(index, block, "delta"), note);
            }
            Delta::Reasoning(text) => self.chunk(index, out, |delta| {
                delta.field_string("reasoning_content", text);
                content_block(delta, block, |inner| inner.field_string("thinking", text));
            }),
            Delta::Signature(text) => self.chunk(index, out, |delta| {
                content_block(delta, block, |inner| inner.field_string("signature", text));
            }),
            Delta::Redacted(text) => self.chunk(index, out, |delta| {
                content_block(delta, block, |inner| inner.field_string("data", text));
            }),
            Delta::Citation(citation) => self.citation(index, citation, out, loss),
            Delta::Logprobs(raw) => {
                let item = item(index, Some(raw), None, |_| {});
                self.frame(out, Some(&item), &RawJson::null());
            }
            _ => {
                let note = "the format has no such piece";
                loss.reply_dropped(Weight::Semantic, path(index, block, "delta"), note);
            }
        }
    }

    fn citation(
        &mut self,
        index: u32,
        citation: &Citation,
        out: &mut Vec<u8>,
        loss: &mut LossReport,
    ) {
        let choice = self.choice(index, out);
        let span = (choice.began, choice.characters);
        let path = path(index, choice.index, "delta.citation");
        let mut annotation = Writer::with_capacity(256);
        annotation.begin_array();
        let place = At::Root;
        let known = citation::encode(&mut annotation, citation, span, &place.key(&path), loss);
        annotation.end_array();
        if known {
            let list = annotation.into_raw();
            self.chunk(index, out, |delta| delta.field_raw("annotations", &list));
        }
    }

    /// Writes the finish reason of a choice, once.
    fn finish(
        &mut self,
        index: u32,
        usage: Option<&RawJson>,
        out: &mut Vec<u8>,
        loss: &mut LossReport,
    ) {
        let place = format!("choices[{index}].finish_reason");
        let choice = self.choice(index, out);
        if std::mem::replace(&mut choice.finished, true) {
            return;
        }
        let reason = choice.finish.take().unwrap_or_else(|| {
            let note = "the upstream gave no finish reason";
            let weight = Weight::Parameter;
            loss.push(Direction::Reply, LossKind::Defaulted, weight, place.clone(), note);
            if choice.calls > 0 { FinishReason::ToolCalls } else { FinishReason::Stop }
        });
        let root = At::Root;
        let reason = finish::encode(&reason, &root.key(&place), loss);
        let item = item(index, None, Some(reason), |_| {});
        self.frame(out, Some(&item), usage.unwrap_or(&RawJson::null()));
    }

    fn end(&mut self, out: &mut Vec<u8>, loss: &mut LossReport) {
        let usage = self.usage.take().map(|counts| {
            let mut usage = Writer::with_capacity(192);
            usage.begin_object();
            usage.key("usage");
            usage::encode(&mut usage, &counts, fields_for(&self.cx), loss);
            usage.end_object();
            usage.into_raw()
        });
        let last = self.choices.keys().next_back().copied();
        let all: Vec<u32> = self.choices.keys().copied().collect();
        for index in all {
            let with_usage = Some(index) == last && self.is_compatible();
            let usage = usage.as_ref().filter(|_| with_usage);
            self.finish(index, usage, out, loss);
        }
        if let Some(usage) = usage.filter(|_| self.cx.stream_usage) {
            self.frame(out, None, &usage);
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
    }
}

/// One element of `choices`.
fn item(
    index: u32,
    logprobs: Option<&RawJson>,
    finish: Option<&str>,
    delta: impl FnOnce(&mut Writer),
) -> RawJson {
    let mut out = Writer::with_capacity(192);
    out.begin_object();
    out.field_u64("index", u64::from(index));
    out.open_object("delta");
    delta(&mut out);
    out.end_object();
    if let Some(logprobs) = logprobs {
        out.field_raw("logprobs", logprobs);
    }
    match finish {
        Some(reason) => out.field_string("finish_reason", reason),
        None => out.field_null("finish_reason"),
    }
    out.end_object();
    out.into_raw()
}

/// Appends JSON text to a line. Values passed on as they arrived may hold line
/// ends between tokens, which would end the line of the frame.
fn one_line(out: &mut Vec<u8>, json: &str) {
    if memchr::memchr2(b'\n', b'\r', json.as_bytes()).is_none() {
        return out.extend_from_slice(json.as_bytes());
    }
    out.extend(json.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
}

/// Where a part of a block stood: `content_block` for its beginning, `delta`
/// for a piece.
fn path(choice: u32, block: u32, part: &str) -> String {
    format!("choices[{choice}].content[{block}].{part}")
}

/// Writes `content_blocks` with one piece, as clients of the compatible
/// gateway read it.
fn content_block(delta: &mut Writer, index: u32, piece: impl FnOnce(&mut Writer)) {
    delta.open_array("content_blocks");
    delta.begin_object();
    delta.field_u64("index", u64::from(index));
    delta.open_object("delta");
    piece(delta);
    delta.end_object();
    delta.end_object();
    delta.end_array();
}

fn call_start(delta: &mut Writer, call: u64, id: &str, name: &str, custom: bool) {
    if legacy::is_legacy(id) {
        delta.open_object("function_call");
        delta.field_string("name", name);
        delta.field_string("arguments", "");
        delta.end_object();
        return;
    }
    let (kind, text) = if custom { ("custom", "input") } else { ("function", "arguments") };
    delta.open_array("tool_calls");
    delta.begin_object();
    delta.field_u64("index", call);
    delta.field_string("id", id);
    delta.field_string("type", kind);
    delta.open_object(kind);
    delta.field_string("name", name);
    delta.field_string(text, "");
    delta.end_object();
    delta.end_object();
    delta.end_array();
}

fn call_piece(delta: &mut Writer, call: u64, kind: Option<&BlockKind>, text: &str) {
    let (legacy, custom) = match kind {
        Some(BlockKind::ToolCall { id, custom, .. }) => (legacy::is_legacy(id), *custom),
        _ => (false, false),
    };
    if legacy {
        delta.open_object("function_call");
        delta.field_string("arguments", text);
        delta.end_object();
        return;
    }
    let (kind, key) = if custom { ("custom", "input") } else { ("function", "arguments") };
    delta.open_array("tool_calls");
    delta.begin_object();
    delta.field_u64("index", call);
    delta.open_object(kind);
    delta.field_string(key, text);
    delta.end_object();
    delta.end_object();
    delta.end_array();
}

/// Reports what has no place: the fields of an event of its own kind, or the
/// unknown fields of one, as an object of them.
fn opaque(raw: &RawJson, loss: &mut LossReport) {
    let note = "the format's streams have no place for it";
    let mut fields = raw.object().unwrap_or_default();
    let Some(kind) = fields.take("type").and_then(|kind| kind.string()) else {
        for (key, _) in fields {
            loss.reply_dropped(Weight::Annotation, key, note);
        }
        return;
    };
    if fields.is_empty() {
        loss.reply_dropped(Weight::Semantic, kind, note);
        return;
    }
    for (key, _) in fields {
        loss.reply_dropped(Weight::Semantic, format!("{kind}.{key}"), note);
    }
}
