//! [`Reader`]: cuts a byte stream into messages.

use std::collections::VecDeque;

use bytes::{Buf, Bytes, BytesMut};

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
        while let Some(chunk) = self.chunks.front_mut() {
            // A message within the chunk is cut out of it.
            let start = if self.partial.is_empty() { chunk.as_ref() } else { &self.partial };
            let prelude = Prelude::read(start)?;
            let wanted = prelude.map_or(PRELUDE, Prelude::total);
            if wanted > self.limit {
                return Err(WireError::FrameTooLarge { limit: self.limit });
            }
            if let Some(prelude) = prelude.filter(|_| self.partial.is_empty())
                && chunk.len() >= wanted
            {
                let raw = chunk.split_to(wanted);
                self.drop_empty_chunk();
                return Ok(Some(prelude.message(raw)?));
            }
            // Otherwise as much of it as is there moves into the partial message.
            let length = wanted.saturating_sub(self.partial.len()).min(chunk.len());
            self.partial.extend_from_slice(&chunk.split_to(length));
            self.drop_empty_chunk();
            if let Some(prelude) = prelude.filter(|_| self.partial.len() == wanted) {
                let raw = std::mem::take(&mut self.partial).freeze();
                return Ok(Some(prelude.message(raw)?));
            }
        }
        Ok(None)
    }

    fn drop_empty_chunk(&mut self) {
        self.chunks.pop_front_if(|chunk| !chunk.has_remaining());
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
