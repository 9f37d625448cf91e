//! Tools a model may call.

use airside_wire::{RawJson, Str};

use super::CacheMark;
use crate::{DialectId, Extras};

/// A tool the model may call.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Tool {
    /// What kind of tool it is.
    pub kind: ToolKind,
    /// The prompt up to and including this tool should be cached.
    pub cache: Option<CacheMark>,
    /// Everything else inside the tool's definition.
    pub extras: Extras,
}

impl Tool {
    /// A tool of this kind without marks or extras.
    pub fn new(kind: ToolKind) -> Self {
        Self { kind, cache: None, extras: Extras::default() }
    }
}

/// What kind of tool it is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ToolKind {
    /// A function of the client with JSON arguments.
    Function {
        /// Its name.
        name: Str,
        /// What it does.
        description: Option<Str>,
        /// The JSON schema of its arguments.
        parameters: Option<RawJson>,
        /// The model must follow the schema to the letter.
        strict: Option<bool>,
    },
    /// A tool only one dialect knows, such as a server-side web search or a
    /// custom tool with a grammar.
    Opaque {
        /// The dialect it came from.
        dialect: DialectId,
        /// Its name, if it has one.
        name: Option<Str>,
        /// The definition as it arrived.
        raw: RawJson,
    },
}

/// Whether and which tool the model must call.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ToolChoice {
    /// The model decides.
    Auto,
    /// No tool may be called.
    None,
    /// Some tool must be called.
    Required,
    /// This function must be called.
    Function(Str),
    /// Only these functions may be called; `required` says one must be.
    Allowed {
        /// The functions' names.
        names: Vec<Str>,
        /// One of them must be called.
        required: bool,
    },
    /// A form only one dialect knows.
    Opaque {
        /// The dialect it came from.
        dialect: DialectId,
        /// The choice as it arrived.
        raw: RawJson,
    },
}
