//! Blocks and their pieces as chunks.

use airside_schema::{BlockKind, Citation, Delta, DialectId, LossReport, Weight};
use airside_wire::{RawJson, Writer};

use super::super::{citation, legacy};
use super::Encoder;
use super::chunk::{self, Form};
use crate::shared::at::At;

const HIDDEN: &str =
    "the official format does not show reasoning; it does without strict compliance";

impl Encoder {
    pub(super) fn block_start(
        &mut self,
        index: u32,
        block: u32,
        kind: &BlockKind,
        out: &mut Vec<u8>,
        loss: &mut LossReport,
    ) {
        let strict = self.cx.strict;
        let choice = self.choice(index, out);
        choice.index = block;
        choice.began = choice.characters;
        match kind {
            BlockKind::ToolCall { id, name, custom } => {
                self.call_start(index, (id, name), *custom, out, loss);
            }
            BlockKind::Opaque { dialect: DialectId::ANTHROPIC_MESSAGES, raw } if !strict => {
                self.chunk(index, out, |delta| {
                    chunk::content_block(delta, block, |inner| {
                        inner.field_raw("content_block", raw);
                    });
                });
            }
            BlockKind::Text | BlockKind::Reasoning | BlockKind::Refusal => {}
            _ => {
                let note = "the format has no such part";
                loss.reply_dropped(Weight::Semantic, path(index, block, "content_block"), note);
            }
        }
    }

    fn call_start(
        &mut self,
        index: u32,
        (id, name): (&str, &str),
        custom: bool,
        out: &mut Vec<u8>,
        loss: &mut LossReport,
    ) {
        let old = self.cx.legacy_functions;
        let choice = self.choice(index, out);
        let call = choice.calls;
        choice.calls += 1;
        let form = match (old, call) {
            (true, 0) => Form::Legacy,
            (true, _) => Form::Lost,
            (false, _) if legacy::is_legacy(id) => Form::Legacy,
            (false, _) if custom => Form::Custom,
            (false, _) => Form::Function,
        };
        choice.form = form;
        if form == Form::Lost {
            let path = path(index, choice.index, "content_block");
            return loss.reply_dropped(Weight::Semantic, path, legacy::ONE_CALL);
        }
        self.chunk(index, out, |delta| chunk::call_start(delta, call, form, id, name));
    }

    pub(super) fn delta(
        &mut self,
        index: u32,
        delta: &Delta,
        out: &mut Vec<u8>,
        loss: &mut LossReport,
    ) {
        let strict = self.cx.strict;
        let choice = self.choice(index, out);
        let block = choice.index;
        match delta {
            Delta::Text(text) => {
                let characters = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
                choice.characters = choice.characters.saturating_add(characters);
                self.text(index, block, text, out);
            }
            Delta::Refusal(text) => {
                self.chunk(index, out, |delta| delta.field_string("refusal", text));
            }
            Delta::Arguments(text) => {
                let (call, form) = (choice.calls.saturating_sub(1), choice.form);
                if form != Form::Lost {
                    self.chunk(index, out, |delta| chunk::call_piece(delta, call, form, text));
                }
            }
            Delta::Reasoning(_) | Delta::Signature(_) | Delta::Redacted(_) if strict => {
                loss.reply_dropped(Weight::Semantic, path(index, block, "delta"), HIDDEN);
            }
            Delta::Reasoning(text) => self.thought(index, block, "thinking", text, out),
            Delta::Signature(text) => self.thought(index, block, "signature", text, out),
            Delta::Redacted(text) => self.thought(index, block, "data", text, out),
            Delta::Citation(citation) => self.citation(index, citation, out, loss),
            Delta::Logprobs(raw) => {
                let item = chunk::item(index, Some(raw), None, |_| {});
                self.frame(out, Some(&item), &RawJson::null());
            }
            _ => {
                let note = "the format has no such piece";
                loss.reply_dropped(Weight::Semantic, path(index, block, "delta"), note);
            }
        }
    }

    fn text(&self, index: u32, block: u32, text: &str, out: &mut Vec<u8>) {
        self.chunk(index, out, |delta| {
            delta.field_string("content", text);
            if !self.cx.strict {
                chunk::content_block(delta, block, |piece| piece.field_string("text", text));
            }
        });
    }

    /// Writes a piece of reasoning under the name Anthropic's blocks give it.
    fn thought(&self, index: u32, block: u32, name: &str, text: &str, out: &mut Vec<u8>) {
        self.chunk(index, out, |delta| {
            if name == "thinking" {
                delta.field_string("reasoning_content", text);
            }
            chunk::content_block(delta, block, |piece| piece.field_string(name, text));
        });
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
        let root = At::Root;
        let known = citation::encode(&mut annotation, citation, span, &root.key(&path), loss);
        annotation.end_array();
        if known {
            let list = annotation.into_raw();
            self.chunk(index, out, |delta| delta.field_raw("annotations", &list));
        }
    }
}

/// Where a part of a block stood: `content_block` for its beginning, `delta`
/// for a piece.
fn path(choice: u32, block: u32, part: &str) -> String {
    format!("choices[{choice}].content[{block}].{part}")
}

/// Reports what has no place: the fields of an event of its own kind, or the
/// unknown fields of one, as an object of them.
pub(super) fn opaque(raw: &RawJson, loss: &mut LossReport) {
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
