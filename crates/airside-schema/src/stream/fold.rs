//! Events to a complete answer.

use std::collections::BTreeMap;

use airside_wire::{RawJson, Str};

use super::{BlockKind, Delta, Event};
use crate::{
    ChatResponse, Choice, Citation, Fault, FinishReason, Message, Part, PartKind, Reasoning, Role,
    ToolCall,
};

/// Builds the complete answer from a stream's events.
///
/// Expects events that obey the laws; what does not fit is ignored, so that an
/// observer cannot fail a call.
#[derive(Debug, Default)]
pub struct Folder {
    response: ChatResponse,
    choices: BTreeMap<u32, Partial>,
    opaque: Vec<(crate::DialectId, RawJson)>,
    fault: Option<Box<Fault>>,
    ended: bool,
}

#[derive(Debug, Default)]
struct Partial {
    parts: Vec<Part>,
    open: Option<Block>,
    finish: Option<FinishReason>,
    logprobs: Vec<RawJson>,
}

#[derive(Debug)]
struct Block {
    kind: BlockKind,
    text: String,
    signature: String,
    redacted: String,
    citations: Vec<Citation>,
}

impl Folder {
    /// Takes the next event.
    pub fn event(&mut self, event: &Event) {
        match event {
            Event::Start(start) => {
                self.response.id.clone_from(&start.id);
                self.response.model.clone_from(&start.model);
                self.response.created = start.created;
                self.response.service_tier.clone_from(&start.service_tier);
                self.response.extras.clone_from(&start.extras);
            }
            Event::BlockStart { choice, kind, .. } => {
                let partial = self.choices.entry(*choice).or_default();
                partial.close();
                partial.open = Some(Block::new(kind.clone()));
            }
            Event::Delta { choice, delta, .. } => {
                self.choices.entry(*choice).or_default().delta(delta);
            }
            Event::BlockStop { choice, .. } => self.choices.entry(*choice).or_default().close(),
            Event::Usage(usage) => self.response.usage = Some((**usage).clone()),
            Event::Finish { choice, reason } => {
                self.choices.entry(*choice).or_default().finish = Some(reason.clone());
            }
            Event::Opaque { dialect, raw } => self.opaque.push((*dialect, raw.clone())),
            Event::Ping => {}
            Event::Fault(fault) => self.fault = Some(fault.clone()),
            Event::End => self.ended = true,
        }
    }

    /// True once `End` was seen.
    pub fn is_complete(&self) -> bool {
        self.ended
    }

    /// The answer so far, or the fault the stream ended with.
    pub fn finish(mut self) -> Result<ChatResponse, Box<Fault>> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        for (index, mut partial) in self.choices {
            partial.close();
            let message = Message::new(Role::Assistant, partial.parts);
            let mut choice = Choice::new(index, message, partial.finish);
            choice.logprobs = join_logprobs(&partial.logprobs);
            self.response.choices.push(choice);
        }
        for (dialect, raw) in self.opaque {
            self.response.extras.push(dialect, Str::from_static("stream_event"), raw);
        }
        Ok(self.response)
    }
}

impl Partial {
    fn delta(&mut self, delta: &Delta) {
        let Some(block) = &mut self.open else { return };
        match delta {
            Delta::Text(text)
            | Delta::Reasoning(text)
            | Delta::Refusal(text)
            | Delta::Arguments(text) => block.text.push_str(text),
            Delta::Signature(text) => block.signature.push_str(text),
            Delta::Redacted(text) => block.redacted.push_str(text),
            Delta::Citation(citation) => block.citations.push((**citation).clone()),
            Delta::Logprobs(raw) => self.logprobs.push(raw.clone()),
            Delta::Opaque { .. } => {}
        }
    }

    fn close(&mut self) {
        if let Some(block) = self.open.take() {
            self.parts.push(block.into_part());
        }
    }
}

impl Block {
    fn new(kind: BlockKind) -> Self {
        Self {
            kind,
            text: String::new(),
            signature: String::new(),
            redacted: String::new(),
            citations: Vec::new(),
        }
    }

    fn into_part(self) -> Part {
        let text: Str = self.text.into();
        Part::new(match self.kind {
            BlockKind::Text => PartKind::Text { text, citations: self.citations },
            BlockKind::Refusal => PartKind::Refusal(text),
            BlockKind::Reasoning => PartKind::Reasoning(Reasoning {
                text,
                signature: non_empty(self.signature),
                redacted: non_empty(self.redacted),
                dialect: None,
            }),
            BlockKind::ToolCall { id, name, custom } => {
                PartKind::ToolCall(ToolCall { id, name, arguments: text, custom })
            }
            BlockKind::Opaque { dialect, raw } => PartKind::Opaque { dialect, raw },
        })
    }
}

fn non_empty(text: String) -> Option<Str> {
    (!text.is_empty()).then(|| text.into())
}

/// Joins the pieces `{"content":[…],"refusal":[…]}` into one object.
fn join_logprobs(pieces: &[RawJson]) -> Option<RawJson> {
    if pieces.len() < 2 {
        return pieces.first().cloned();
    }
    let mut writer = airside_wire::Writer::new();
    writer.begin_object();
    for key in ["content", "refusal"] {
        let lists = pieces.iter().filter_map(|piece| piece.get(key)?.items());
        let items: Vec<RawJson> = lists.flatten().collect();
        if items.is_empty() {
            writer.field_null(key);
            continue;
        }
        writer.open_array(key);
        for item in &items {
            writer.raw(item);
        }
        writer.end_array();
    }
    writer.end_object();
    Some(writer.into_raw())
}
