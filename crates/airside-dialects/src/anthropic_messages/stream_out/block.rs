//! The blocks of a streamed reply.
//!
//! Not the message around them. Text and thoughts begin on the wire with
//! their first piece, since only that tells which block they need; an empty
//! block is never written.

use airside_schema::{BlockKind, Delta, LossReport, Weight};
use airside_wire::{RawJson, Writer, sse};

use super::super::DIALECT;
use super::super::block_out::WRAPPED;

/// The blocks of the first choice.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    open: Option<Open>,
    /// The index of the next block.
    next: u64,
    /// A tool was called.
    pub(super) called: bool,
    /// The model declined.
    pub(super) refused: bool,
}

/// The open block.
#[derive(Debug, PartialEq)]
enum Open {
    /// Begun by the events, not yet on the wire.
    Pending,
    /// On the wire.
    Text,
    Thinking,
    Tool,
    /// A tool call with free text, which is wrapped in an object.
    Custom,
    Opaque,
    /// Nothing of it is written.
    Skipped,
}

impl Blocks {
    /// Begins a block.
    pub(super) fn start(&mut self, kind: &BlockKind, out: &mut Vec<u8>, loss: &mut LossReport) {
        match kind {
            BlockKind::ToolCall { id, name, custom } => {
                self.called = true;
                self.open_block(out, if *custom { Open::Custom } else { Open::Tool }, |block| {
                    block.field_string("type", "tool_use");
                    block.field_string("id", id);
                    block.field_string("name", name);
                    block.open_object("input");
                    block.end_object();
                });
                if *custom {
                    let note = "the arguments are not a JSON object; they are given as text";
                    loss.reply_approximated(Weight::Semantic, "tool_calls.arguments", note);
                    self.piece(out, "input_json_delta", |piece| {
                        let opening = format!("{{\"{WRAPPED}\":\"");
                        piece.field_string("partial_json", &opening);
                    });
                }
            }
            BlockKind::Opaque { dialect, raw } if *dialect == DIALECT => {
                self.frame_block(out, Open::Opaque, |event| {
                    event.field_raw("content_block", raw);
                });
            }
            BlockKind::Opaque { .. } => {
                let note = "only the format it came from knows this part";
                loss.reply_dropped(Weight::Semantic, "choices[0].message.content", note);
                self.open = Some(Open::Skipped);
            }
            _ => self.open = Some(Open::Pending),
        }
    }

    /// Puts the beginning of a block on the wire.
    fn open_block(&mut self, out: &mut Vec<u8>, open: Open, block: impl FnOnce(&mut Writer)) {
        self.frame_block(out, open, |event| {
            event.open_object("content_block");
            block(event);
            event.end_object();
        });
    }

    fn frame_block(&mut self, out: &mut Vec<u8>, open: Open, block: impl FnOnce(&mut Writer)) {
        let mut event = Writer::with_capacity(160);
        event.begin_object();
        event.field_string("type", "content_block_start");
        event.field_u64("index", self.next);
        block(&mut event);
        send(out, "content_block_start", event);
        self.next += 1;
        self.open = Some(open);
    }

    /// Writes a piece of the open block.
    pub(super) fn delta(&mut self, delta: &Delta, out: &mut Vec<u8>, loss: &mut LossReport) {
        if self.open.as_ref().is_none_or(|open| *open == Open::Skipped) {
            return;
        }
        match delta {
            Delta::Text(text) => self.text(text, out),
            Delta::Refusal(text) => {
                if !self.refused {
                    let note = "the target format has no refusals; it is said as text";
                    let path = "choices[0].message.refusal";
                    loss.reply_approximated(Weight::Semantic, path, note);
                }
                self.refused = true;
                self.text(text, out);
            }
            Delta::Reasoning(text) => {
                self.thinking(out);
                self.piece(out, "thinking_delta", |piece| piece.field_string("thinking", text));
            }
            Delta::Signature(text) => {
                self.thinking(out);
                self.piece(out, "signature_delta", |piece| piece.field_string("signature", text));
            }
            Delta::Redacted(data) => self.redacted(data, out),
            Delta::Arguments(text) => self.arguments(text, out),
            Delta::Citation(citation) if citation.dialect == DIALECT => {
                self.ensure(out, Open::Text);
                let raw = &citation.raw;
                self.piece(out, "citations_delta", |piece| piece.field_raw("citation", raw));
            }
            Delta::Opaque { dialect, raw } if *dialect == DIALECT => self.opaque_piece(raw, out),
            other => lost_delta(other, loss),
        }
    }

    fn text(&mut self, text: &str, out: &mut Vec<u8>) {
        if text.is_empty() {
            return;
        }
        self.ensure(out, Open::Text);
        self.piece(out, "text_delta", |piece| piece.field_string("text", text));
    }

    fn thinking(&mut self, out: &mut Vec<u8>) {
        self.ensure(out, Open::Thinking);
    }

    /// Puts a pending block on the wire now that its kind is known.
    fn ensure(&mut self, out: &mut Vec<u8>, kind: Open) {
        if self.open != Some(Open::Pending) {
            return;
        }
        let thinking = kind == Open::Thinking;
        self.open_block(out, kind, |block| {
            if thinking {
                block.field_string("type", "thinking");
                block.field_string("thinking", "");
                block.field_string("signature", "");
            } else {
                block.field_string("type", "text");
                block.field_string("text", "");
            }
        });
    }

    /// Encrypted thoughts are a block of their own.
    fn redacted(&mut self, data: &str, out: &mut Vec<u8>) {
        if self.open != Some(Open::Pending) {
            self.stop(out);
        }
        self.open_block(out, Open::Thinking, |block| {
            block.field_string("type", "redacted_thinking");
            block.field_string("data", data);
        });
        self.stop(out);
        self.open = Some(Open::Pending);
    }

    fn arguments(&mut self, text: &str, out: &mut Vec<u8>) {
        let quoted = (self.open == Some(Open::Custom)).then(|| RawJson::from_string(text));
        let inner = quoted
            .as_ref()
            .and_then(|raw| raw.as_str().strip_prefix('"').and_then(|text| text.strip_suffix('"')));
        let text = inner.unwrap_or(text);
        self.piece(out, "input_json_delta", |piece| piece.field_string("partial_json", text));
    }

    fn opaque_piece(&mut self, raw: &RawJson, out: &mut Vec<u8>) {
        self.ensure(out, Open::Text);
        let mut event = Writer::with_capacity(raw.as_str().len() + 64);
        event.begin_object();
        event.field_string("type", "content_block_delta");
        event.field_u64("index", self.next.saturating_sub(1));
        event.field_raw("delta", raw);
        send(out, "content_block_delta", event);
    }

    /// Writes one piece of the open block.
    fn piece(&self, out: &mut Vec<u8>, kind: &str, fields: impl FnOnce(&mut Writer)) {
        let mut event = Writer::with_capacity(160);
        event.begin_object();
        event.field_string("type", "content_block_delta");
        event.field_u64("index", self.next.saturating_sub(1));
        event.open_object("delta");
        event.field_string("type", kind);
        fields(&mut event);
        event.end_object();
        send(out, "content_block_delta", event);
    }

    /// Ends the open block, if one is.
    pub(super) fn stop(&mut self, out: &mut Vec<u8>) {
        match self.open.take() {
            None | Some(Open::Pending | Open::Skipped) => return,
            Some(Open::Custom) => self.piece(out, "input_json_delta", |piece| {
                piece.field_string("partial_json", "\"}");
            }),
            Some(_) => {}
        }
        let mut event = Writer::with_capacity(64);
        event.begin_object();
        event.field_string("type", "content_block_stop");
        event.field_u64("index", self.next.saturating_sub(1));
        send(out, "content_block_stop", event);
    }
}

/// Closes the event's object and frames it.
pub(super) fn send(out: &mut Vec<u8>, name: &str, mut event: Writer) {
    event.end_object();
    sse::write_event(out, name, event.into_raw().as_str());
}

/// Reports a piece the format cannot carry.
fn lost_delta(delta: &Delta, loss: &mut LossReport) {
    let (weight, path, note) = match delta {
        Delta::Citation(_) => (
            Weight::Semantic,
            "choices[0].message.annotations",
            "the target format cannot say what backs a text in this way",
        ),
        Delta::Logprobs(_) => (
            Weight::Annotation,
            "choices[0].logprobs",
            "the target format has no log probabilities",
        ),
        _ => (
            Weight::Semantic,
            "choices[0].message.content",
            "only the format it came from knows this piece",
        ),
    };
    loss.reply_dropped(weight, path, note);
}
