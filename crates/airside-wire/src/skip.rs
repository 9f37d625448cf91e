//! Walks JSON text that is known to be valid, one level deep.
//!
//! Not a validator: it trusts [`crate::scan`]. On text that is not JSON it still ends and stays
//! inside the text; what it yields then means nothing.

use std::ops::Range;

use crate::find;

/// A trusting cursor. Spans it yields are offsets into the bytes it was given.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Starts inside the container whose opening bracket is at `open`.
    pub(crate) fn inside(bytes: &'a [u8], open: usize) -> Self {
        Self { bytes, at: open + 1 }
    }

    /// The next field of an object: its key with the quotes, and its value.
    #[inline]
    pub(crate) fn field(&mut self) -> Option<(Range<usize>, Range<usize>)> {
        self.separators();
        if self.peek() != Some(b'"') {
            return None;
        }
        let key = self.value();
        self.separators();
        Some((key, self.value()))
    }

    /// The next item of an array.
    #[inline]
    pub(crate) fn item(&mut self) -> Option<Range<usize>> {
        self.separators();
        match self.peek() {
            None | Some(b']' | b'}') => None,
            Some(_) => Some(self.value()),
        }
    }

    /// Passes whitespace, commas and colons.
    #[inline]
    fn separators(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\t' | b'\r' | b',' | b':')) {
            self.at += 1;
        }
    }

    #[inline]
    fn value(&mut self) -> Range<usize> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => self.string(),
            Some(b'{' | b'[') => self.container(),
            _ => self.scalar(),
        }
        start..self.at
    }

    #[inline]
    fn string(&mut self) {
        self.at += 1;
        loop {
            self.at += find::special(self.rest());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return;
                }
                Some(b'\\') => self.at = (self.at + 2).min(self.bytes.len()),
                Some(_) => self.at += 1,
                None => return,
            }
        }
    }

    fn container(&mut self) {
        let mut depth = 0_usize;
        loop {
            self.at += find::structural(self.rest());
            match self.peek() {
                Some(b'"') => self.string(),
                Some(b'{' | b'[') => {
                    depth += 1;
                    self.at += 1;
                }
                Some(_) => {
                    depth = depth.saturating_sub(1);
                    self.at += 1;
                    if depth == 0 {
                        return;
                    }
                }
                None => return,
            }
        }
    }

    #[inline]
    fn scalar(&mut self) {
        let ends = |byte: u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\t' | b'\r');
        while self.peek().is_some_and(|byte| !ends(byte)) {
            self.at += 1;
        }
    }

    #[inline]
    fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }
}
