//! Streamed responses: the whole sequence of events, numbered.
//!
//! Invariant: what is added is done, in the order opposite to its beginning,
//! and the last event carries the response the unary reply would have been.

use airside_wire::{Writer, sse};
use bytes::Bytes;

use super::super::tokens::Pieces;
use super::item::{self, Item, Kind, Progress};
use super::object::Object;

/// Makes the chunks of a stream: one an event.
pub(super) struct Chunks {
    object: Object,
    steps: std::vec::IntoIter<Step>,
    /// The pieces of the item whose deltas are being sent.
    pieces: Option<(usize, Pieces)>,
    number: u64,
}

/// One kind of event; those within an item name it by its index.
#[derive(Debug, Clone, Copy)]
enum Step {
    Created,
    InProgress,
    ItemAdded(usize),
    PartAdded(usize),
    Deltas(usize),
    TextDone(usize),
    PartDone(usize),
    ItemDone(usize),
    End,
}

impl Chunks {
    pub(super) fn new(object: Object) -> Self {
        let mut steps = vec![Step::Created, Step::InProgress];
        for (at, item) in object.items.iter().enumerate() {
            let in_parts = !matches!(item.kind, Kind::Call { .. });
            steps.push(Step::ItemAdded(at));
            steps.extend(in_parts.then_some(Step::PartAdded(at)));
            steps.extend([Step::Deltas(at), Step::TextDone(at)]);
            steps.extend(in_parts.then_some(Step::PartDone(at)));
            steps.push(Step::ItemDone(at));
        }
        steps.push(Step::End);
        Self { object, steps: steps.into_iter(), pieces: None, number: 0 }
    }

    /// Writes the next event as a frame.
    fn event(&mut self, name: &str, body: impl FnOnce(&mut Writer, &Object)) -> Bytes {
        let mut event = Writer::with_capacity(256);
        event.begin_object();
        event.field_string("type", name);
        event.field_u64("sequence_number", self.number);
        body(&mut event, &self.object);
        event.end_object();
        self.number += 1;
        let mut out = Vec::new();
        // Settings repeated as they arrived may hold line ends, between tokens only.
        let data = event.into_raw().as_str().replace(['\n', '\r'], " ");
        sse::write_event(&mut out, name, &data);
        Bytes::from(out)
    }

    fn step(&mut self, step: Step) -> Option<Bytes> {
        let whole = |progress| {
            move |event: &mut Writer, object: &Object| {
                event.key("response");
                object.write(event, progress);
            }
        };
        Some(match step {
            Step::Created => self.event("response.created", whole(Progress::Begun)),
            Step::InProgress => self.event("response.in_progress", whole(Progress::Begun)),
            Step::End => {
                let end = self.object.end();
                let cut = end == Progress::Cut;
                let name = if cut { "response.incomplete" } else { "response.completed" };
                self.event(name, whole(end))
            }
            Step::ItemAdded(at) => {
                self.item("response.output_item.added", at, |_, _| Progress::Begun)
            }
            Step::ItemDone(at) => self.item("response.output_item.done", at, Object::item_end),
            Step::PartAdded(at) => self.part(at, Moment::Added),
            Step::PartDone(at) => self.part(at, Moment::Done),
            Step::Deltas(at) => {
                let pieces = match &self.object.items.get(at)?.kind {
                    Kind::Reasoning(text) | Kind::Message(text) => Pieces::words(text.clone()),
                    Kind::Call { arguments, .. } => Pieces::arguments(arguments.clone()),
                };
                self.pieces = Some((at, pieces));
                return self.next();
            }
            Step::TextDone(at) => self.text_done(at),
        })
    }

    fn item(
        &mut self,
        name: &str,
        at: usize,
        progress: impl FnOnce(&Object, &Item) -> Progress,
    ) -> Bytes {
        self.event(name, |event, object| {
            event.field_u64("output_index", at as u64);
            if let Some(item) = object.items.get(at) {
                event.key("item");
                item.write(event, progress(object, item));
            }
        })
    }

    fn part(&mut self, at: usize, moment: Moment) -> Bytes {
        let reasoning = self.is_reasoning(at);
        let name = match (reasoning, moment) {
            (true, Moment::Added) => "response.reasoning_summary_part.added",
            (true, Moment::Done) => "response.reasoning_summary_part.done",
            (false, Moment::Added) => "response.content_part.added",
            (false, Moment::Done) => "response.content_part.done",
        };
        self.event(name, |event, object| {
            place(event, object, at);
            event.key("part");
            let text = object.items.get(at).map_or("", text);
            let text = if moment == Moment::Added { "" } else { text };
            if reasoning { item::summary(event, text) } else { item::content(event, text) }
        })
    }

    fn is_reasoning(&self, at: usize) -> bool {
        self.object.items.get(at).is_some_and(|item| matches!(item.kind, Kind::Reasoning(_)))
    }

    fn delta(&mut self, at: usize, piece: &str) -> Bytes {
        let name = match self.object.items.get(at).map(|item| &item.kind) {
            Some(Kind::Reasoning(_)) => "response.reasoning_summary_text.delta",
            Some(Kind::Call { .. }) => "response.function_call_arguments.delta",
            _ => "response.output_text.delta",
        };
        self.event(name, |event, object| {
            place(event, object, at);
            event.field_string("delta", piece);
            log_probabilities(event, object, at);
        })
    }

    fn text_done(&mut self, at: usize) -> Bytes {
        let (name, key) = match self.object.items.get(at).map(|item| &item.kind) {
            Some(Kind::Reasoning(_)) => ("response.reasoning_summary_text.done", "text"),
            Some(Kind::Call { .. }) => ("response.function_call_arguments.done", "arguments"),
            _ => ("response.output_text.done", "text"),
        };
        self.event(name, |event, object| {
            place(event, object, at);
            let item = object.items.get(at);
            if let Some(Kind::Call { name, .. }) = item.map(|item| &item.kind) {
                event.field_string("name", name);
            }
            event.field_string(key, item.map_or("", text));
            log_probabilities(event, object, at);
        })
    }
}

impl Iterator for Chunks {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if let Some((at, pieces)) = &mut self.pieces {
            let at = *at;
            if let Some(piece) = pieces.next() {
                return Some(self.delta(at, &piece));
            }
            self.pieces = None;
        }
        let step = self.steps.next()?;
        self.step(step)
    }
}

/// Whether a part begins or is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Added,
    Done,
}

/// Writes where an event belongs.
fn place(event: &mut Writer, object: &Object, at: usize) {
    let Some(item) = object.items.get(at) else { return };
    event.field_string("item_id", &item.id);
    event.field_u64("output_index", at as u64);
    match item.kind {
        Kind::Reasoning(_) => event.field_u64("summary_index", 0),
        Kind::Message(_) => event.field_u64("content_index", 0),
        Kind::Call { .. } => {}
    }
}

/// Events of texts carry a list of them, which is empty.
fn log_probabilities(event: &mut Writer, object: &Object, at: usize) {
    if matches!(object.items.get(at).map(|item| &item.kind), Some(Kind::Message(_))) {
        event.open_array("logprobs");
        event.end_array();
    }
}

fn text(item: &Item) -> &str {
    match &item.kind {
        Kind::Reasoning(text) | Kind::Message(text) => text,
        Kind::Call { arguments, .. } => arguments,
    }
}
