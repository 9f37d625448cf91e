//! The parts a message is made of.

use airside_wire::{RawJson, Str};

use crate::{DialectId, Extras};

/// One part of a message.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Part {
    /// What it is.
    pub kind: PartKind,
    /// The prompt up to and including this part should be cached.
    pub cache: Option<CacheMark>,
    /// Everything else.
    pub extras: Extras,
}

impl Part {
    /// A part of this kind without marks or extras.
    pub fn new(kind: PartKind) -> Self {
        Self { kind, cache: None, extras: Extras::default() }
    }

    /// A text.
    pub fn text(text: impl Into<Str>) -> Self {
        Self::new(PartKind::Text { text: text.into(), citations: Vec::new() })
    }

    /// Something only one dialect understands.
    pub fn opaque(dialect: DialectId, raw: RawJson) -> Self {
        Self::new(PartKind::Opaque { dialect, raw })
    }
}

/// What a part is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum PartKind {
    /// Plain text.
    Text {
        /// The text.
        text: Str,
        /// What backs it, if the model said so.
        citations: Vec<Citation>,
    },
    /// A picture.
    Image(Media),
    /// A recording.
    Audio(Media),
    /// A document, such as a PDF or a plain text.
    File(Media),
    /// The model calls a tool.
    ToolCall(ToolCall),
    /// A tool's answer.
    ToolResult(ToolResult),
    /// What the model thought.
    Reasoning(Reasoning),
    /// The model declines.
    Refusal(Str),
    /// A part only one dialect understands, such as a server-side tool's
    /// result. An encoder of the same dialect writes it back; any other one
    /// reports it as lost.
    Opaque {
        /// The dialect it came from.
        dialect: DialectId,
        /// The part as it arrived.
        raw: RawJson,
    },
}

/// A cache breakpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheMark {
    /// How long to keep it, such as `5m` or `1h`; unset means the default.
    pub ttl: Option<Str>,
    /// The marker as it arrived, if a dialect decoded one.
    pub raw: Option<RawJson>,
}

impl CacheMark {
    /// A mark with a time to live and the marker it was read from.
    pub fn new(ttl: Option<Str>, raw: Option<RawJson>) -> Self {
        Self { ttl, raw }
    }
}

/// Image, audio or document data.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Media {
    /// Where the data is.
    pub source: MediaSource,
    /// The file's name or title.
    pub name: Option<Str>,
    /// How closely to look, as OpenAI names it: `low`, `high`, `auto`.
    pub detail: Option<Str>,
    /// Text about the document that is not part of it.
    pub context: Option<Str>,
    /// The answer should cite this document.
    pub citations: Option<bool>,
}

impl Media {
    /// Media from a source, everything else unset.
    pub fn new(source: MediaSource) -> Self {
        Self { source, name: None, detail: None, context: None, citations: None }
    }
}

/// Where media data is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum MediaSource {
    /// Behind a URL the provider fetches.
    Url(Str),
    /// In the document, in base64.
    Base64 {
        /// The media type, such as `image/png`.
        media_type: Str,
        /// The data in base64, as it arrived.
        data: Str,
    },
    /// In the document, as plain text.
    Text {
        /// The media type, such as `text/plain`.
        media_type: Str,
        /// The text.
        text: Str,
    },
    /// In the provider's file store.
    FileId(Str),
    /// Content parts that make up a document.
    Parts(Vec<Part>),
}

/// The model calls a tool.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ToolCall {
    /// Links the call to its result.
    pub id: Str,
    /// The tool's name.
    pub name: Str,
    /// The arguments: JSON text as the model wrote it (it may be malformed,
    /// models are), or free text if `custom`.
    pub arguments: Str,
    /// A custom tool: the arguments are free text, not JSON.
    pub custom: bool,
}

impl ToolCall {
    /// A function call.
    pub fn new(id: impl Into<Str>, name: impl Into<Str>, arguments: impl Into<Str>) -> Self {
        Self { id: id.into(), name: name.into(), arguments: arguments.into(), custom: false }
    }
}

/// A tool's answer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ToolResult {
    /// The call it answers.
    pub call_id: Str,
    /// What the tool said: texts, images, documents.
    pub parts: Vec<Part>,
    /// The tool failed. `None` if the dialect does not say.
    pub is_error: Option<bool>,
}

impl ToolResult {
    /// An answer made of parts.
    pub fn new(call_id: impl Into<Str>, parts: Vec<Part>) -> Self {
        Self { call_id: call_id.into(), parts, is_error: None }
    }
}

/// What the model thought.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Reasoning {
    /// The readable text, possibly empty.
    pub text: Str,
    /// The vendor's signature over the text; must travel back byte-identical.
    pub signature: Option<Str>,
    /// Encrypted thoughts without a readable text.
    pub redacted: Option<Str>,
    /// The dialect whose vendor can read signature and encryption.
    pub dialect: Option<DialectId>,
}

impl Reasoning {
    /// Readable thoughts without a signature.
    pub fn text(text: impl Into<Str>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// What backs a piece of text.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Citation {
    /// The source's address, if it has one.
    pub url: Option<Str>,
    /// The source's title.
    pub title: Option<Str>,
    /// The words cited.
    pub cited_text: Option<Str>,
    /// Where in the answer it applies, in characters: start and end.
    pub span: Option<(u64, u64)>,
    /// The dialect it came from.
    pub dialect: DialectId,
    /// The citation as it arrived.
    pub raw: RawJson,
}

impl Citation {
    /// A citation as it arrived, with nothing read from it yet.
    pub fn new(dialect: DialectId, raw: RawJson) -> Self {
        Self { url: None, title: None, cited_text: None, span: None, dialect, raw }
    }
}
