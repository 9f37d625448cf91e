//! What a call asks for, independent of the wire format it is asked in.

use std::fmt;

/// The kind of work a call asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// A conversation turn: chat completions, messages.
    Chat,
    /// A text completion of the legacy kind.
    Completions,
    /// A turn in the stateful responses format.
    Responses,
    /// Vectors for texts.
    Embeddings,
    /// The number of tokens a chat request would use.
    CountTokens,
    /// Images from a prompt.
    ImageGenerate,
    /// Images from images and a prompt.
    ImageEdit,
    /// Audio from text.
    Speech,
    /// Text from audio.
    Transcription,
    /// English text from audio.
    Translation,
    /// Safety classification of texts or images.
    Moderation,
    /// The list of models.
    Models,
    /// Anything else below the provider's base URL, forwarded as it is.
    Proxy,
}

impl Operation {
    /// Every operation, in the order of documentation tables.
    pub const ALL: [Self; 13] = [
        Self::Chat,
        Self::Completions,
        Self::Responses,
        Self::Embeddings,
        Self::CountTokens,
        Self::ImageGenerate,
        Self::ImageEdit,
        Self::Speech,
        Self::Transcription,
        Self::Translation,
        Self::Moderation,
        Self::Models,
        Self::Proxy,
    ];

    /// The name used in configuration, records and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Completions => "completions",
            Self::Responses => "responses",
            Self::Embeddings => "embeddings",
            Self::CountTokens => "count_tokens",
            Self::ImageGenerate => "image_generate",
            Self::ImageEdit => "image_edit",
            Self::Speech => "speech",
            Self::Transcription => "transcription",
            Self::Translation => "translation",
            Self::Moderation => "moderation",
            Self::Models => "models",
            Self::Proxy => "proxy",
        }
    }

    /// The operation of that name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == name)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
