//! Validates JSON text (RFC 8259) in one pass, without recursion.
//!
//! Not a parser: it builds nothing and decodes nothing. What passes here is trusted by
//! [`crate::skip`], so this file alone decides what is JSON. It accepts lone surrogate escapes and
//! numbers of any size, as the grammar does.

use std::ops::Range;

use crate::{Kind, Limits, WireError, find};

/// A validating cursor over text that is known to be UTF-8.
pub(crate) struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
    limits: &'a Limits,
    values: usize,
    levels: Vec<Level>,
}

/// One open object or array.
#[derive(Clone, Copy)]
struct Level {
    kind: Kind,
    fields: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn new(text: &'a str, limits: &'a Limits) -> Self {
        Self { bytes: text.as_bytes(), at: 0, limits, values: 0, levels: Vec::new() }
    }

    /// Validates a whole document and returns where its value lies.
    pub(crate) fn document(mut self) -> Result<Range<usize>, WireError> {
        self.start()?;
        let span = self.value()?;
        self.end()?;
        Ok(span)
    }

    /// Validates a document that is an object, and reports the spans of each top-level field: its
    /// key with the quotes, and its value. Returns where the object lies.
    pub(crate) fn object_document(
        mut self,
        mut field: impl FnMut(Range<usize>, Range<usize>),
    ) -> Result<Range<usize>, WireError> {
        self.start()?;
        let start = self.at;
        let kind = self.peek().and_then(Kind::of);
        if kind != Some(Kind::Object) {
            self.value()?;
            self.end()?;
            return Err(WireError::NotAnObject { found: kind.unwrap_or(Kind::Null) });
        }
        self.count_value()?;
        let mut more = self.open(Kind::Object)?;
        while more {
            let key = self.key()?;
            let value = self.value()?;
            field(key, value);
            more = self.after_value()?;
        }
        let span = start..self.at;
        self.end()?;
        Ok(span)
    }

    /// Skips to the first value.
    fn start(&mut self) -> Result<(), WireError> {
        self.whitespace();
        match self.peek() {
            Some(0xef) => Err(self.fault("a byte order mark is not allowed")),
            _ => Ok(()),
        }
    }

    /// Nothing but whitespace may follow the value.
    fn end(&mut self) -> Result<(), WireError> {
        self.whitespace();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.fault("expected the end of the document")),
        }
    }

    /// Validates the value that starts here, however deep, and returns where it lies.
    fn value(&mut self) -> Result<Range<usize>, WireError> {
        let start = self.at;
        let outside = self.levels.len();
        loop {
            if self.begin_value()? {
                continue;
            }
            loop {
                let Some(level) = self.levels.get(outside..).and_then(<[Level]>::last) else {
                    return Ok(start..self.at);
                };
                let kind = level.kind;
                if self.after_value()? {
                    if kind == Kind::Object {
                        self.key()?;
                    }
                    break;
                }
            }
        }
    }

    /// Passes a scalar or an empty container (`false`), or enters a container up to its first
    /// value (`true`).
    #[inline]
    fn begin_value(&mut self) -> Result<bool, WireError> {
        self.count_value()?;
        match self.peek() {
            Some(b'"') => self.string()?,
            Some(b'{') => {
                let inside = self.open(Kind::Object)?;
                if inside {
                    self.key()?;
                }
                return Ok(inside);
            }
            Some(b'[') => return self.open(Kind::Array),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.literal(b"true")?,
            Some(b'f') => self.literal(b"false")?,
            Some(b'n') => self.literal(b"null")?,
            Some(_) => return Err(self.fault("expected a value")),
            None => return Err(self.fault("the document ends where a value is expected")),
        }
        Ok(false)
    }

    #[inline]
    fn count_value(&mut self) -> Result<(), WireError> {
        self.values += 1;
        if self.values > self.limits.max_values {
            return Err(self.too_many("values", self.limits.max_values));
        }
        Ok(())
    }

    /// Enters the container that opens here; `false` if it is empty and already closed again.
    #[inline]
    fn open(&mut self, kind: Kind) -> Result<bool, WireError> {
        if self.levels.len() >= self.limits.max_depth {
            return Err(WireError::TooDeep { limit: self.limits.max_depth, offset: self.at });
        }
        self.at += 1;
        self.whitespace();
        let close = if kind == Kind::Object { b'}' } else { b']' };
        if self.peek() == Some(close) {
            self.at += 1;
            return Ok(false);
        }
        self.levels.push(Level { kind, fields: 0 });
        Ok(true)
    }

    /// Passes what follows a value inside a container: a comma (`true`) or its end (`false`).
    #[inline]
    fn after_value(&mut self) -> Result<bool, WireError> {
        self.whitespace();
        let object = self.levels.last().is_some_and(|level| level.kind == Kind::Object);
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.whitespace();
                Ok(true)
            }
            Some(b'}') if object => Ok(self.close()),
            Some(b']') if !object => Ok(self.close()),
            None => Err(self.fault("the document ends inside an object or array")),
            Some(_) if object => Err(self.fault("expected `,` or `}` after a field")),
            Some(_) => Err(self.fault("expected `,` or `]` after an item")),
        }
    }

    fn close(&mut self) -> bool {
        self.at += 1;
        self.levels.pop();
        false
    }

    /// Passes a key and its colon, up to the value. Returns where the key lies, with its quotes.
    #[inline]
    fn key(&mut self) -> Result<Range<usize>, WireError> {
        let start = self.at;
        if let Some(level) = self.levels.last_mut() {
            level.fields += 1;
            if level.fields > self.limits.max_fields {
                return Err(self.too_many("fields in one object", self.limits.max_fields));
            }
        }
        if self.peek() != Some(b'"') {
            return Err(self.fault("expected a key in double quotes"));
        }
        self.string()?;
        let span = start..self.at;
        self.whitespace();
        if self.peek() != Some(b':') {
            return Err(self.fault("expected `:` after a key"));
        }
        self.at += 1;
        self.whitespace();
        Ok(span)
    }

    /// Passes the string that starts here.
    #[inline]
    fn string(&mut self) -> Result<(), WireError> {
        self.at += 1;
        loop {
            self.at += find::special(self.bytes.get(self.at..).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(_) => {
                    return Err(self.fault("a control character in a string must be escaped"));
                }
                None => return Err(self.fault("the document ends inside a string")),
            }
        }
    }

    /// Passes the escape whose backslash is here.
    fn escape(&mut self) -> Result<(), WireError> {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => {
                let digits = self.bytes.get(self.at + 2..self.at + 6).unwrap_or_default();
                if digits.len() != 4 || !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(self.fault("expected four hexadecimal digits after `\\u`"));
                }
                self.at += 6;
            }
            Some(_) => return Err(self.fault("unknown escape in a string")),
            None => return Err(self.fault("the document ends inside a string")),
        }
        Ok(())
    }

    /// Passes the number that starts here.
    fn number(&mut self) -> Result<(), WireError> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
            if matches!(self.peek(), Some(b'0'..=b'9')) {
                return Err(self.fault("a number may not begin with a zero"));
            }
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    /// Passes one or more digits.
    fn digits(&mut self) -> Result<(), WireError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.fault("expected a digit"));
        }
        Ok(())
    }

    fn literal(&mut self, word: &'static [u8]) -> Result<(), WireError> {
        if !self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word)) {
            return Err(self.fault("expected a value (`true`, `false` and `null` are in full)"));
        }
        self.at += word.len();
        Ok(())
    }

    #[inline]
    fn whitespace(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[cold]
    fn too_many(&self, what: &'static str, limit: usize) -> WireError {
        WireError::TooMany { what, limit, offset: self.at }
    }

    #[cold]
    fn fault(&self, what: &'static str) -> WireError {
        let before = self.bytes.get(..self.at).unwrap_or(self.bytes);
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let line = before.get(line_start..).unwrap_or_default();
        WireError::Json {
            offset: before.len(),
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
