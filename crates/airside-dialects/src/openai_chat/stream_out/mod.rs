//! Events to streamed replies for callers.
//!
//! Every chunk carries the same head (id, time, model); it is written once and
//! copied. The invariant: a choice gets its role first, its finish reason once
//! and last, and `[DONE]` is written only after a complete answer.

mod blocks;
mod chunk;

use std::collections::BTreeMap;

use airside_schema::codec::{ReplyCx, StreamEncoder};
use airside_schema::stream::Start;
use airside_schema::{Direction, Event, FinishReason, LossKind, LossReport, Usage, Weight};
use airside_wire::{RawJson, Str, Writer};

use self::chunk::{Form, item, one_line};
use super::reply::{fields_for, service_tier};
use super::{DIALECT, fault, finish, legacy, usage};
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
    /// Index of the open block.
    index: u32,
    /// How many tool calls began, and the form of the last one.
    calls: u64,
    form: Form,
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
            Event::Opaque { raw, .. } => blocks::opaque(raw, loss),
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
        let reason = if self.cx.legacy_functions { legacy::reason(reason) } else { reason };
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
