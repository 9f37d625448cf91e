//! The binary framing `application/vnd.amazon.eventstream`.
//!
//! Not a decoder of what the messages say: headers and payload are handed over. The invariant: a
//! message is handed over only if both its checksums match.
//!
//! Layout, all numbers big-endian (AWS, "Event stream encoding"): total length (4 bytes), headers
//! length (4), CRC-32 of these eight (4), headers, payload, CRC-32 of everything before it (4).

mod header;
mod message;
mod reader;

pub use header::HeaderValue;
pub use message::{Message, encode, try_encode};
pub use reader::Reader;

/// Longest message accepted unless another limit is set: 16 MiB.
pub const DEFAULT_MAX_MESSAGE_BYTES: usize = 16 << 20;

/// Bytes of the two lengths and their checksum.
const PRELUDE: usize = 12;

/// Bytes of the checksum at the end.
const CHECKSUM: usize = 4;
