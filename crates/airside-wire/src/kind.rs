//! [`Kind`]: the six sorts of JSON values, told apart by their first byte.

use std::fmt;

/// What sort of value a JSON text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// a number
    Number,
    /// a string
    String,
    /// an array
    Array,
    /// an object
    Object,
}

impl Kind {
    /// The kind of the value that begins with this byte.
    pub(crate) fn of(first: u8) -> Option<Self> {
        match first {
            b'n' => Some(Self::Null),
            b't' | b'f' => Some(Self::Bool),
            b'-' | b'0'..=b'9' => Some(Self::Number),
            b'"' => Some(Self::String),
            b'[' => Some(Self::Array),
            b'{' => Some(Self::Object),
            _ => None,
        }
    }

    /// The kind of the first value of a text, judged by its first byte.
    pub(crate) fn of_text(text: &str) -> Option<Self> {
        text.trim_start_matches([' ', '\n', '\r', '\t']).bytes().next().and_then(Self::of)
    }
}

/// Writes the kind as prose: `an object`.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        })
    }
}
