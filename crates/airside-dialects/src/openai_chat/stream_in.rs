//! Streamed replies of upstreams to events.
//!
//! Owns the framing and the life of the answer as a whole; [`super::blocks`]
//! owns the order within a choice and [`super::chunk`] reads one chunk.
//! The answer is complete with `[DONE]`, or when every choice has told its
//! finish reason (some servers leave `[DONE]` out); anything else is a fault.

use std::collections::BTreeMap;

use airside_schema::codec::{Memo, StreamDecoder};
use airside_schema::stream::Start;
use airside_schema::{CodecError, Event, Extras, Fault, FaultKind, Usage};
use airside_wire::{RawJson, Str, sse};
use bytes::Bytes;

use super::blocks::Blocks;
use super::chunk::{self, Chunk};
use super::{DIALECT, egress, fault, usage};

/// What the end of the bytes means when the answer was not complete.
const CUT: &str = "the upstream's stream ended before the answer was complete";

/// The decoder of one stream.
#[derive(Debug)]
pub(super) struct Decoder {
    reader: sse::Reader,
    answer: Answer,
}

/// The life of the answer.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// How many choices were asked for.
    expected: u64,
    started: bool,
    ended: bool,
    /// What came before the answer began.
    prelude: Extras,
    choices: BTreeMap<u32, Blocks>,
    usage: Option<Usage>,
    /// Fields of chunks with no name in the model, with their last values.
    known: Vec<(Str, RawJson)>,
}

impl Decoder {
    /// A decoder for the answer to a request.
    pub(super) fn new(memo: &Memo) -> Self {
        let expected = memo.get().map_or(1, |expected: &egress::Expected| expected.choices);
        let answer = Answer { expected, ..Answer::default() };
        Self { reader: sse::Reader::new(), answer }
    }
}

impl StreamDecoder for Decoder {
    fn push(&mut self, chunk: Bytes, events: &mut Vec<Event>) -> Result<(), CodecError> {
        if self.answer.ended {
            return Ok(());
        }
        self.reader.push(chunk)?;
        while let Some(frame) = self.reader.next_frame() {
            self.answer.frame(&frame, events)?;
        }
        Ok(())
    }

    fn finish(&mut self, events: &mut Vec<Event>) {
        if self.answer.ended {
            return;
        }
        // Some servers leave out the empty line after the last frame. A frame
        // that was cut is no JSON.
        if let Some(frame) = self.reader.finish() {
            let mut tail = Vec::new();
            if self.answer.frame(&frame, &mut tail).is_ok() {
                events.append(&mut tail);
            }
        }
        if self.answer.ended {
            return;
        }
        let finished = self.answer.choices.values().filter(|blocks| blocks.is_finished()).count();
        let all = finished == self.answer.choices.len();
        if all && finished > 0 && u64::try_from(finished).is_ok_and(|n| n >= self.answer.expected) {
            self.answer.end(events);
        } else {
            self.answer.fail(Fault::new(FaultKind::Api, CUT), events);
        }
    }
}

impl Answer {
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
        match data.trim() {
            "" => Ok(()),
            "[DONE]" => {
                self.end(events);
                Ok(())
            }
            _ => {
                let raw = RawJson::parse(data.into_bytes())?;
                if frame.event().as_deref() == Some("error") {
                    self.fail(fault::in_stream(&raw), events);
                    return Ok(());
                }
                chunk::decode(&raw, self, events)
            }
        }
    }

    /// The upstream reported an error, or stopped in the middle.
    pub(super) fn fail(&mut self, fault: Fault, events: &mut Vec<Event>) {
        self.ended = true;
        events.push(Event::Fault(Box::new(fault)));
    }

    fn end(&mut self, events: &mut Vec<Event>) {
        self.ended = true;
        if !self.started {
            self.start(Chunk::default(), events);
        }
        for blocks in self.choices.values_mut() {
            blocks.finish(None, events);
        }
        events.push(Event::End);
    }

    /// Takes what a chunk says about the answer as a whole. False while the
    /// answer has not begun: some servers send chunks about the prompt first.
    pub(super) fn about(&mut self, chunk: Chunk, says: bool, events: &mut Vec<Event>) -> bool {
        if self.started {
            self.rest(chunk.rest.iter(), events);
            if let Some(tier) = chunk.service_tier {
                let raw = RawJson::from_string(&tier);
                self.unknown(&Str::from_static("service_tier"), &raw, events);
            }
            return true;
        }
        if says || !chunk.id.is_empty() {
            self.start(chunk, events);
            return true;
        }
        for (key, value) in chunk.rest.into_fields() {
            self.prelude.push(DIALECT, key, value);
        }
        false
    }

    fn start(&mut self, chunk: Chunk, events: &mut Vec<Event>) {
        self.started = true;
        let mut start = Start::default();
        start.id = chunk.id;
        start.model = chunk.model;
        start.created = chunk.created;
        start.extras = std::mem::take(&mut self.prelude);
        if let Some(tier) = &chunk.service_tier {
            self.known.push((Str::from_static("service_tier"), RawJson::from_string(tier)));
        }
        start.service_tier = chunk.service_tier;
        for (key, value) in chunk.rest.into_fields() {
            if is_padding(&key) {
                continue;
            }
            self.known.push((key.clone(), value.clone()));
            start.extras.push(DIALECT, key, value);
        }
        events.push(Event::Start(Box::new(start)));
    }

    /// Passes on fields without a name in the model.
    pub(super) fn rest<'a>(
        &mut self,
        fields: impl Iterator<Item = &'a (Str, RawJson)>,
        events: &mut Vec<Event>,
    ) {
        for (key, value) in fields {
            self.unknown(key, value, events);
        }
    }

    /// Passes on a field without a name in the model, unless it says what it
    /// said before: servers repeat such fields in every chunk.
    pub(super) fn unknown(&mut self, key: &Str, value: &RawJson, events: &mut Vec<Event>) {
        /// The most fields whose last values are remembered.
        const REMEMBERED: usize = 32;
        if value.is_null() || is_padding(key) {
            return;
        }
        if let Some((_, last)) = self.known.iter_mut().find(|(known, _)| known == key) {
            if last == value {
                return;
            }
            *last = value.clone();
        } else if self.known.len() < REMEMBERED {
            self.known.push((key.clone(), value.clone()));
        }
        let mut out = airside_wire::Writer::with_capacity(value.as_str().len() + key.len() + 8);
        out.begin_object();
        out.field_raw(key, value);
        out.end_object();
        events.push(Event::Opaque { dialect: DIALECT, raw: out.into_raw() });
    }

    /// The blocks of a choice.
    pub(super) fn choice(&mut self, index: u32) -> &mut Blocks {
        self.choices.entry(index).or_insert_with(|| Blocks::new(index))
    }

    /// Takes a usage report. Counts never shrink; a repeated report says
    /// nothing.
    pub(super) fn usage(&mut self, raw: &RawJson, events: &mut Vec<Event>) {
        let Some(mut report) = usage::decode(raw) else { return };
        if let Some(last) = &self.usage {
            report.input = report.input.max(last.input);
            report.output = report.output.max(last.output);
            if report == *last {
                return;
            }
        }
        self.usage = Some(report.clone());
        events.push(Event::Usage(Box::new(report)));
    }
}

/// True for fields that hide the length of texts and say nothing.
fn is_padding(key: &str) -> bool {
    matches!(key, "obfuscation" | "p")
}
