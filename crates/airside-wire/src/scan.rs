//! Validates JSON text (RFC 8259) in one pass, without recursion.
//!
//! Not a parser: it builds nothing and decodes nothing. What passes here is trusted by
//! [`crate::skip`], so this file and [`crate::token`] alone decide what is JSON.

use std::ops::Range;

use crate::token::{Fault, Text, What};
use crate::{Kind, Limits, WireError};

/// Validates a document and returns where its value lies.
pub(crate) fn document(text: &str, limits: &Limits) -> Result<Range<usize>, WireError> {
    let mut scanner = Scanner::new(text, limits);
    scanner.document().map_err(|fault| fault.locate(text, limits))
}

/// Validates a document that is an object, and reports the spans of each top-level field: its key
/// with the quotes, and its value. Returns where the object lies.
pub(crate) fn object_document(
    text: &str,
    limits: &Limits,
    field: impl FnMut(Range<usize>, Range<usize>),
) -> Result<Range<usize>, WireError> {
    let mut scanner = Scanner::new(text, limits);
    let span = match Kind::of_text(text) {
        Some(Kind::Object) => scanner.object_document(field),
        found => match scanner.document() {
            Ok(_) => return Err(WireError::NotAnObject { found: found.unwrap_or(Kind::Null) }),
            Err(fault) => Err(fault),
        },
    };
    span.map_err(|fault| fault.locate(text, limits))
}

/// What is counted while a document is passed.
///
/// The offset is handed from step to step as a plain value, because the compiler keeps that in a
/// register and would not do so with a field.
struct Scanner<'a> {
    text: Text<'a>,
    max_depth: usize,
    max_fields: usize,
    /// How many more values there may be.
    values_left: usize,
    levels: Vec<Level>,
}

/// One open object or array.
#[derive(Clone, Copy)]
struct Level {
    is_object: bool,
    /// How many more fields it may have.
    fields_left: usize,
}

/// What came after a step.
enum Step {
    /// A value stands at this offset, in the innermost open container.
    Value(usize),
    /// A value has just ended before this offset.
    Ended(usize),
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str, limits: &Limits) -> Self {
        Self {
            text: Text::new(text),
            max_depth: limits.max_depth,
            max_fields: limits.max_fields,
            values_left: limits.max_values,
            levels: Vec::new(),
        }
    }

    fn document(&mut self) -> Result<Range<usize>, Fault> {
        let start = self.text.whitespace(0);
        let end = self.value(start)?;
        self.text.end(end)?;
        Ok(start..end)
    }

    fn object_document(
        &mut self,
        mut field: impl FnMut(Range<usize>, Range<usize>),
    ) -> Result<Range<usize>, Fault> {
        let start = self.text.whitespace(0);
        self.count_value(start)?;
        let mut step = self.open(start, true)?;
        loop {
            match step {
                Step::Value(at) => {
                    let (key, value) = self.key(at)?;
                    let end = self.value(value)?;
                    field(key, value..end);
                    step = self.after_value(end)?;
                }
                Step::Ended(end) => {
                    self.text.end(end)?;
                    return Ok(start..end);
                }
            }
        }
    }

    /// Validates the value at `start`, however deep, and returns where it ends.
    fn value(&mut self, start: usize) -> Result<usize, Fault> {
        let outside = self.levels.len();
        let mut at = start;
        loop {
            self.count_value(at)?;
            let mut step = match self.text.get(at) {
                Some(b'{') => self.open(at, true)?,
                Some(b'[') => self.open(at, false)?,
                Some(first) => Step::Ended(self.text.scalar(first, at)?),
                None => return Err(Fault::new(at, "the document ends before a value")),
            };
            at = loop {
                match step {
                    Step::Value(at) if self.in_object() => break self.key(at)?.1,
                    Step::Value(at) => break at,
                    Step::Ended(end) if self.levels.len() == outside => return Ok(end),
                    Step::Ended(end) => step = self.after_value(end)?,
                }
            };
        }
    }

    #[inline]
    fn in_object(&self) -> bool {
        self.levels.last().is_some_and(|level| level.is_object)
    }

    #[inline]
    fn count_value(&mut self, at: usize) -> Result<(), Fault> {
        match self.values_left.checked_sub(1) {
            Some(left) => self.values_left = left,
            None => return Err(Fault { at, what: What::TooManyValues }),
        }
        Ok(())
    }

    /// Enters the container whose bracket is at `at`, unless it is empty.
    #[inline]
    fn open(&mut self, at: usize, is_object: bool) -> Result<Step, Fault> {
        if self.levels.len() >= self.max_depth {
            return Err(Fault { at, what: What::TooDeep });
        }
        let inside = self.text.whitespace(at + 1);
        let close = if is_object { b'}' } else { b']' };
        if self.text.get(inside) == Some(close) {
            return Ok(Step::Ended(inside + 1));
        }
        self.levels.push(Level { is_object, fields_left: self.max_fields });
        Ok(Step::Value(inside))
    }

    /// Passes the comma after a value, or the end of its container.
    #[inline]
    fn after_value(&mut self, end: usize) -> Result<Step, Fault> {
        let is_object = self.in_object();
        let at = self.text.whitespace(end);
        let close = if is_object { b'}' } else { b']' };
        match self.text.get(at) {
            Some(b',') => Ok(Step::Value(self.text.whitespace(at + 1))),
            Some(byte) if byte == close => {
                self.levels.pop();
                Ok(Step::Ended(at + 1))
            }
            None => Err(Fault::new(at, "the document ends inside an object or array")),
            Some(_) if is_object => Err(Fault::new(at, "expected `,` or `}` after a field")),
            Some(_) => Err(Fault::new(at, "expected `,` or `]` after an item")),
        }
    }

    /// Passes a key and its colon. Returns where the key lies and where the value begins.
    #[inline]
    fn key(&mut self, at: usize) -> Result<(Range<usize>, usize), Fault> {
        if let Some(level) = self.levels.last_mut() {
            match level.fields_left.checked_sub(1) {
                Some(left) => level.fields_left = left,
                None => return Err(Fault { at, what: What::TooManyFields }),
            }
        }
        let end = self.text.key(at)?;
        Ok((at..end, self.text.colon(end)?))
    }
}
