//! Newline-delimited JSON: cutting a byte stream into lines.
//!
//! Not a JSON reader: a line is handed over as bytes, to be checked with
//! [`RawJson::parse`](crate::RawJson::parse). The invariant: lines do not depend on the chunks.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use crate::WireError;

/// Longest line accepted unless another limit is set: 16 MiB.
pub const DEFAULT_MAX_LINE_BYTES: usize = 16 << 20;

/// Incremental splitter of a byte stream into lines.
///
/// Behavior: a line ends with LF or CRLF, which is not part of it; blank lines are passed over. A
/// line that lies within one chunk is a slice of it. Every byte is looked at once.
#[derive(Debug)]
pub struct Reader {
    limit: usize,
    tail: BytesMut,
    ready: VecDeque<Bytes>,
    failed: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Self::with_limit(DEFAULT_MAX_LINE_BYTES)
    }
}

impl Reader {
    /// Starts at the beginning of a stream, with [`DEFAULT_MAX_LINE_BYTES`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts at the beginning of a stream. The limit is in bytes of one line.
    pub fn with_limit(max_line_bytes: usize) -> Self {
        Self { limit: max_line_bytes, tail: BytesMut::new(), ready: VecDeque::new(), failed: false }
    }

    /// Takes the next chunk. Its lines can then be taken with [`next_line`](Reader::next_line).
    ///
    /// # Errors
    /// [`FrameTooLarge`](WireError::FrameTooLarge), for this and every further chunk. Lines before
    /// the large one can still be taken.
    pub fn push(&mut self, mut chunk: Bytes) -> Result<(), WireError> {
        if self.failed {
            return Err(WireError::FrameTooLarge { limit: self.limit });
        }
        while let Some(end) = memchr::memchr(b'\n', &chunk) {
            self.check(self.tail.len() + end)?;
            let last = chunk.split_to(end);
            let _line_feed = chunk.split_to(1);
            let line = self.complete(last);
            self.ready.extend(line);
        }
        self.check(self.tail.len() + chunk.len())?;
        self.tail.extend_from_slice(&chunk);
        Ok(())
    }

    fn check(&mut self, line_bytes: usize) -> Result<(), WireError> {
        if line_bytes > self.limit {
            self.failed = true;
            self.tail = BytesMut::new();
            return Err(WireError::FrameTooLarge { limit: self.limit });
        }
        Ok(())
    }

    /// Puts a line and its last part together; `None` if it is blank.
    fn complete(&mut self, last: Bytes) -> Option<Bytes> {
        let mut line = if self.tail.is_empty() {
            last
        } else {
            self.tail.extend_from_slice(&last);
            std::mem::take(&mut self.tail).freeze()
        };
        if line.ends_with(b"\r") {
            line.truncate(line.len() - 1);
        }
        (!line.trim_ascii().is_empty()).then_some(line)
    }

    /// The next whole line, if one has arrived.
    pub fn next_line(&mut self) -> Option<Bytes> {
        self.ready.pop_front()
    }

    /// The last line, if the stream ended without a line feed. Lines not yet taken stay.
    pub fn finish(&mut self) -> Option<Bytes> {
        self.complete(Bytes::new())
    }

    /// Bytes of the unfinished line held back.
    pub fn buffered(&self) -> usize {
        self.tail.len()
    }
}
