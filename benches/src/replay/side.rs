//! The two dialects played against each other, and how each is spoken over HTTP.

use airside_dialects::ChatDialect;
use airside_schema::DialectId;

use super::error::ReplayError;

/// The key every call carries. Where it arrives, and how, is part of what is checked.
pub(crate) const KEY: &str = "sk-replay";

/// A dialect as one side of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    OpenAi,
    Anthropic,
}

impl Side {
    /// The folder of its recordings.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OpenAi => "openai-chat",
            Self::Anthropic => "anthropic-messages",
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::OpenAi => Self::Anthropic,
            Self::Anthropic => Self::OpenAi,
        }
    }

    pub(crate) fn codec(self) -> Result<&'static ChatDialect, ReplayError> {
        let id = match self {
            Self::OpenAi => DialectId::OPENAI_CHAT,
            Self::Anthropic => DialectId::ANTHROPIC_MESSAGES,
        };
        airside_dialects::chat(id).ok_or_else(|| ReplayError::Usage(format!("no codec for {id}")))
    }

    /// The path of a chat call below `/v1`.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::OpenAi => "/chat/completions",
            Self::Anthropic => "/messages",
        }
    }

    /// The provider that speaks it.
    pub(crate) fn provider(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
        }
    }

    /// The header with the key, as clients of the dialect send it.
    pub(crate) fn key_header(self) -> (&'static str, String) {
        match self {
            Self::OpenAi => ("authorization", format!("Bearer {KEY}")),
            Self::Anthropic => ("x-api-key", KEY.to_owned()),
        }
    }
}
