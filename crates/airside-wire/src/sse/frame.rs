//! [`Frame`]: one event, comment or keep-alive of a stream, as it arrived.
//!
//! Fields are read on demand and never stored; forwarding uses the raw bytes.

use bytes::Bytes;

use crate::Str;

/// U+FEFF in UTF-8. The standard allows it at the start of a stream and ignores it.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One frame: the raw bytes, terminator included, and its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// The bytes as they arrived, with the blank line that ends the frame.
    pub raw: Bytes,
    /// Whether that blank line has arrived; `false` only for the rest of a stream that was cut off.
    pub terminated: bool,
    /// Bytes at the front that are no field: the byte order mark.
    skip: usize,
}

impl Frame {
    /// Takes bytes as one whole frame.
    pub fn new(raw: impl Into<Bytes>) -> Self {
        Self { raw: raw.into(), terminated: true, skip: 0 }
    }

    pub(super) fn cut(raw: Bytes, terminated: bool, skip: usize) -> Self {
        Self { raw, terminated, skip }
    }

    /// The event type, if given; the last one if given twice.
    pub fn event(&self) -> Option<Str> {
        self.values(b"event").last().map(|value| self.text(value))
    }

    /// The payload, `data` lines joined with LF. `None` if there is no such line.
    ///
    /// Shares the frame's bytes for a single line. Invalid UTF-8 becomes U+FFFD.
    pub fn data(&self) -> Option<Str> {
        let mut lines = self.values(b"data");
        let first = lines.next()?;
        let Some(second) = lines.next() else { return Some(self.text(first)) };
        let mut joined = first.to_vec();
        for line in std::iter::once(second).chain(lines) {
            joined.push(b'\n');
            joined.extend_from_slice(line);
        }
        Some(lossy(&Bytes::from(joined)))
    }

    /// The last event id, if given; ids with NUL are ignored, as the standard says.
    pub fn id(&self) -> Option<Str> {
        let valid = |value: &&[u8]| memchr::memchr(0, value).is_none();
        self.values(b"id").filter(valid).last().map(|value| self.text(value))
    }

    /// The reconnection time in milliseconds, if given as digits.
    pub fn retry(&self) -> Option<u64> {
        let digits = |value: &&[u8]| value.iter().all(u8::is_ascii_digit);
        let value = self.values(b"retry").filter(digits).last()?;
        std::str::from_utf8(value).ok()?.parse().ok()
    }

    /// Whether there is nothing but comments (lines that begin with a colon), and at least one.
    pub fn is_comment(&self) -> bool {
        let mut lines = self.lines().filter(|line| !line.is_empty()).peekable();
        lines.peek().is_some() && lines.all(|line| line.starts_with(b":"))
    }

    /// The values of a field, one per line that has it.
    fn values(&self, name: &'static [u8]) -> impl Iterator<Item = &[u8]> {
        self.lines().filter_map(move |line| {
            let rest = line.strip_prefix(name)?;
            match rest {
                [] => Some(rest),
                [b':', b' ', value @ ..] | [b':', value @ ..] => Some(value),
                _ => None,
            }
        })
    }

    /// The lines without their ends.
    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.raw.get(self.skip..).unwrap_or_default();
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            // Taking CRLF for two line ends only adds a blank line, which carries no field.
            let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            let (line, after) = rest.split_at(end);
            rest = after.get(1..).unwrap_or_default();
            Some(line)
        })
    }

    fn text(&self, value: &[u8]) -> Str {
        lossy(&self.raw.slice_ref(value))
    }
}

fn lossy(bytes: &Bytes) -> Str {
    let valid = Str::try_from(bytes.clone());
    valid.unwrap_or_else(|_| Str::from(String::from_utf8_lossy(bytes).into_owned()))
}
