//! [`Reader`]: cuts a byte stream into [`Frame`]s.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use super::DEFAULT_MAX_FRAME_BYTES;
use super::frame::{BYTE_ORDER_MARK, Frame};
use super::split::Splitter;
use crate::WireError;

/// Incremental splitter of a byte stream into frames.
///
/// Behavior:
/// - Lines end with LF, CR or CRLF, mixed as they come; a byte order mark may stand at the start.
/// - A frame that lies within one chunk is a slice of it. A frame that spans chunks is copied once.
/// - Every byte is looked at once, in whatever chunks it comes.
/// - Blank lines before a frame belong to it. If the chunk ends with blank lines alone (a
///   keep-alive, or the LF of a CRLF that was split), they come as a frame without fields.
#[derive(Debug)]
pub struct Reader {
    limit: usize,
    splitter: Splitter,
    /// The unfinished frame.
    tail: BytesMut,
    ready: VecDeque<Frame>,
    /// No frame was cut yet, so a byte order mark may stand at the front.
    at_stream_start: bool,
    failed: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Self::with_limit(DEFAULT_MAX_FRAME_BYTES)
    }
}

impl Reader {
    /// Starts at the beginning of a stream, with [`DEFAULT_MAX_FRAME_BYTES`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts at the beginning of a stream. The limit is in bytes of one raw frame.
    pub fn with_limit(max_frame_bytes: usize) -> Self {
        Self {
            limit: max_frame_bytes,
            splitter: Splitter::default(),
            tail: BytesMut::new(),
            ready: VecDeque::new(),
            at_stream_start: true,
            failed: false,
        }
    }

    /// Takes the next chunk. Its frames can then be taken with [`next_frame`](Reader::next_frame).
    ///
    /// # Errors
    /// [`FrameTooLarge`](WireError::FrameTooLarge), for this and every further chunk. Frames before
    /// the large one can still be taken.
    pub fn push(&mut self, mut chunk: Bytes) -> Result<(), WireError> {
        if self.failed {
            return Err(WireError::FrameTooLarge { limit: self.limit });
        }
        while let Some(end) = self.splitter.frame_end(&chunk, 0) {
            self.check(self.tail.len() + end)?;
            let frame = self.complete(chunk.split_to(end));
            self.ready.push_back(frame);
        }
        self.check(self.tail.len() + chunk.len())?;
        if chunk.is_empty() {
            return Ok(());
        }
        if self.splitter.is_blank() {
            let frame = self.complete(chunk);
            self.ready.push_back(frame);
        } else {
            self.tail.extend_from_slice(&chunk);
        }
        Ok(())
    }

    fn check(&mut self, frame_bytes: usize) -> Result<(), WireError> {
        if frame_bytes > self.limit {
            self.failed = true;
            self.tail = BytesMut::new();
            return Err(WireError::FrameTooLarge { limit: self.limit });
        }
        Ok(())
    }

    /// Puts the unfinished frame and its last part together.
    fn complete(&mut self, last: Bytes) -> Frame {
        let raw = if self.tail.is_empty() {
            last
        } else {
            self.tail.extend_from_slice(&last);
            std::mem::take(&mut self.tail).freeze()
        };
        self.frame(raw, true)
    }

    fn frame(&mut self, raw: Bytes, terminated: bool) -> Frame {
        let first = std::mem::take(&mut self.at_stream_start);
        let skip =
            if first && raw.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        Frame::cut(raw, terminated, skip)
    }

    /// The next whole frame, if one has arrived.
    pub fn next_frame(&mut self) -> Option<Frame> {
        self.ready.pop_front()
    }

    /// The unterminated rest at the end of the stream. Frames not yet taken stay; take them first.
    ///
    /// A client of the standard discards such a rest; a gateway forwards it and knows the stream
    /// was cut off.
    pub fn finish(&mut self) -> Option<Frame> {
        let rest = std::mem::take(&mut self.tail).freeze();
        self.splitter = Splitter::default();
        (!rest.is_empty()).then(|| self.frame(rest, false))
    }

    /// Bytes of the unfinished frame held back.
    pub fn buffered(&self) -> usize {
        self.tail.len()
    }
}
