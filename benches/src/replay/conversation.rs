//! A conversation as a flat list of what was said, independent of how a dialect groups it.
//!
//! Dialects disagree on where a message ends: tool results are messages of their own in one and
//! parts of a user's message in the other. What must agree is who said what, in which order.

use airside_schema::{
    Extras, Media, MediaSource, Message, Part, PartKind, Reasoning, Role, ToolCall, ToolResult,
};
use airside_wire::RawJson;
use serde_json::Value;

use super::side::Side;

/// Who speaks, as both dialects tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voice {
    Instructions,
    Caller,
    Model,
}

/// One thing that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) voice: Voice,
    /// What it is and says, in a form that can be compared.
    pub(crate) says: String,
}

/// Everything a conversation holds, with the place in its document each stands at.
#[derive(Debug, Default)]
pub(crate) struct Conversation {
    pub(crate) items: Vec<(Item, String)>,
    /// Cache marks.
    pub(crate) marks: Vec<String>,
    /// Fields of messages and parts without a name in the schema.
    pub(crate) extras: Vec<(String, String)>,
    /// Names of speakers.
    pub(crate) names: Vec<(String, String)>,
}

impl Conversation {
    /// Flattens the messages of a request decoded from a document of `side`.
    pub(crate) fn of(messages: &[Message], side: Side) -> Self {
        let mut conversation = Self::default();
        // Anthropic keeps leading instructions in a field of their own.
        let apart = match side {
            Side::Anthropic => messages.first().is_some_and(|first| first.role == Role::System),
            Side::OpenAi => false,
        };
        for (index, message) in messages.iter().enumerate() {
            let place = match (apart, index) {
                (true, 0) => "system".to_owned(),
                (true, index) => format!("messages[{}]", index - 1),
                (false, index) => format!("messages[{index}]"),
            };
            conversation.message(message, &place);
        }
        conversation
    }

    fn message(&mut self, message: &Message, place: &str) {
        let voice = match message.role {
            Role::System | Role::Developer => Voice::Instructions,
            Role::Assistant => Voice::Model,
            _ => Voice::Caller,
        };
        if let Some(name) = &message.name {
            self.names.push((name.to_string(), format!("{place}.name")));
        }
        self.extras_of(&message.extras, place);
        for part in &message.parts {
            self.part(part, voice, place);
        }
    }

    fn part(&mut self, part: &Part, voice: Voice, place: &str) {
        if part.cache.is_some() {
            self.marks.push(place.to_owned());
        }
        self.extras_of(&part.extras, place);
        if let PartKind::ToolResult(result) = &part.kind {
            for inner in &result.parts {
                if inner.cache.is_some() {
                    self.marks.push(place.to_owned());
                }
                self.extras_of(&inner.extras, place);
            }
        }
        let says = says(&part.kind);
        if !says.is_empty() {
            self.items.push((Item { voice, says }, place.to_owned()));
        }
    }

    fn extras_of(&mut self, extras: &Extras, place: &str) {
        // A field without a value says nothing.
        let told = extras.iter().filter(|(_, value)| !value.is_null());
        self.extras.extend(told.map(|(key, _)| (key.to_string(), place.to_owned())));
    }
}

/// What a part says, in words that are equal if it says the same. Empty if it says nothing.
pub(crate) fn says(kind: &PartKind) -> String {
    match kind {
        PartKind::Text { text, .. } if text.is_empty() => String::new(),
        PartKind::Text { text, .. } => format!("text {text}"),
        PartKind::Image(media) => format!("image {}", source(media)),
        PartKind::Audio(media) => format!("audio {}", source(media)),
        PartKind::File(media) => format!("file {}", source(media)),
        PartKind::ToolCall(call) => tool_call(call),
        PartKind::ToolResult(result) => tool_result(result),
        PartKind::Reasoning(reasoning) => thought(reasoning),
        PartKind::Refusal(text) => format!("refusal {text}"),
        PartKind::Opaque { raw, .. } => format!("{raw}"),
        other => format!("{other:?}"),
    }
}

fn source(media: &Media) -> String {
    match &media.source {
        MediaSource::Url(url) => format!("at {url}"),
        MediaSource::Base64 { media_type, data } => format!("of {media_type}: {data}"),
        MediaSource::Text { text, .. } => format!("text {text}"),
        MediaSource::FileId(id) => format!("stored as {id}"),
        MediaSource::Parts(parts) => joined(parts),
        other => format!("{other:?}"),
    }
}

pub(crate) fn tool_call(call: &ToolCall) -> String {
    let arguments =
        if call.custom { call.arguments.to_string() } else { arguments(&call.arguments) };
    format!("call {} {} {arguments}", call.id, call.name)
}

/// The arguments of a call, parsed; no arguments are an empty object.
fn arguments(text: &str) -> String {
    if text.trim().is_empty() {
        return "{}".to_owned();
    }
    serde_json::from_str::<Value>(text).map_or_else(|_| text.to_owned(), |value| value.to_string())
}

fn tool_result(result: &ToolResult) -> String {
    let failed = if result.is_error == Some(true) { "failed " } else { "" };
    format!("result {} {failed}{}", result.call_id, joined(&result.parts))
}

/// Texts of a list of parts count as one text, however it was cut.
fn joined(parts: &[Part]) -> String {
    let mut out = String::new();
    for part in parts {
        match &part.kind {
            PartKind::Text { text, .. } => out.push_str(text),
            kind => out.push_str(&says(kind)),
        }
    }
    out
}

fn thought(reasoning: &Reasoning) -> String {
    let Reasoning { text, signature, redacted, .. } = reasoning;
    format!(
        "thought {text} {} {}",
        signature.as_deref().unwrap_or_default(),
        redacted.as_deref().unwrap_or_default()
    )
}

/// A document in a form that is equal if it means the same.
pub(crate) fn normal(json: &RawJson) -> String {
    serde_json::from_str::<Value>(json.as_str())
        .map_or_else(|_| json.to_string(), |value| value.to_string())
}
