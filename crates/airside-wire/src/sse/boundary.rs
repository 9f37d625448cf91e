//! [`Boundary`]: lets whole frames through and holds back an unfinished one.

use bytes::{Bytes, BytesMut};

use super::DEFAULT_MAX_FRAME_BYTES;
use super::split::Splitter;
use crate::WireError;

/// Splits a stream at frame boundaries without reading the frames.
///
/// For forwarding a stream verbatim when something of our own may be said between two frames.
#[derive(Debug)]
pub struct Boundary {
    limit: usize,
    splitter: Splitter,
    tail: BytesMut,
    failed: bool,
}

impl Default for Boundary {
    fn default() -> Self {
        Self::with_limit(DEFAULT_MAX_FRAME_BYTES)
    }
}

impl Boundary {
    /// Starts at the beginning of a stream, with [`DEFAULT_MAX_FRAME_BYTES`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts at the beginning of a stream. The limit is in bytes of one unfinished frame.
    pub fn with_limit(max_frame_bytes: usize) -> Self {
        let splitter = Splitter::default();
        Self { limit: max_frame_bytes, splitter, tail: BytesMut::new(), failed: false }
    }

    /// Takes the next chunk and returns all frames that are whole now; possibly nothing.
    ///
    /// A slice of the chunk if nothing was held back before, else one copy.
    ///
    /// # Errors
    /// [`FrameTooLarge`](WireError::FrameTooLarge) if more than the limit would be held back, for
    /// this and every further chunk.
    pub fn push(&mut self, mut chunk: Bytes) -> Result<Bytes, WireError> {
        let mut end = 0;
        while let Some(next) = self.splitter.frame_end(&chunk, end) {
            end = next;
        }
        if self.splitter.is_blank() {
            end = chunk.len();
        }
        let held_back = chunk.len() - end + if end == 0 { self.tail.len() } else { 0 };
        if self.failed || held_back > self.limit {
            self.failed = true;
            self.tail = BytesMut::new();
            return Err(WireError::FrameTooLarge { limit: self.limit });
        }
        let mut whole = chunk.split_to(end);
        if !whole.is_empty() && !self.tail.is_empty() {
            self.tail.extend_from_slice(&whole);
            whole = std::mem::take(&mut self.tail).freeze();
        }
        self.tail.extend_from_slice(&chunk);
        Ok(whole)
    }

    /// Takes what is held back: the unfinished frame at the end of the stream.
    pub fn tail(&mut self) -> Bytes {
        self.splitter = Splitter::default();
        std::mem::take(&mut self.tail).freeze()
    }
}
