//! The usual endpoints by name, so that a row can say `endpoints = ["chat"]`.
//!
//! Also the list of dialects a row may name. Invariant: a preset's path is the
//! one its dialect's own platform uses below `/v1`.

use airside_schema::{DialectId, Operation};

/// Other endpoints of the Anthropic platform, forwarded as they are.
const ANTHROPIC_OTHER: DialectId = DialectId::new("anthropic.other");

/// A usual endpoint: what `name` stands for in a row.
#[derive(Debug)]
pub(crate) struct Preset {
    pub(crate) name: &'static str,
    pub(crate) operation: Operation,
    pub(crate) dialect: DialectId,
    pub(crate) path: &'static str,
}

/// The dialects a row may name.
pub(crate) const DIALECTS: [DialectId; 8] = [
    DialectId::OPENAI_CHAT,
    DialectId::OPENAI_COMPLETIONS,
    DialectId::OPENAI_RESPONSES,
    DialectId::OPENAI_EMBEDDINGS,
    DialectId::OPENAI_OTHER,
    DialectId::ANTHROPIC_MESSAGES,
    DialectId::ANTHROPIC_COUNT_TOKENS,
    ANTHROPIC_OTHER,
];

/// Every preset, in the order of the documentation.
pub(crate) const PRESETS: [Preset; 15] = [
    preset("chat", Operation::Chat, DialectId::OPENAI_CHAT, "/chat/completions"),
    preset("completions", Operation::Completions, DialectId::OPENAI_COMPLETIONS, "/completions"),
    preset("responses", Operation::Responses, DialectId::OPENAI_RESPONSES, "/responses"),
    preset("embeddings", Operation::Embeddings, DialectId::OPENAI_EMBEDDINGS, "/embeddings"),
    preset("images", Operation::ImageGenerate, DialectId::OPENAI_OTHER, "/images/generations"),
    preset("image_edits", Operation::ImageEdit, DialectId::OPENAI_OTHER, "/images/edits"),
    preset("speech", Operation::Speech, DialectId::OPENAI_OTHER, "/audio/speech"),
    preset(
        "transcription",
        Operation::Transcription,
        DialectId::OPENAI_OTHER,
        "/audio/transcriptions",
    ),
    preset("translation", Operation::Translation, DialectId::OPENAI_OTHER, "/audio/translations"),
    preset("moderation", Operation::Moderation, DialectId::OPENAI_OTHER, "/moderations"),
    preset("models", Operation::Models, DialectId::OPENAI_OTHER, "/models"),
    preset("messages", Operation::Chat, DialectId::ANTHROPIC_MESSAGES, "/messages"),
    preset(
        "count_tokens",
        Operation::CountTokens,
        DialectId::ANTHROPIC_COUNT_TOKENS,
        "/messages/count_tokens",
    ),
    preset("anthropic_models", Operation::Models, ANTHROPIC_OTHER, "/models"),
    preset("proxy", Operation::Proxy, DialectId::OPENAI_OTHER, ""),
];

/// What a row offers if it does not say.
pub(crate) const DEFAULT: [&str; 2] = ["chat", "models"];

/// The preset of that name.
pub(crate) fn find(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}

/// The dialect of that name.
pub(crate) fn dialect(name: &str) -> Option<DialectId> {
    DIALECTS.into_iter().find(|dialect| dialect.as_str() == name)
}

const fn preset(
    name: &'static str,
    operation: Operation,
    dialect: DialectId,
    path: &'static str,
) -> Preset {
    Preset { name, operation, dialect, path }
}
