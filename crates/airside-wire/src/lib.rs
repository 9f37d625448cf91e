//! Bytes that keep their shape: JSON documents with splices, SSE, NDJSON and AWS event-stream framing.
//!
//! A gateway should change what it was asked to change and nothing else. This crate reads JSON and
//! stream framing as refcounted slices of the bytes that arrived, checks them once, and writes
//! edits as splices: number spelling, escapes, whitespace, key order and unknown fields survive
//! byte for byte, because they are never rewritten.
//!
//! ```
//! use airside_wire::{JsonDoc, Limits, Path, RawJson};
//!
//! let body = r#"{"model": "small", "seed": 18446744073709551616, "stop": "\ud83d"}"#;
//! let mut doc = JsonDoc::parse(body.into(), &Limits::default())?;
//! doc.governed(&["model", "messages"])?;
//! assert_eq!(doc.get("model").and_then(|model| model.string()).as_deref(), Some("small"));
//!
//! doc.replace(&Path::key("model"), RawJson::from_string("large"))?;
//! doc.set(&Path::key("stream"), RawJson::from_bool(true))?;
//! assert_eq!(
//!     doc.to_bytes(),
//!     r#"{"model": "large", "seed": 18446744073709551616, "stop": "\ud83d","stream":true}"#,
//! );
//! # Ok::<(), airside_wire::WireError>(())
//! ```
//!
//! What is here:
//!
//! - [`RawJson`]: one valid value, a slice of the document it came from; [`Object`]: its fields,
//!   read one level deep; [`Writer`]: append-only output.
//! - [`JsonDoc`]: a request or response body and the splices made to it, addressed by [`Path`].
//! - [`sse`], [`ndjson`], [`event_stream`]: framing as state machines without I/O; any chunking of
//!   the input gives the same frames.
//!
//! What this crate does not do: it knows no LLM and no vendor, performs no I/O, maps nothing to
//! Rust types, and never reformats JSON. Everything it reads is bounded by [`Limits`] or a frame
//! limit; no input makes it recurse, panic or take more than linear time.

mod doc;
mod error;
mod escape;
pub mod event_stream;
mod find;
mod kind;
mod limits;
pub mod ndjson;
mod number;
mod object;
mod path;
mod raw;
mod scan;
mod skip;
pub mod sse;
mod token;
mod write;

/// Shared text: a refcounted slice of UTF-8 bytes. Cloning and slicing are O(1).
pub use bytestring::ByteString as Str;

pub use doc::JsonDoc;
pub use error::{FrameError, WireError};
pub use escape::encode as encode_string;
pub use kind::Kind;
pub use limits::Limits;
pub use object::Object;
pub use path::{Path, Segment};
pub use raw::{FieldRef, Fields, Items, RawJson};
pub use write::Writer;
