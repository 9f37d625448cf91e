//! [`Writer`]: JSON text written front to back.
//!
//! Not a serializer of Rust types: the caller says each step. The invariant: as long as the steps
//! nest correctly (checked in debug builds), the text is valid JSON without whitespace.

use std::fmt::Write as _;

use bytes::Bytes;

use crate::{RawJson, Str, escape};

/// Appends JSON text, placing commas and escaping strings.
///
/// Wrong nesting (a value without a key in an object, an unmatched end) is a programming error:
/// debug builds assert, release builds write what they were told and never panic.
#[derive(Debug, Default, Clone)]
pub struct Writer {
    out: String,
    /// Whether a value was completed on the current level, so that the next needs a comma.
    comma: bool,
    nesting: Nesting,
}

impl Writer {
    /// Starts with an empty buffer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts with room for that many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { out: String::with_capacity(bytes), ..Self::default() }
    }

    /// Opens an object: `{`.
    pub fn begin_object(&mut self) {
        self.begin('{');
    }

    /// Closes the innermost object: `}`.
    pub fn end_object(&mut self) {
        self.end('{', '}');
    }

    /// Opens an array: `[`.
    pub fn begin_array(&mut self) {
        self.begin('[');
    }

    /// Closes the innermost array: `]`.
    pub fn end_array(&mut self) {
        self.end('[', ']');
    }

    fn begin(&mut self, open: char) {
        self.before_value();
        self.nesting.begin(open);
        self.out.push(open);
        self.comma = false;
    }

    fn end(&mut self, open: char, close: char) {
        self.nesting.end(open);
        self.out.push(close);
        self.comma = true;
    }

    /// Writes the key of a field; its value must follow.
    pub fn key(&mut self, key: &str) {
        self.nesting.key();
        if self.comma {
            self.out.push(',');
        }
        escape::encode(&mut self.out, key);
        self.out.push(':');
        self.comma = false;
    }

    /// Places a comma if one is due, and makes the next value need one.
    fn before_value(&mut self) {
        self.nesting.value();
        if self.comma {
            self.out.push(',');
        }
        self.comma = true;
    }

    /// Writes text as a string literal.
    pub fn string(&mut self, value: &str) {
        self.before_value();
        escape::encode(&mut self.out, value);
    }

    /// Writes `null`.
    pub fn null(&mut self) {
        self.raw_str("null");
    }

    /// Writes `true` or `false`.
    pub fn bool(&mut self, value: bool) {
        self.raw_str(if value { "true" } else { "false" });
    }

    /// Writes an integer in decimal.
    pub fn u64(&mut self, value: u64) {
        self.before_value();
        self.digits(value);
    }

    /// Decimal digits without the detour over formatting, which costs ten times as much.
    fn digits(&mut self, value: u64) {
        let mut unit = 1;
        while value / unit >= 10 {
            unit *= 10;
        }
        while unit > 0 {
            self.digit(value / unit % 10);
            unit /= 10;
        }
    }

    fn digit(&mut self, digit: u64) {
        self.out.push(char::from(b'0' + u8::try_from(digit).unwrap_or_default()));
    }

    /// Writes an integer in decimal.
    pub fn i64(&mut self, value: i64) {
        self.before_value();
        if value < 0 {
            self.out.push('-');
        }
        self.digits(value.unsigned_abs());
    }

    /// Writes the shortest decimal that reads back as the same number. JSON has no infinity and no
    /// NaN; they become `null`.
    pub fn f64(&mut self, value: f64) {
        if !value.is_finite() {
            return self.null();
        }
        self.before_value();
        // Writing to a String cannot fail. `Debug` switches to an exponent for very large and small numbers, `Display` does not.
        let _ = write!(self.out, "{value:?}");
    }

    /// Writes a value as it stands.
    pub fn raw(&mut self, value: &RawJson) {
        self.raw_str(value.as_str());
    }

    /// Writes text that is known to be one valid JSON value.
    pub fn raw_str(&mut self, json: &str) {
        self.before_value();
        self.out.push_str(json);
    }

    /// Writes a field with a string.
    pub fn field_string(&mut self, key: &str, value: &str) {
        self.key(key);
        self.string(value);
    }

    /// Writes a field with a value as it stands.
    pub fn field_raw(&mut self, key: &str, value: &RawJson) {
        self.key(key);
        self.raw(value);
    }

    /// Writes a field with an integer.
    pub fn field_u64(&mut self, key: &str, value: u64) {
        self.key(key);
        self.u64(value);
    }

    /// Writes a field with an integer.
    pub fn field_i64(&mut self, key: &str, value: i64) {
        self.key(key);
        self.i64(value);
    }

    /// Writes a field with a number; see [`Writer::f64`].
    pub fn field_f64(&mut self, key: &str, value: f64) {
        self.key(key);
        self.f64(value);
    }

    /// Writes a field with a boolean.
    pub fn field_bool(&mut self, key: &str, value: bool) {
        self.key(key);
        self.bool(value);
    }

    /// Writes a field with `null`.
    pub fn field_null(&mut self, key: &str) {
        self.key(key);
        self.null();
    }

    /// Writes a key and opens its object.
    pub fn open_object(&mut self, key: &str) {
        self.key(key);
        self.begin_object();
    }

    /// Writes a key and opens its array.
    pub fn open_array(&mut self, key: &str) {
        self.key(key);
        self.begin_array();
    }

    /// Bytes written so far.
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether nothing was written yet.
    pub fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// The text as bytes.
    pub fn into_bytes(self) -> Bytes {
        self.nesting.finish();
        Bytes::from(self.out)
    }

    /// The text as a value. Valid by construction, so it is not scanned again.
    pub fn into_raw(self) -> RawJson {
        self.nesting.finish();
        RawJson::trusted(Str::from(self.out))
    }
}

/// Checks the order of steps; in release builds it holds and does nothing.
#[derive(Debug, Default, Clone)]
struct Nesting {
    #[cfg(debug_assertions)]
    open: Vec<char>,
    #[cfg(debug_assertions)]
    keyed: bool,
    #[cfg(debug_assertions)]
    done: bool,
}

#[cfg(debug_assertions)]
impl Nesting {
    fn begin(&mut self, open: char) {
        self.open.push(open);
        self.done = false;
    }

    fn end(&mut self, open: char) {
        debug_assert!(!self.keyed, "a key is waiting for its value");
        debug_assert_eq!(self.open.pop(), Some(open), "this end does not match what is open");
        self.done = self.open.is_empty();
    }

    fn key(&mut self) {
        debug_assert_eq!(self.open.last(), Some(&'{'), "a key belongs into an object");
        debug_assert!(!self.keyed, "a key is waiting for its value");
        self.keyed = true;
    }

    fn value(&mut self) {
        debug_assert!(!self.done, "the document is complete: one value only");
        debug_assert_eq!(
            self.keyed,
            self.open.last() == Some(&'{'),
            "a value in an object needs a key, elsewhere it has none"
        );
        self.keyed = false;
        self.done = self.open.is_empty();
    }

    fn finish(&self) {
        debug_assert!(self.done, "the document is not complete");
    }
}

#[cfg(not(debug_assertions))]
#[expect(clippy::unused_self, reason = "same methods as in debug builds")]
impl Nesting {
    fn begin(&mut self, _open: char) {}
    fn end(&mut self, _open: char) {}
    fn key(&mut self) {}
    fn value(&mut self) {}
    fn finish(&self) {}
}
