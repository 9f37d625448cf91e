//! [`Path`]: where a value lies in a document.
//!
//! Not a query language: a path names exactly one place. The invariant: [`Path::parse`] reads back
//! what `Display` writes.

use std::fmt;

use crate::{RawJson, Str, WireError, escape};

/// One step of a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Segment {
    /// A field of an object.
    Key(Str),
    /// An element of an array, from 0.
    Index(usize),
}

/// The place of a value: keys and indices from the top of the document.
///
/// Displays as `messages[3].content`; a key that would not read back so, as `["a.b"]`; the whole
/// document, as `$`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Path {
    segments: Vec<Segment>,
}

impl Path {
    /// The whole document.
    pub fn root() -> Self {
        Self::default()
    }

    /// A field of the top-level object.
    pub fn key(key: impl Into<Str>) -> Self {
        Self { segments: vec![Segment::Key(key.into())] }
    }

    /// The field of that name of the object at this path.
    #[must_use]
    pub fn join_key(&self, key: impl Into<Str>) -> Self {
        self.join(Segment::Key(key.into()))
    }

    /// The element at that position, from 0, of the array at this path.
    #[must_use]
    pub fn join_index(&self, index: usize) -> Self {
        self.join(Segment::Index(index))
    }

    fn join(&self, segment: Segment) -> Self {
        let mut segments = Vec::with_capacity(self.segments.len() + 1);
        segments.extend_from_slice(&self.segments);
        segments.push(segment);
        Self { segments }
    }

    /// The steps from the top.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Whether this is the whole document.
    pub fn is_root(&self) -> bool {
        self.segments.is_empty()
    }

    /// The same place as a JSON pointer (RFC 6901): `/messages/3/content`.
    pub fn to_pointer(&self) -> String {
        let mut out = String::new();
        for segment in &self.segments {
            out.push('/');
            match segment {
                Segment::Key(key) => out.push_str(&key.replace('~', "~0").replace('/', "~1")),
                Segment::Index(index) => out.push_str(&index.to_string()),
            }
        }
        out
    }

    /// Reads `a.b[0].c`; also `["any key"]`, and `$` or nothing for the whole document.
    ///
    /// # Errors
    /// [`WireError::InvalidPath`] says where and what was expected.
    pub fn parse(text: &str) -> Result<Self, WireError> {
        let mut parser = Parser { text, rest: text };
        let mut path = Self::root();
        if text == "$" || text.starts_with("$.") || text.starts_with("$[") {
            parser.advance(1);
        } else if !text.is_empty() && !text.starts_with('[') {
            path.segments.push(parser.plain_key()?);
        }
        while !parser.rest.is_empty() {
            path.segments.push(parser.segment()?);
        }
        Ok(path)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_root() {
            return f.write_str("$");
        }
        for (position, segment) in self.segments.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) if !is_plain(key) => {
                    let mut literal = String::new();
                    escape::encode(&mut literal, key);
                    write!(f, "[{literal}]")?;
                }
                Segment::Key(key) if position == 0 => f.write_str(key)?,
                Segment::Key(key) => write!(f, ".{key}")?,
            }
        }
        Ok(())
    }
}

/// Whether a key reads back when written without quotes.
fn is_plain(key: &str) -> bool {
    let special = |c: char| matches!(c, '.' | '[' | ']' | '"') || c.is_control();
    !key.is_empty() && key != "$" && !key.contains(special)
}

/// Reads a path from front to back.
struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
}

impl Parser<'_> {
    fn segment(&mut self) -> Result<Segment, WireError> {
        match self.rest.as_bytes() {
            [b'.', ..] => {
                self.advance(1);
                self.plain_key()
            }
            [b'[', b'"', ..] => {
                self.advance(1);
                self.quoted_key()
            }
            [b'[', ..] => {
                self.advance(1);
                self.index()
            }
            _ => Err(self.fault("expected `.` or `[`")),
        }
    }

    fn plain_key(&mut self) -> Result<Segment, WireError> {
        let end = self.rest.find(['.', '[', ']', '"']).unwrap_or(self.rest.len());
        let key = self.rest.get(..end).unwrap_or_default();
        if key.is_empty() {
            return Err(self.fault("expected a key"));
        }
        let key = Segment::Key(Str::from(key));
        self.advance(end);
        Ok(key)
    }

    fn quoted_key(&mut self) -> Result<Segment, WireError> {
        // The literal ends at the first quote that is not escaped.
        let mut escaped = false;
        let end = self.rest.char_indices().skip(1).find_map(|(at, c)| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends.then_some(at + 1)
        });
        let literal = end.and_then(|end| self.rest.get(..end));
        let key = literal.and_then(|literal| RawJson::parse(literal.to_owned()).ok()?.string());
        let (Some(key), Some(end)) = (key, end) else {
            return Err(self.fault("expected a key as a JSON string"));
        };
        self.advance(end);
        self.bracket()?;
        Ok(Segment::Key(key))
    }

    fn index(&mut self) -> Result<Segment, WireError> {
        let end = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let index = self.rest.get(..end).and_then(|digits| digits.parse().ok());
        let Some(index) = index else {
            return Err(self.fault("expected an index from 0 or a key in double quotes"));
        };
        self.advance(end);
        self.bracket()?;
        Ok(Segment::Index(index))
    }

    fn bracket(&mut self) -> Result<(), WireError> {
        if !self.rest.starts_with(']') {
            return Err(self.fault("expected `]`"));
        }
        self.advance(1);
        Ok(())
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn fault(&self, what: &'static str) -> WireError {
        WireError::InvalidPath { offset: self.text.len() - self.rest.len(), what }
    }
}
