//! What can be wrong with bytes: the one error type of this crate.
//!
//! Messages say where and what was expected, and never quote values of the document (they may be
//! secrets or prompts); key names and paths are quoted.

use crate::{Kind, Path, Str};

/// An error about the shape of bytes: JSON text, a document edit, or stream framing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WireError {
    /// The text is not JSON (RFC 8259).
    #[error("invalid JSON at line {line}, column {column} (byte {offset}): {what}")]
    Json {
        /// Bytes before the fault.
        offset: usize,
        /// Line of the fault, from 1.
        line: usize,
        /// Column of the fault in characters, from 1.
        column: usize,
        /// What was expected or is wrong there.
        what: &'static str,
    },
    /// The text is not UTF-8.
    #[error("invalid UTF-8 at byte {offset}: JSON text must be UTF-8")]
    Utf8 {
        /// Bytes before the first invalid one.
        offset: usize,
    },
    /// Objects and arrays are nested too deeply.
    #[error("JSON is nested deeper than {limit} levels at byte {offset}")]
    TooDeep {
        /// The limit that was passed.
        limit: usize,
        /// Where the first level too many opens, in bytes.
        offset: usize,
    },
    /// The document is too long.
    #[error("document is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The document has too many of something.
    #[error("JSON has more than {limit} {what} at byte {offset}")]
    TooMany {
        /// What there is too much of, such as `fields in one object`.
        what: &'static str,
        /// The limit that was passed.
        limit: usize,
        /// Where the first one too many begins, in bytes.
        offset: usize,
    },
    /// A document must be a JSON object at the top.
    #[error("expected a JSON object, found {found}")]
    NotAnObject {
        /// What stands there instead.
        found: Kind,
    },
    /// An edit needs an array at this path.
    #[error("expected an array at `{path}`, found {found}")]
    NotAnArray {
        /// Where the array was expected.
        path: Path,
        /// What stands there instead.
        found: Kind,
    },
    /// A key that must occur once occurs twice, so two readers may disagree on its value.
    #[error("key `{key}` occurs more than once: give it once")]
    DuplicateKey {
        /// The key.
        key: Str,
    },
    /// An edit names a place the document does not have.
    #[error("no such path in the document: `{path}`")]
    NoSuchPath {
        /// The place that was named.
        path: Path,
    },
    /// Text given as a path is not one.
    #[error("invalid path at byte {offset}: {what} (write it as `messages[0].content`)")]
    InvalidPath {
        /// Bytes before the fault.
        offset: usize,
        /// What is wrong there.
        what: &'static str,
    },
    /// A frame, line or message of a stream is too long.
    #[error("stream frame is larger than {limit} bytes")]
    FrameTooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// A binary message of a stream is malformed.
    #[error("malformed event-stream message: {0}")]
    Frame(#[from] FrameError),
}

/// What is wrong with a binary event-stream message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// The checksum of the lengths does not match them.
    #[error("prelude checksum does not match")]
    PreludeChecksum,
    /// The checksum of the whole message does not match it.
    #[error("message checksum does not match")]
    MessageChecksum,
    /// The lengths contradict each other.
    #[error("lengths do not fit: message {total} bytes, headers {headers} bytes")]
    Lengths {
        /// Length of the message as announced, in bytes.
        total: u32,
        /// Length of its headers as announced, in bytes.
        headers: u32,
    },
    /// A header ends early, has an unknown type, or a name or text that is not UTF-8.
    #[error("bad header: {0}")]
    Header(&'static str),
    /// A message cannot be written because a part is too long for the format.
    #[error("{0} is too long for the format")]
    TooLong(&'static str),
    /// The stream ended inside a message.
    #[error("stream ended inside a message, after {had} bytes of it")]
    Truncated {
        /// How much of the message had arrived, in bytes.
        had: usize,
    },
}
