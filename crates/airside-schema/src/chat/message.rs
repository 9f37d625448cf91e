//! One message of a conversation.

use airside_wire::Str;

use super::{Part, PartKind};
use crate::Extras;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Instructions of the platform.
    System,
    /// Instructions of the developer, where a dialect tells them apart.
    Developer,
    /// The person or program asking.
    User,
    /// The model.
    Assistant,
    /// A tool reporting back. Its parts are [`PartKind::ToolResult`].
    Tool,
}

impl Role {
    /// True for instructions of either kind.
    pub fn is_instruction(self) -> bool {
        matches!(self, Self::System | Self::Developer)
    }
}

/// One message: who speaks and what.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, in order.
    pub parts: Vec<Part>,
    /// The name of the speaker, where the dialect has one.
    pub name: Option<Str>,
    /// Everything else.
    pub extras: Extras,
}

impl Message {
    /// A message with these parts.
    pub fn new(role: Role, parts: Vec<Part>) -> Self {
        Self { role, parts, name: None, extras: Extras::default() }
    }

    /// A message with one text.
    pub fn text(role: Role, text: impl Into<Str>) -> Self {
        Self::new(role, vec![Part::text(text)])
    }

    /// All texts of the message, in order. Reasoning and refusals are not
    /// text in this sense.
    pub fn texts(&self) -> impl Iterator<Item = &Str> {
        self.parts.iter().filter_map(|part| match &part.kind {
            PartKind::Text { text, .. } => Some(text),
            _ => None,
        })
    }
}
