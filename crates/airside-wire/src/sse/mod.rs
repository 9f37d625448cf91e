//! Server-sent events (WHATWG HTML, § 9.2): cutting a byte stream into frames, and writing them.
//!
//! Not an event source: no reconnection, no I/O, no JSON. The invariant: the raw bytes of all
//! frames, in order, are the bytes that arrived, whatever the chunks were.

mod boundary;
mod frame;
mod reader;
mod split;
mod write;

pub use boundary::Boundary;
pub use frame::Frame;
pub use reader::Reader;
pub use write::{write_data, write_event};

/// Longest frame accepted unless another limit is set: 16 MiB, room for an image in base64.
pub const DEFAULT_MAX_FRAME_BYTES: usize = 16 << 20;
