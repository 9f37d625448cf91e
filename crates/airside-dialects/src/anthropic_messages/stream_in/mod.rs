//! Streamed answers of upstreams to events.
//!
//! Owns the framing. Obeys the laws of events whatever arrives: what fits no
//! law is opaque, or an error that names the place. A stream that ends
//! without `message_stop` was cut off.

mod block;

use airside_schema::codec::StreamDecoder;
use airside_schema::stream::Start;
use airside_schema::{CodecError, Delta, Event, Extras, Fault, FaultKind, FinishReason, Usage};
use airside_wire::{Kind, Object, RawJson, sse};
use bytes::Bytes;

use self::block::{Holds, Open};
use super::{DIALECT, answer, fault, fields, finish, usage};
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
        let kind = kind.or_else(|| frame.event()).unwrap_or_default();
        self.dispatch(&kind, &raw, object, events)
    }

    fn dispatch(
        &mut self,
        kind: &str,
        raw: &RawJson,
        mut object: Object,
        events: &mut Vec<Event>,
    ) -> Result<(), CodecError> {
        match kind {
            "content_block_delta" => return self.delta(object, events),
            "content_block_start" => return self.block_start(object, events),
            "message_start" => return self.start(object, events),
            "message_delta" => return self.message_delta(object, events),
            "content_block_stop" => {
                object.take("index");
                self.ensure_started(events);
                self.close(events);
                leftover(object, events);
            }
            "message_stop" => self.stop(object, events),
            "ping" => {
                events.push(Event::Ping);
                if self.started {
                    leftover(object, events);
                }
            }
            "error" => self.fault(read_fault(raw), events),
            _ => {
                self.ensure_started(events);
                events.push(Event::Opaque { dialect: DIALECT, raw: raw.clone() });
            }
        }
        Ok(())
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
        let (kind, holds, deltas) = block::begin(&raw, &mut block, &at)?;
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
        if let Holds::Tool(Some(input)) = open.holds {
            let delta = Delta::Arguments(input.text());
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
