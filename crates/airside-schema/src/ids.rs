//! Identifiers of wire formats.
//!
//! A dialect is a wire format of one operation, not a vendor: many vendors
//! speak `openai.chat`.

use std::fmt;

/// Names a wire format, such as `openai.chat`.
///
/// The set is open: a crate outside this workspace may define its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DialectId(&'static str);

impl DialectId {
    /// OpenAI chat completions.
    pub const OPENAI_CHAT: Self = Self("openai.chat");
    /// OpenAI legacy text completions.
    pub const OPENAI_COMPLETIONS: Self = Self("openai.completions");
    /// OpenAI responses.
    pub const OPENAI_RESPONSES: Self = Self("openai.responses");
    /// OpenAI embeddings.
    pub const OPENAI_EMBEDDINGS: Self = Self("openai.embeddings");
    /// Any other endpoint of the OpenAI platform, forwarded as it is.
    pub const OPENAI_OTHER: Self = Self("openai.other");
    /// Anthropic messages.
    pub const ANTHROPIC_MESSAGES: Self = Self("anthropic.messages");
    /// Anthropic token counting.
    pub const ANTHROPIC_COUNT_TOKENS: Self = Self("anthropic.count_tokens");

    /// Makes an identifier from a name of the form `family.format`.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name, such as `openai.chat`.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for DialectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for DialectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DialectId({})", self.0)
    }
}
