//! Chat in every dialect there is, through the dialects' own codecs.

use airside_dialects::ChatDialect;
use airside_schema::codec::{ReplyCx, StreamEncoder};
use airside_schema::stream::unfold;
use airside_schema::{
    ChatRequest, ChatResponse, Delta, DialectId, Event, LossReport, PartKind, Usage,
};
use airside_wire::{JsonDoc, Str};
use bytes::Bytes;

use super::Refused;
use super::answer;
use super::produced::Produced;
use super::request::refused;
use super::stamp::Stamp;
use super::tokens::Pieces;

/// Answers a chat request.
pub(super) fn reply(
    dialect: &ChatDialect,
    doc: &JsonDoc,
    stamp: &Stamp,
) -> Result<Produced, Refused> {
    let request = dialect.ingress.decode(doc).map_err(|error| refused(&error))?;
    let (id, call) = prefixes(dialect.id);
    let mut response = answer::answer(&request, stamp, call)?;
    response.id = stamp.id(id);
    let mut cx = ReplyCx::new(request.model.clone());
    cx.now = stamp.seconds();
    cx.stream_usage = request.stream_usage;
    // What it thought is worth showing, even where the official API has no place for it.
    cx.strict = !thinks(&response);
    if request.stream {
        let encoder = dialect.ingress.stream_encoder(&cx);
        return Ok(Produced::Stream(Box::new(Chunks::new(&response, encoder))));
    }
    let body = dialect.ingress.encode_response(&response, &cx, &mut LossReport::default());
    body.map(Produced::Json).map_err(|error| refused(&error))
}

fn thinks(response: &ChatResponse) -> bool {
    let mut parts = response.choices.iter().flat_map(|choice| &choice.message.parts);
    parts.any(|part| matches!(part.kind, PartKind::Reasoning(_)))
}

/// Decodes what a count of tokens is asked for.
pub(super) fn decode(dialect: &ChatDialect, doc: &JsonDoc) -> Result<ChatRequest, Refused> {
    dialect.ingress.decode(doc).map_err(|error| refused(&error))
}

/// What identifiers of replies and of tool calls begin with.
fn prefixes(dialect: DialectId) -> (&'static str, &'static str) {
    match dialect {
        DialectId::OPENAI_CHAT => ("chatcmpl-", "call_"),
        DialectId::ANTHROPIC_MESSAGES => ("msg_", "toolu_"),
        _ => ("", "call_"),
    }
}

/// Makes the chunks of a streamed answer: one an event, a word an event.
struct Chunks {
    events: std::vec::IntoIter<Event>,
    /// The pieces of a delta that is being taken to pieces.
    pieces: Option<Split>,
    encoder: Box<dyn StreamEncoder>,
}

struct Split {
    choice: u32,
    index: u32,
    pieces: Pieces,
    delta: fn(Str) -> Delta,
}

impl Chunks {
    fn new(response: &ChatResponse, encoder: Box<dyn StreamEncoder>) -> Self {
        let mut events = unfold(response);
        // Formats that tell the prompt's size first need it before the content.
        if let Some(usage) = &response.usage {
            let at = events.len().min(1);
            events.insert(at, Event::Usage(Box::new(Usage::new(usage.input, 0))));
        }
        Self { events: events.into_iter(), pieces: None, encoder }
    }

    /// The next event, deltas taken to pieces.
    fn event(&mut self) -> Option<Event> {
        if let Some(split) = &mut self.pieces {
            if let Some(piece) = split.pieces.next() {
                let (choice, index) = (split.choice, split.index);
                return Some(Event::Delta { choice, index, delta: (split.delta)(piece) });
            }
            self.pieces = None;
        }
        let event = self.events.next()?;
        let Event::Delta { choice, index, delta } = event else { return Some(event) };
        let (pieces, delta): (_, fn(Str) -> Delta) = match delta {
            Delta::Text(text) => (Pieces::words(text), Delta::Text),
            Delta::Reasoning(text) => (Pieces::words(text), Delta::Reasoning),
            Delta::Arguments(text) => (Pieces::arguments(text), Delta::Arguments),
            delta => return Some(Event::Delta { choice, index, delta }),
        };
        self.pieces = Some(Split { choice, index, pieces, delta });
        self.event()
    }
}

impl Iterator for Chunks {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        loop {
            let event = self.event()?;
            let mut out = Vec::new();
            // What a dialect cannot carry nobody has to know: the answer was made up.
            self.encoder.event(&event, &mut out, &mut LossReport::default());
            if !out.is_empty() {
                return Some(Bytes::from(out));
            }
        }
    }
}
