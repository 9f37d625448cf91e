//! Headers of a message: name and typed value.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::{FrameError, Str};

/// The value of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HeaderValue {
    /// Types 0 and 1.
    Bool(bool),
    /// Type 2: one byte.
    Byte(i8),
    /// Type 3: two bytes.
    Int16(i16),
    /// Type 4: four bytes.
    Int32(i32),
    /// Type 5: eight bytes.
    Int64(i64),
    /// Type 6: up to 65 535 bytes.
    Bytes(Bytes),
    /// Type 7: up to 65 535 bytes of UTF-8.
    String(Str),
    /// Type 8: milliseconds since 1970-01-01T00:00:00Z.
    Timestamp(i64),
    /// Type 9: sixteen bytes.
    Uuid([u8; 16]),
}

impl HeaderValue {
    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads all headers of a message.
pub(super) fn decode_all(mut block: Bytes) -> Result<Vec<(Str, HeaderValue)>, FrameError> {
    let mut headers = Vec::new();
    while !block.is_empty() {
        let length = usize::from(block.try_get_u8().map_err(short)?);
        let name = text(take(&mut block, length)?)?;
        let value = decode(&mut block)?;
        headers.push((name, value));
    }
    Ok(headers)
}

fn decode(block: &mut Bytes) -> Result<HeaderValue, FrameError> {
    Ok(match block.try_get_u8().map_err(short)? {
        0 => HeaderValue::Bool(true),
        1 => HeaderValue::Bool(false),
        2 => HeaderValue::Byte(block.try_get_i8().map_err(short)?),
        3 => HeaderValue::Int16(block.try_get_i16().map_err(short)?),
        4 => HeaderValue::Int32(block.try_get_i32().map_err(short)?),
        5 => HeaderValue::Int64(block.try_get_i64().map_err(short)?),
        6 => HeaderValue::Bytes(sized(block)?),
        7 => HeaderValue::String(text(sized(block)?)?),
        8 => HeaderValue::Timestamp(block.try_get_i64().map_err(short)?),
        9 => {
            let mut uuid = [0; 16];
            block.try_copy_to_slice(&mut uuid).map_err(short)?;
            HeaderValue::Uuid(uuid)
        }
        _ => return Err(FrameError::Header("the type must be 0 to 9")),
    })
}

/// Bytes behind their length in two bytes.
fn sized(block: &mut Bytes) -> Result<Bytes, FrameError> {
    let length = usize::from(block.try_get_u16().map_err(short)?);
    take(block, length)
}

fn take(block: &mut Bytes, length: usize) -> Result<Bytes, FrameError> {
    if length > block.len() {
        return Err(FrameError::Header("it ends early"));
    }
    Ok(block.split_to(length))
}

fn text(bytes: Bytes) -> Result<Str, FrameError> {
    Str::try_from(bytes).map_err(|_| FrameError::Header("name and text must be UTF-8"))
}

fn short(_: bytes::TryGetError) -> FrameError {
    FrameError::Header("it ends early")
}

/// Appends a header.
pub(super) fn encode(
    out: &mut BytesMut,
    name: &str,
    value: &HeaderValue,
) -> Result<(), FrameError> {
    out.put_u8(u8::try_from(name.len()).map_err(|_| FrameError::TooLong("a header name"))?);
    out.put_slice(name.as_bytes());
    match value {
        HeaderValue::Bool(true) => out.put_u8(0),
        HeaderValue::Bool(false) => out.put_u8(1),
        HeaderValue::Byte(number) => {
            out.put_u8(2);
            out.put_i8(*number);
        }
        HeaderValue::Int16(number) => {
            out.put_u8(3);
            out.put_i16(*number);
        }
        HeaderValue::Int32(number) => {
            out.put_u8(4);
            out.put_i32(*number);
        }
        HeaderValue::Int64(number) => {
            out.put_u8(5);
            out.put_i64(*number);
        }
        HeaderValue::Bytes(bytes) => put_sized(out, 6, bytes)?,
        HeaderValue::String(text) => put_sized(out, 7, text.as_bytes())?,
        HeaderValue::Timestamp(milliseconds) => {
            out.put_u8(8);
            out.put_i64(*milliseconds);
        }
        HeaderValue::Uuid(uuid) => {
            out.put_u8(9);
            out.put_slice(uuid);
        }
    }
    Ok(())
}

fn put_sized(out: &mut BytesMut, kind: u8, bytes: &[u8]) -> Result<(), FrameError> {
    let length = u16::try_from(bytes.len()).map_err(|_| FrameError::TooLong("a header value"))?;
    out.put_u8(kind);
    out.put_u16(length);
    out.put_slice(bytes);
    Ok(())
}
