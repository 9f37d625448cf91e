//! The tokens of JSON text: strings, numbers, literals, whitespace.
//!
//! Not a tokenizer that yields anything: each step takes an offset and returns the next. Lone
//! surrogate escapes and numbers of any size pass, as the grammar (RFC 8259) says.

use crate::{Limits, WireError, find};

/// Why text is refused, and where. Small, so that the steps return it in registers; made into a
/// [`WireError`] once.
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) what: What,
}

/// Why text is refused.
pub(crate) enum What {
    Syntax(&'static str),
    TooDeep,
    TooManyFields,
    TooManyValues,
}

impl Fault {
    #[cold]
    pub(crate) fn new(at: usize, what: &'static str) -> Self {
        Self { at, what: What::Syntax(what) }
    }

    /// Finds line and column.
    #[cold]
    pub(crate) fn locate(self, text: &str, limits: &Limits) -> WireError {
        let offset = self.at.min(text.len());
        let what = match self.what {
            What::Syntax(what) => what,
            What::TooDeep => return WireError::TooDeep { limit: limits.max_depth, offset },
            What::TooManyFields => {
                let what = "fields in one object";
                return WireError::TooMany { what, limit: limits.max_fields, offset };
            }
            What::TooManyValues => {
                return WireError::TooMany { what: "values", limit: limits.max_values, offset };
            }
        };
        let before = text.as_bytes().get(..offset).unwrap_or_default();
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let line = before.get(line_start..).unwrap_or_default();
        WireError::Json {
            offset,
            line: 1 + memchr::memchr_iter(b'\n', before).count(),
            column: 1 + line.iter().filter(|&&byte| !is_continuation(byte)).count(),
            what,
        }
    }
}

/// Whether a byte continues a character of several bytes (in UTF-8 they all begin with `10`).
fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

/// Text that is known to be UTF-8, looked at byte by byte.
#[derive(Clone, Copy)]
pub(crate) struct Text<'a> {
    bytes: &'a [u8],
}

impl<'a> Text<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes() }
    }

    #[inline]
    pub(crate) fn get(self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    #[inline]
    fn rest(self, at: usize) -> &'a [u8] {
        self.bytes.get(at..).unwrap_or_default()
    }

    /// Passes whitespace.
    #[inline]
    pub(crate) fn whitespace(self, mut at: usize) -> usize {
        while matches!(self.get(at), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            at += 1;
        }
        at
    }

    /// Nothing but whitespace may follow.
    pub(crate) fn end(self, at: usize) -> Result<(), Fault> {
        let at = self.whitespace(at);
        match self.get(at) {
            None => Ok(()),
            Some(_) => Err(Fault::new(at, "expected the end of the document")),
        }
    }

    /// Passes a key.
    #[inline]
    pub(crate) fn key(self, at: usize) -> Result<usize, Fault> {
        match self.get(at) {
            Some(b'"') => self.string(at),
            None => Err(Fault::new(at, "the document ends inside an object")),
            Some(_) => Err(Fault::new(at, "expected a key in double quotes")),
        }
    }

    /// Passes the colon after a key, up to the value.
    #[inline]
    pub(crate) fn colon(self, at: usize) -> Result<usize, Fault> {
        let at = self.whitespace(at);
        match self.get(at) {
            Some(b':') => Ok(self.whitespace(at + 1)),
            None => Err(Fault::new(at, "the document ends inside an object")),
            Some(_) => Err(Fault::new(at, "expected `:` after a key")),
        }
    }

    /// Passes the value that begins with `first` and is neither object nor array.
    #[inline]
    pub(crate) fn scalar(self, first: u8, at: usize) -> Result<usize, Fault> {
        match first {
            b'"' => self.string(at),
            b'-' | b'0'..=b'9' => self.number(at),
            b't' => self.literal(at, b"true"),
            b'f' => self.literal(at, b"false"),
            b'n' => self.literal(at, b"null"),
            0xef => Err(Fault::new(at, "expected a value (a byte order mark is not allowed)")),
            _ => Err(Fault::new(at, "expected a value")),
        }
    }

    /// Passes the string whose opening quote is at `at`.
    #[inline]
    fn string(self, at: usize) -> Result<usize, Fault> {
        let mut at = at + 1;
        loop {
            at += find::special(self.rest(at));
            match self.get(at) {
                Some(b'"') => return Ok(at + 1),
                Some(b'\\') => at = self.escape(at)?,
                Some(_) => {
                    return Err(Fault::new(at, "a control character in a string must be escaped"));
                }
                None => return Err(Fault::new(at, "the document ends inside a string")),
            }
        }
    }

    /// Passes the escape whose backslash is at `at`.
    fn escape(self, at: usize) -> Result<usize, Fault> {
        match self.get(at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
            Some(b'u') => match self.rest(at + 2).first_chunk::<4>() {
                Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => Ok(at + 6),
                _ => Err(Fault::new(at, "expected four hexadecimal digits after `\\u`")),
            },
            Some(_) => Err(Fault::new(at, "unknown escape in a string")),
            None => Err(Fault::new(at, "the document ends inside a string")),
        }
    }

    /// Passes the number that starts at `at`.
    #[inline]
    fn number(self, mut at: usize) -> Result<usize, Fault> {
        if self.get(at) == Some(b'-') {
            at += 1;
        }
        if self.get(at) == Some(b'0') {
            at += 1;
            if matches!(self.get(at), Some(b'0'..=b'9')) {
                return Err(Fault::new(at, "a number may not begin with a zero"));
            }
        } else {
            at = self.digits(at)?;
        }
        if self.get(at) == Some(b'.') {
            at = self.digits(at + 1)?;
        }
        if matches!(self.get(at), Some(b'e' | b'E')) {
            at += 1;
            if matches!(self.get(at), Some(b'+' | b'-')) {
                at += 1;
            }
            at = self.digits(at)?;
        }
        Ok(at)
    }

    /// Passes one or more digits.
    #[inline]
    fn digits(self, start: usize) -> Result<usize, Fault> {
        let mut at = start;
        while matches!(self.get(at), Some(b'0'..=b'9')) {
            at += 1;
        }
        if at == start { Err(Fault::new(at, "expected a digit")) } else { Ok(at) }
    }

    #[inline]
    fn literal(self, at: usize, word: &'static [u8]) -> Result<usize, Fault> {
        if self.rest(at).starts_with(word) {
            return Ok(at + word.len());
        }
        Err(Fault::new(at, "expected a value (`true`, `false` and `null` are written in full)"))
    }
}
