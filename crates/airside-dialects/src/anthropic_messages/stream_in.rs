//! Streamed answers of upstreams to events.
//!
//! Owns the framing. Obeys the laws of events whatever arrives: what fits no
//! law is opaque, or an error that names the place. A stream that ends
//! without `message_stop` was cut off.

use airside_schema::codec::StreamDecoder;
use airside_schema::stream::Start;
use airside_schema::{
    BlockKind, CodecError, Delta, Event, Extras, Fault, FaultKind, FinishReason, Usage,
};
use airside_wire::{Kind, Object, RawJson, Str, sse};
use bytes::Bytes;

use super::{DIALECT, answer, block_in, fault, fields, finish, usage};
use crate::shared::at::At;

/// Decodes one streamed answer.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    reader: sse::Reader,
    started: bool,
    finished: bool,
    ended: bool,
    usage: Option<Usage>,
    open: Option<Open>,
    next: u32,
}

/// The open block.
#[derive(Debug)]
struct Open {
    /// Its index on the wire.
    wire: u64,
    /// Its index among the events.
    index: u32,
    holds: Holds,
}

#[derive(Debug)]
enum Holds {
    Text,
    Thinking,
    /// A tool call and the arguments to give should no piece follow.
    Tool(Option<Str>),
    Opaque,
}

impl StreamDecoder for Decoder {
    fn push(&mut self, chunk: Bytes, events: &mut Vec<Event>) -> Result<(), CodecError> {
        self.reader.push(chunk)?;
        while let Some(frame) = self.reader.next_frame() {
            self.frame(&frame, events)?;
        }
        Ok(())
    }

    fn finish(&mut self, events: &mut Vec<Event>) {
        if self.ended {
            return;
        }
        // What lacks only its line end has arrived whole; what is not JSON
        // was cut off, which the fault below says.
        if let Some(frame) = self.reader.finish() {
            let _ = self.frame(&frame, events);
        }
        if !self.ended {
            let message = "the upstream's stream ended before the answer was complete";
            self.fault(Fault::new(FaultKind::Api, message), events);
        }
    }
}

impl Decoder {
    fn frame(&mut self, frame: &sse::Frame, events: &mut Vec<Event>) -> Result<(), CodecError> {
        if self.ended {
            return Ok(());
        }
        let Some(data) = frame.data() else {
            if frame.is_comment() {
                events.push(Event::Ping);
            }
            return Ok(());
        };
        // Gateways of other vendors end with the marker of another format.
        if data.trim() == "[DONE]" {
            return Ok(());
        }
        let raw = RawJson::parse(data.into_bytes())?;
        let mut object = fields::object(&raw, &At::Root, "an event, which is an object")?;
        let kind = fields::optional_text(&mut object, "type", &At::Root)?;
        match kind.or_else(|| frame.event()).as_deref().unwrap_or_default() {
            "content_block_delta" => self.delta(object, events),
            "content_block_start" => self.block_start(object, events),
            "content_block_stop" => {
                object.take("index");
                self.ensure_started(events);
                self.close(events);
                leftover(object, events);
                Ok(())
            }
            "message_start" => self.start(object, events),
            "message_delta" => self.message_delta(object, events),
            "message_stop" => {
                self.stop(object, events);
                Ok(())
            }
            "ping" => {
                events.push(Event::Ping);
                if self.started {
                    leftover(object, events);
                }
                Ok(())
            }
            "error" => {
                self.fault(read_fault(&raw), events);
                Ok(())
            }
            _ => {
                self.ensure_started(events);
                events.push(Event::Opaque { dialect: DIALECT, raw });
                Ok(())
            }
        }
    }

    fn start(&mut self, mut object: Object, events: &mut Vec<Event>) -> Result<(), CodecError> {
        if self.started {
            return Err(CodecError::invalid("type", "one `message_start`, before everything"));
        }
        let at = At::Root.key("message");
        let raw = fields::some(&mut object, "message");
        let raw = raw.ok_or_else(|| CodecError::missing(at.path(), "an object"))?;
        let mut message = fields::object(&raw, &at, "an object")?;
        let mut head = answer::head(&mut message, &at)?;
        for key in ["content", "stop_reason", "stop_sequence"] {
            let is_empty = |raw: &RawJson| raw.is_null() || raw.as_str() == "[]";
            if message.get(key).is_some_and(is_empty) {
                message.take(key);
            }
        }
        let mut start = Start::default();
        (start.id, start.model) = (head.id, head.model);
        start.service_tier = head.usage.as_mut().and_then(answer::service_tier);
        start.extras = Extras::rest(DIALECT, message);
        self.started = true;
        events.push(Event::Start(Box::new(start)));
        if let Some(usage) = head.usage {
            events.push(Event::Usage(Box::new(usage.clone())));
            self.usage = Some(usage);
        }
        leftover(object, events);
        Ok(())
    }

    /// Servers of the format that begin without `message_start` are heard too.
    fn ensure_started(&mut self, events: &mut Vec<Event>) {
        if !self.started {
            self.started = true;
            events.push(Event::Start(Box::default()));
        }
    }

    fn block_start(
        &mut self,
        mut object: Object,
        events: &mut Vec<Event>,
    ) -> Result<(), CodecError> {
        if self.finished {
            return Err(CodecError::invalid("type", "no content after `message_delta`"));
        }
        self.ensure_started(events);
        self.close(events);
        let at = At::Root.key("content_block");
        let wire = object.take("index").and_then(|raw| raw.u64()).unwrap_or(u64::from(self.next));
        let raw = fields::some(&mut object, "content_block");
        let raw = raw.ok_or_else(|| CodecError::missing(at.path(), "an object"))?;
        let mut block = fields::object(&raw, &at, "an object")?;
        let (kind, holds, deltas) = begin(&raw, &mut block, &at)?;
        let index = self.next;
        self.next += 1;
        self.open = Some(Open { wire, index, holds });
        events.push(Event::BlockStart { choice: 0, index, kind });
        for delta in deltas {
            events.push(Event::Delta { choice: 0, index, delta });
        }
        leftover(block, events);
        leftover(object, events);
        Ok(())
    }

    fn delta(&mut self, mut object: Object, events: &mut Vec<Event>) -> Result<(), CodecError> {
        let index = object.take("index").and_then(|raw| raw.u64());
        let open = self.open.as_mut().filter(|open| index.is_none_or(|index| index == open.wire));
        let open = open
            .ok_or_else(|| CodecError::invalid("index", "the index of the open content block"))?;
        let at = At::Root.key("delta");
        let raw = object.take("delta");
        let raw = raw.ok_or_else(|| CodecError::missing(at.path(), "an object"))?;
        let mut fields = fields::object(&raw, &at, "an object")?;
        if let Some(delta) = open.delta(&raw, &mut fields) {
            events.push(Event::Delta { choice: 0, index: open.index, delta });
        }
        leftover(fields, events);
        leftover(object, events);
        Ok(())
    }

    fn close(&mut self, events: &mut Vec<Event>) {
        let Some(open) = self.open.take() else { return };
        let (choice, index) = (0, open.index);
        if let Holds::Tool(Some(arguments)) = open.holds {
            let delta = Delta::Arguments(arguments);
            events.push(Event::Delta { choice, index, delta });
        }
        events.push(Event::BlockStop { choice, index });
    }

    fn message_delta(
        &mut self,
        mut object: Object,
        events: &mut Vec<Event>,
    ) -> Result<(), CodecError> {
        self.ensure_started(events);
        self.close(events);
        let counts = fields::some(&mut object, "usage").and_then(|raw| usage::decode(&raw));
        if let Some(counts) = counts {
            let merged = usage::merge(self.usage.take(), counts);
            events.push(Event::Usage(Box::new(merged.clone())));
            self.usage = Some(merged);
        }
        let at = At::Root.key("delta");
        let delta = fields::of_kind(&mut object, "delta", Kind::Object);
        let mut delta = delta.and_then(|raw| raw.object()).unwrap_or_default();
        let reason = fields::optional_text(&mut delta, "stop_reason", &at)?;
        let sequence = fields::lenient_text(&mut delta, "stop_sequence");
        if let Some(reason) = reason.filter(|_| !self.finished) {
            self.finished = true;
            let reason = finish::decode(reason, sequence);
            events.push(Event::Finish { choice: 0, reason });
        }
        leftover(delta, events);
        leftover(object, events);
        Ok(())
    }

    fn stop(&mut self, object: Object, events: &mut Vec<Event>) {
        self.ensure_started(events);
        self.close(events);
        leftover(object, events);
        if !self.finished {
            events.push(Event::Finish { choice: 0, reason: FinishReason::Stop });
        }
        self.ended = true;
        events.push(Event::End);
    }

    fn fault(&mut self, fault: Fault, events: &mut Vec<Event>) {
        self.ended = true;
        events.push(Event::Fault(Box::new(fault)));
    }
}

/// How a block begins: its kind, what it holds, and the pieces that came with
/// its beginning.
fn begin(
    raw: &RawJson,
    block: &mut Object,
    at: &At<'_>,
) -> Result<(BlockKind, Holds, Vec<Delta>), CodecError> {
    let name = fields::text(block, "type", at)?;
    let mut deltas = Vec::new();
    let some = |text: Option<Str>| text.filter(|text| !text.is_empty());
    let (kind, holds) = match &*name {
        "text" => {
            deltas.extend(some(fields::lenient_text(block, "text")).map(Delta::Text));
            let citations = fields::of_kind(block, "citations", Kind::Array);
            let citations = citations.and_then(|raw| raw.items()).unwrap_or_default();
            let citations = citations.into_iter().map(block_in::citation);
            deltas.extend(citations.map(|citation| Delta::Citation(Box::new(citation))));
            (BlockKind::Text, Holds::Text)
        }
        "thinking" => {
            deltas.extend(some(fields::lenient_text(block, "thinking")).map(Delta::Reasoning));
            deltas.extend(some(fields::lenient_text(block, "signature")).map(Delta::Signature));
            (BlockKind::Reasoning, Holds::Thinking)
        }
        "redacted_thinking" => {
            deltas.push(Delta::Redacted(fields::text(block, "data", at)?));
            (BlockKind::Reasoning, Holds::Thinking)
        }
        "tool_use" => {
            let id = fields::text(block, "id", at)?;
            let name = fields::text(block, "name", at)?;
            let input = fields::some(block, "input").map(|raw| raw.text());
            let input = input.unwrap_or_else(|| Str::from_static("{}"));
            block_in::drop_direct_caller(block);
            (BlockKind::ToolCall { id, name, custom: false }, Holds::Tool(Some(input)))
        }
        _ => {
            *block = Object::default();
            (BlockKind::Opaque { dialect: DIALECT, raw: raw.clone() }, Holds::Opaque)
        }
    };
    Ok((kind, holds, deltas))
}

impl Open {
    /// Reads a piece; `None` if it is empty. One that does not fit the block
    /// is opaque.
    fn delta(&mut self, raw: &RawJson, fields: &mut Object) -> Option<Delta> {
        let name = fields.take("type").and_then(|name| name.string());
        let mut text = |key: &str| fields.take(key).and_then(|text| text.string());
        let delta = match (name.as_deref().unwrap_or_default(), &mut self.holds) {
            ("text_delta", Holds::Text) => text("text").map(Delta::Text),
            ("input_json_delta", Holds::Tool(unsaid)) => {
                let piece = text("partial_json");
                if piece.as_ref().is_some_and(|piece| !piece.is_empty()) {
                    *unsaid = None;
                }
                piece.map(Delta::Arguments)
            }
            ("thinking_delta", Holds::Thinking) => text("thinking").map(Delta::Reasoning),
            ("signature_delta", Holds::Thinking) => text("signature").map(Delta::Signature),
            ("citations_delta", Holds::Text) => {
                let citation = fields.take("citation").map(block_in::citation);
                citation.map(|citation| Delta::Citation(Box::new(citation)))
            }
            _ => None,
        };
        match delta {
            Some(
                Delta::Text(text)
                | Delta::Arguments(text)
                | Delta::Reasoning(text)
                | Delta::Signature(text),
            ) if text.is_empty() => None,
            Some(delta) => Some(delta),
            None => {
                *fields = Object::default();
                Some(Delta::Opaque { dialect: DIALECT, raw: raw.clone() })
            }
        }
    }
}

/// What is left of an object is passed on as opaque, except nulls.
fn leftover(object: Object, events: &mut Vec<Event>) {
    if object.is_empty() {
        return;
    }
    let rest: Object = object.into_iter().filter(|(_, value)| !value.is_null()).collect();
    if !rest.is_empty() {
        events.push(Event::Opaque { dialect: DIALECT, raw: rest.to_raw() });
    }
}

fn read_fault(raw: &RawJson) -> Fault {
    fault::read(raw).unwrap_or_else(|| {
        let mut fault = Fault::new(FaultKind::Api, "the upstream reported an error");
        fault.raw = Some(raw.clone());
        fault
    })
}
