//! The static table of chat dialects.

use airside_schema::DialectId;
use airside_schema::codec::{ChatEgress, ChatIngress};

use crate::{anthropic_messages, openai_chat};

/// The two halves of a chat dialect.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ChatDialect {
    /// Its identifier.
    pub id: DialectId,
    /// The half that speaks with callers.
    pub ingress: &'static dyn ChatIngress,
    /// The half that speaks with upstreams.
    pub egress: &'static dyn ChatEgress,
}

/// Every chat dialect; adding one is one folder and one row here.
const CHAT: &[ChatDialect] = &[
    ChatDialect {
        id: DialectId::OPENAI_CHAT,
        ingress: &openai_chat::INGRESS,
        egress: &openai_chat::EGRESS,
    },
    ChatDialect {
        id: DialectId::ANTHROPIC_MESSAGES,
        ingress: &anthropic_messages::INGRESS,
        egress: &anthropic_messages::EGRESS,
    },
];

/// Every chat dialect.
pub fn chat_dialects() -> &'static [ChatDialect] {
    CHAT
}

/// The chat dialect of that identifier.
pub fn chat(id: DialectId) -> Option<&'static ChatDialect> {
    CHAT.iter().find(|dialect| dialect.id == id)
}
