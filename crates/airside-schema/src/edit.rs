//! The closed list of what a policy may do to a request.

use airside_wire::{Path, RawJson, Str};

use crate::chat::Message;

/// One change to a request, asked for by configuration or a policy.
///
/// Policies never touch bytes. A dialect maps an edit to splices of the
/// document ([`Patched::Spliced`]) or says that it cannot
/// ([`Patched::NotExpressible`]); then the request is decoded, edited and
/// encoded again. A new kind of edit needs two users.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Edit {
    /// Names another model.
    SetModel(Str),
    /// Sets a top-level field of the caller's document.
    SetParam {
        /// Field name in the caller's dialect.
        name: Str,
        /// Its new value.
        value: RawJson,
    },
    /// Sets a top-level field unless the caller gave it.
    DefaultParam {
        /// Field name in the caller's dialect.
        name: Str,
        /// The value to use when absent.
        value: RawJson,
    },
    /// Removes whatever stands at a path of the caller's document.
    Remove(Path),
    /// Renames a top-level field, if present.
    RenameParam {
        /// The present name.
        from: Str,
        /// The new name.
        to: Str,
    },
    /// Asks for a stream, or not.
    SetStream(bool),
    /// Replaces the text at a path of the caller's document.
    ReplaceText {
        /// Path of a JSON string.
        at: Path,
        /// The new text.
        text: Str,
    },
    /// Inserts a message at an index of the unified message list.
    InsertMessage {
        /// Index into [`ChatRequest::messages`](crate::ChatRequest::messages).
        index: usize,
        /// The message.
        message: Box<Message>,
    },
}

/// Whether a dialect could express an edit on the document itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patched {
    /// The document now carries the edit; all other bytes are unchanged.
    Spliced,
    /// The document already says so; nothing changed.
    Unchanged,
    /// The edit needs the unified model.
    NotExpressible,
}
