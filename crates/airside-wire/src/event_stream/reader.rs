//! [`Reader`]: cuts a byte stream into messages.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

use super::message::{Message, Prelude};
use super::{DEFAULT_MAX_MESSAGE_BYTES, PRELUDE};
use crate::{FrameError, WireError};

/// Incremental splitter of a byte stream into messages.
///
/// Behavior: a message that lies within one chunk is made of slices of it; one that spans chunks is
/// copied once. After an error the stream has no known boundary any more, so the error stays.
#[derive(Debug)]
pub struct Reader {
    limit: usize,
    /// The beginning of a message that spans chunks.
    partial: BytesMut,
    chunks: VecDeque<Bytes>,
    failed: Option<WireError>,
}

impl Default for Reader {
    fn default() -> Self {
        Self::with_limit(DEFAULT_MAX_MESSAGE_BYTES)
    }
}

impl Reader {
    /// Starts at the beginning of a stream, with [`DEFAULT_MAX_MESSAGE_BYTES`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts at the beginning of a stream. The limit is in bytes of one whole message.
    pub fn with_limit(max_message_bytes: usize) -> Self {
        Self {
            limit: max_message_bytes,
            partial: BytesMut::new(),
            chunks: VecDeque::new(),
            failed: None,
        }
    }

    /// Takes the next chunk. Its messages can then be taken with
    /// [`next_message`](Reader::next_message).
    ///
    /// # Errors
    /// The error of an earlier message, if there was one.
    pub fn push(&mut self, chunk: Bytes) -> Result<(), WireError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        if !chunk.is_empty() {
            self.chunks.push_back(chunk);
        }
        Ok(())
    }

    /// The next whole message, if one has arrived.
    ///
    /// # Errors
    /// [`FrameTooLarge`](WireError::FrameTooLarge) or [`Frame`](WireError::Frame), which says what
    /// is malformed; the same again on every further call.
    pub fn next_message(&mut self) -> Result<Option<Message>, WireError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.advance().inspect_err(|error| {
            self.failed = Some(error.clone());
            self.chunks.clear();
            self.partial = BytesMut::new();
        })
    }

    fn advance(&mut self) -> Result<Option<Message>, WireError> {
        loop {
            let first = self.chunks.front().map(Bytes::as_ref).unwrap_or_default();
            let start = if self.partial.is_empty() { first } else { &self.partial };
            let prelude = Prelude::read(start)?;
            let wanted = prelude.map_or(PRELUDE, Prelude::total);
            if wanted > self.limit {
                return Err(WireError::FrameTooLarge { limit: self.limit });
            }
            if let Some(prelude) = prelude.filter(|_| start.len() >= wanted) {
                let raw = self.take_message(wanted);
                return Ok(Some(prelude.message(raw)?));
            }
            if !self.gather(wanted) {
                return Ok(None);
            }
        }
    }

    /// Takes a message that is whole: the partial one, or one cut out of the first chunk.
    fn take_message(&mut self, length: usize) -> Bytes {
        if !self.partial.is_empty() {
            return std::mem::take(&mut self.partial).freeze();
        }
        self.cut(length)
    }

    /// Moves what the first chunk has of a message of that length into the partial one. Says
    /// whether there was a chunk.
    fn gather(&mut self, length: usize) -> bool {
        let part = self.cut(length.saturating_sub(self.partial.len()));
        self.partial.extend_from_slice(&part);
        !part.is_empty()
    }

    /// Cuts up to that many bytes off the first chunk.
    fn cut(&mut self, length: usize) -> Bytes {
        let Some(chunk) = self.chunks.front_mut() else { return Bytes::new() };
        let part = chunk.split_to(length.min(chunk.len()));
        self.chunks.pop_front_if(|chunk| chunk.is_empty());
        part
    }

    /// Checks that the stream ended between two messages.
    ///
    /// # Errors
    /// [`FrameError::Truncated`] if a part of a message is left, or the error of an earlier
    /// message.
    pub fn finish(&mut self) -> Result<(), WireError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        match self.buffered() {
            0 => Ok(()),
            had => Err(FrameError::Truncated { had }.into()),
        }
    }

    /// Bytes held back: an unfinished message and messages not yet taken.
    pub fn buffered(&self) -> usize {
        self.partial.len() + self.chunks.iter().map(Bytes::len).sum::<usize>()
    }
}
