//! Events to streamed replies.
//!
//! Writes what the vendor's own clients accept: one message, blocks counted
//! from 0 of which one is open at a time, the reason and the token counts at
//! the end. The message begins on the wire with the first event after its
//! start, which may be the token counts that belong into it.

mod block;

use airside_schema::codec::{ReplyCx, StreamEncoder};
use airside_schema::stream::Start;
use airside_schema::{DialectId, Direction, Event, FinishReason, LossReport, Usage, Weight};
use airside_wire::{RawJson, Writer, sse};

use self::block::Blocks;
use super::{DIALECT, fault, fields, finish, reply};
use crate::shared::at::At;

/// Encodes one streamed reply.
#[derive(Debug)]
pub(super) struct Encoder {
    cx: ReplyCx,
    /// The start that is not on the wire yet.
    start: Option<Box<Start>>,
    usage: Option<Box<Usage>>,
    blocks: Blocks,
    finish: Option<FinishReason>,
    ended: bool,
}

impl StreamEncoder for Encoder {
    fn event(&mut self, event: &Event, out: &mut Vec<u8>, loss: &mut LossReport) {
        if self.ended {
            return;
        }
        match event {
            Event::Start(start) => self.hold(start, loss),
            Event::Usage(usage) => {
                self.usage = Some(usage.clone());
                self.begin(out, loss);
            }
            Event::Fault(fault) => {
                if let Some(start) = self.start.take() {
                    let (direction, weight) = (Direction::Reply, Weight::Annotation);
                    loss.extras(direction, weight, "", &start.extras);
                }
                self.ended = true;
                out.extend_from_slice(&fault::frame(fault));
            }
            event => {
                self.begin(out, loss);
                self.content(event, out, loss);
            }
        }
    }
}

impl Encoder {
    pub(super) fn new(cx: &ReplyCx) -> Self {
        Self {
            cx: cx.clone(),
            start: None,
            usage: None,
            blocks: Blocks::default(),
            finish: None,
            ended: false,
        }
    }

    fn hold(&mut self, start: &Start, loss: &mut LossReport) {
        if start.created.is_some() {
            let note = "the target format does not tell the time";
            loss.reply_dropped(Weight::Annotation, "created", note);
        }
        self.start = Some(Box::new(start.clone()));
    }

    /// Puts the start on the wire.
    fn begin(&mut self, out: &mut Vec<u8>, loss: &mut LossReport) {
        let Some(start) = self.start.take() else { return };
        let mut event = Writer::with_capacity(512);
        event.begin_object();
        event.field_string("type", "message_start");
        event.open_object("message");
        reply::head(&mut event, &start.id, &start.model, &self.cx);
        event.open_array("content");
        event.end_array();
        event.field_null("stop_reason");
        event.field_null("stop_sequence");
        event.open_object("usage");
        let counts = self.usage.as_deref().cloned().unwrap_or_default();
        reply::write_usage(&mut event, &counts, start.service_tier.as_ref(), loss);
        event.end_object();
        let (direction, weight, at) = (Direction::Reply, Weight::Annotation, At::Root);
        fields::write_extras(&mut event, &start.extras, loss, direction, weight, &at);
        event.end_object();
        block::send(out, "message_start", event);
    }

    fn content(&mut self, event: &Event, out: &mut Vec<u8>, loss: &mut LossReport) {
        match event {
            Event::BlockStart { choice, .. }
            | Event::Delta { choice, .. }
            | Event::BlockStop { choice, .. }
            | Event::Finish { choice, .. }
                if *choice > 0 =>
            {
                let note = "the target format knows one answer";
                loss.reply_dropped(Weight::Semantic, format!("choices[{choice}]"), note);
            }
            Event::BlockStart { kind, .. } => self.blocks.start(kind, out, loss),
            Event::Delta { delta, .. } => self.blocks.delta(delta, out, loss),
            Event::BlockStop { .. } => self.blocks.stop(out),
            Event::Finish { reason, .. } => self.finish = Some(reason.clone()),
            Event::Opaque { dialect, raw } => opaque(*dialect, raw, out, loss),
            Event::Ping => sse::write_event(out, "ping", r#"{"type":"ping"}"#),
            Event::End => self.end(out, loss),
            _ => {}
        }
    }

    fn end(&mut self, out: &mut Vec<u8>, loss: &mut LossReport) {
        self.blocks.stop(out);
        let reason = self.reason(loss);
        let (name, sequence) = finish::encode(&reason, loss);
        let mut event = Writer::with_capacity(256);
        event.begin_object();
        event.field_string("type", "message_delta");
        event.open_object("delta");
        event.field_string("stop_reason", name);
        event.key("stop_sequence");
        match sequence {
            Some(sequence) => event.string(sequence),
            None => event.null(),
        }
        event.end_object();
        event.open_object("usage");
        if self.usage.is_none() {
            reply::unknown_usage(loss);
        }
        let counts = self.usage.take().unwrap_or_default();
        reply::write_usage(&mut event, &counts, None, loss);
        event.end_object();
        block::send(out, "message_delta", event);
        sse::write_event(out, "message_stop", r#"{"type":"message_stop"}"#);
        self.ended = true;
    }

    fn reason(&mut self, loss: &mut LossReport) -> FinishReason {
        match self.finish.take() {
            Some(FinishReason::Stop) if self.blocks.refused => reply::refusal(loss),
            Some(reason) => reason,
            None => {
                reply::unknown_reason(loss);
                finish::presumed(self.blocks.called, self.blocks.refused)
            }
        }
    }
}

/// True for events this encoder writes itself. A remainder that looks like
/// one, left of an event with a key twice, must not pass for it.
fn is_known(name: &str) -> bool {
    let own = ["message_", "content_block_"].iter().any(|prefix| name.starts_with(prefix));
    own || matches!(name, "ping" | "error")
}

/// Writes an event of this dialect back; reports everything else.
fn opaque(dialect: DialectId, raw: &RawJson, out: &mut Vec<u8>, loss: &mut LossReport) {
    if dialect == DIALECT
        && let Some(name) = raw.get("type").and_then(|name| name.string())
        && !is_known(&name)
    {
        return sse::write_event(out, &name, raw.as_str());
    }
    for (key, _) in raw.object().unwrap_or_default() {
        let note = "the target format has no such field";
        loss.reply_dropped(Weight::Annotation, key, note);
    }
}
