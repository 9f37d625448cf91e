//! [`Message`]: headers and payload, and how they are written.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use super::header::{self, HeaderValue};
use super::{CHECKSUM, PRELUDE};
use crate::{FrameError, Str, WireError};

/// One message of an event stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// Name and value, in order. Names are up to 255 bytes.
    pub headers: Vec<(Str, HeaderValue)>,
    /// The payload as it stands.
    pub payload: Bytes,
}

impl Message {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&HeaderValue> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }
}

/// What the first bytes of a message announce.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prelude {
    total: u32,
    headers: u32,
}

impl Prelude {
    /// Reads and checks the lengths of a message; `None` if not all have arrived.
    pub(super) fn read(bytes: &[u8]) -> Result<Option<Self>, FrameError> {
        let Some(mut prelude) = bytes.get(..PRELUDE) else { return Ok(None) };
        let sum = crc32fast::hash(prelude.get(..PRELUDE - CHECKSUM).unwrap_or_default());
        let total = prelude.get_u32();
        let headers = prelude.get_u32();
        if prelude.get_u32() != sum {
            return Err(FrameError::PreludeChecksum);
        }
        let prelude = Self { total, headers };
        if prelude.total() < PRELUDE + CHECKSUM
            || prelude.headers() > prelude.total() - PRELUDE - CHECKSUM
        {
            return Err(FrameError::Lengths { total, headers });
        }
        Ok(Some(prelude))
    }

    /// Length of the whole message, in bytes.
    pub(super) fn total(self) -> usize {
        usize::try_from(self.total).unwrap_or(usize::MAX)
    }

    fn headers(self) -> usize {
        usize::try_from(self.headers).unwrap_or(usize::MAX)
    }

    /// Reads the whole message, whose lengths these are. Its parts are slices of `raw`.
    pub(super) fn message(self, mut raw: Bytes) -> Result<Message, FrameError> {
        let mut sum = raw.split_off(raw.len().saturating_sub(CHECKSUM));
        if sum.try_get_u32().ok() != Some(crc32fast::hash(&raw)) {
            return Err(FrameError::MessageChecksum);
        }
        let headers_end = PRELUDE + self.headers();
        if headers_end > raw.len() {
            return Err(FrameError::Lengths { total: self.total, headers: self.headers });
        }
        let payload = raw.split_off(headers_end);
        raw.advance(PRELUDE);
        Ok(Message { headers: header::decode_all(raw)?, payload })
    }
}

/// Writes a message whose parts are known to fit the format.
///
/// One that does not fit is a programming error, asserted in debug builds; release builds write
/// nothing. Use [`try_encode`] for headers that come from elsewhere.
pub fn encode(message: &Message) -> Bytes {
    let encoded = try_encode(message);
    debug_assert!(encoded.is_ok(), "{encoded:?}");
    encoded.unwrap_or_default()
}

/// Writes a message.
///
/// # Errors
/// [`FrameError::TooLong`] if a header name is over 255 bytes, a header value over 65 535, or the
/// message over 4 GiB.
pub fn try_encode(message: &Message) -> Result<Bytes, WireError> {
    let mut out = BytesMut::with_capacity(128 + message.payload.len());
    out.put_bytes(0, PRELUDE);
    for (name, value) in &message.headers {
        header::encode(&mut out, name, value)?;
    }
    let headers = length(out.len() - PRELUDE)?;
    out.put_slice(&message.payload);
    let total = length(out.len() + CHECKSUM)?;

    let mut prelude = [0; PRELUDE];
    let mut unwritten = prelude.as_mut_slice();
    unwritten.put_u32(total);
    unwritten.put_u32(headers);
    let sum = crc32fast::hash(prelude.get(..PRELUDE - CHECKSUM).unwrap_or_default());
    if let Some((_, place)) = prelude.split_last_chunk_mut::<CHECKSUM>() {
        *place = sum.to_be_bytes();
    }
    if let Some(place) = out.first_chunk_mut::<PRELUDE>() {
        *place = prelude;
    }
    let sum = crc32fast::hash(&out);
    out.put_u32(sum);
    Ok(out.freeze())
}

fn length(bytes: usize) -> Result<u32, FrameError> {
    u32::try_from(bytes).map_err(|_| FrameError::TooLong("the message"))
}
