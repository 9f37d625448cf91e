//! Why a document could not be decoded or encoded.

use airside_wire::{Str, WireError};

/// A document that is not of the dialect it should be, or cannot be written
/// in the dialect asked for.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// The document is not valid on the wire level.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// A required field is absent.
    #[error("`{path}` is required: {expected}")]
    Missing {
        /// Where it should stand.
        path: Str,
        /// What is accepted there.
        expected: &'static str,
    },
    /// A field has the wrong type or value.
    #[error("`{path}` is not valid: expected {expected}")]
    Invalid {
        /// Where it stands.
        path: Str,
        /// What is accepted there.
        expected: &'static str,
    },
    /// A field occurs more than once, so readers could disagree on its value.
    #[error("`{path}` occurs more than once; give it once")]
    Duplicate {
        /// The field.
        path: Str,
    },
    /// The target dialect cannot carry the request at all.
    #[error("{0}")]
    Unsupported(Str),
}

impl CodecError {
    /// A required field is absent.
    pub fn missing(path: impl Into<Str>, expected: &'static str) -> Self {
        Self::Missing { path: path.into(), expected }
    }

    /// A field has the wrong type or value.
    pub fn invalid(path: impl Into<Str>, expected: &'static str) -> Self {
        Self::Invalid { path: path.into(), expected }
    }

    /// The path of the field at fault, if the error is about one.
    pub fn param(&self) -> Option<&str> {
        match self {
            Self::Missing { path, .. } | Self::Invalid { path, .. } | Self::Duplicate { path } => {
                Some(path)
            }
            Self::Wire(_) | Self::Unsupported(_) => None,
        }
    }
}
