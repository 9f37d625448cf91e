//! [`RawJson`]: one valid JSON value, kept as the text that arrived.
//!
//! Not a tree: reading goes one level deep and yields further [`RawJson`] slices. The invariant:
//! the text is valid JSON without surrounding whitespace, so nothing read from it is validated
//! again.

use std::fmt;
use std::ops::Range;

use bytes::Bytes;

use crate::path::Segment;
use crate::skip::Cursor;
use crate::{Kind, Limits, Object, Path, Str, WireError, Writer, escape, number, scan};

/// One valid JSON value: a slice of the document it came from, without surrounding whitespace.
///
/// Cloning is O(1). Equality and hashing are those of the text: `1.0` and `1` differ. A value keeps
/// the whole buffer it was cut from alive.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RawJson(Str);

impl RawJson {
    /// Validates a document of any kind within the default [`Limits`].
    ///
    /// # Errors
    /// Says where the text is not UTF-8, not JSON, or beyond a limit.
    pub fn parse(bytes: impl Into<Bytes>) -> Result<Self, WireError> {
        Self::parse_within(bytes, &Limits::default())
    }

    /// Validates a document of any kind within `limits`.
    ///
    /// # Errors
    /// Says where the text is not UTF-8, not JSON, or beyond a limit.
    pub fn parse_within(bytes: impl Into<Bytes>, limits: &Limits) -> Result<Self, WireError> {
        let text = checked_text(bytes.into(), limits)?;
        let span = scan::document(&text, limits)?;
        Ok(Self::slice(&text, span))
    }

    /// Wraps text that is known to be one valid value without surrounding whitespace.
    pub(crate) fn trusted(text: Str) -> Self {
        Self(text)
    }

    /// Cuts a value out of valid text.
    #[inline]
    pub(crate) fn slice(text: &Str, span: Range<usize>) -> Self {
        Self(text.slice_ref(text.get(span).unwrap_or_default()))
    }

    /// The JSON text exactly as it stands.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The JSON text exactly as it stands, shared.
    pub fn text(&self) -> Str {
        self.0.clone()
    }

    /// The JSON text, borrowed.
    pub(crate) fn as_text(&self) -> &Str {
        &self.0
    }

    /// What sort of value this is.
    pub fn kind(&self) -> Kind {
        self.0.as_bytes().first().copied().and_then(Kind::of).unwrap_or(Kind::Null)
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        self.kind() == Kind::Null
    }

    /// The boolean, if this is one.
    pub fn bool(&self) -> Option<bool> {
        match self.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The number, if this is an integer from 0 that fits; `1000.0` and `1e3` are integers too.
    pub fn u64(&self) -> Option<u64> {
        let (negative, magnitude) = number::integer(self.number_text()?)?;
        (!negative || magnitude == 0).then_some(magnitude)
    }

    /// The number, if this is an integer that fits; `-1000.0` and `1e3` are integers too.
    pub fn i64(&self) -> Option<i64> {
        let (negative, magnitude) = number::integer(self.number_text()?)?;
        if negative { 0_i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
    }

    /// The number rounded to the nearest double; `None` if it is beyond the largest one.
    pub fn f64(&self) -> Option<f64> {
        self.number_text()?.parse().ok().filter(|number: &f64| number.is_finite())
    }

    fn number_text(&self) -> Option<&str> {
        (self.kind() == Kind::Number).then_some(self.as_str())
    }

    /// The decoded text of a string. Shares the document's bytes when nothing is escaped.
    ///
    /// A lone surrogate escape, which no Rust text can hold, becomes U+FFFD.
    pub fn string(&self) -> Option<Str> {
        (self.kind() == Kind::String).then(|| escape::decode(&self.0, &self.0))
    }

    /// The elements of an array.
    pub fn items(&self) -> Option<Vec<RawJson>> {
        self.iter_items().map(Iterator::collect)
    }

    /// The elements of an array one by one, without collecting them.
    pub fn iter_items(&self) -> Option<Items<'_>> {
        (self.kind() == Kind::Array)
            .then(|| Items { text: &self.0, cursor: Cursor::inside(self.0.as_bytes(), 0) })
    }

    /// The fields of an object, one level deep, in order, duplicates kept.
    pub fn object(&self) -> Option<Object> {
        self.fields().map(Iterator::collect)
    }

    /// The fields of an object one by one: decoded key and value.
    fn fields(&self) -> Option<impl Iterator<Item = (Str, RawJson)> + '_> {
        let mut cursor = self.field_cursor()?;
        Some(std::iter::from_fn(move || {
            let (key, value) = cursor.field()?;
            let key = self.0.get(key).unwrap_or_default();
            Some((escape::decode(&self.0, key), Self::slice(&self.0, value)))
        }))
    }

    /// The fields of an object one by one, borrowed: for looking without keeping.
    pub fn iter_fields(&self) -> Option<Fields<'_>> {
        let text = self.as_str();
        (self.kind() == Kind::Object)
            .then(|| Fields { text, cursor: Cursor::inside(text.as_bytes(), 0) })
    }

    fn field_cursor(&self) -> Option<Cursor<'_>> {
        (self.kind() == Kind::Object).then(|| Cursor::inside(self.0.as_bytes(), 0))
    }

    /// The first field of that name of an object.
    pub fn get(&self, key: &str) -> Option<RawJson> {
        let mut cursor = self.field_cursor()?;
        while let Some((name, value)) = cursor.field() {
            if escape::decodes_to(self.0.get(name).unwrap_or_default(), key) {
                return Some(Self::slice(&self.0, value));
            }
        }
        None
    }

    /// The element of an array at that position, from 0.
    pub fn item(&self, index: usize) -> Option<RawJson> {
        self.iter_items()?.nth(index)
    }

    /// The value at a JSON pointer (RFC 6901): `/messages/0/content`. Empty means this value.
    pub fn pointer(&self, pointer: &str) -> Option<RawJson> {
        if pointer.is_empty() {
            return Some(self.clone());
        }
        let mut value = self.clone();
        for token in pointer.strip_prefix('/')?.split('/') {
            value = match value.kind() {
                Kind::Array => value.item(pointer_index(token)?)?,
                Kind::Object if token.contains('~') => {
                    value.get(&token.replace("~1", "/").replace("~0", "~"))?
                }
                Kind::Object => value.get(token)?,
                _ => return None,
            };
        }
        Some(value)
    }

    /// The value at a [`Path`]; the first one where keys are duplicated.
    pub fn at(&self, path: &Path) -> Option<RawJson> {
        self.at_segments(path.segments())
    }

    pub(crate) fn at_segments(&self, segments: &[Segment]) -> Option<RawJson> {
        segments.iter().try_fold(self.clone(), |value, segment| match segment {
            Segment::Key(key) => value.get(key),
            Segment::Index(index) => value.item(*index),
        })
    }

    /// `null`
    pub fn null() -> Self {
        Self(Str::from_static("null"))
    }

    /// `true` or `false`
    pub fn from_bool(value: bool) -> Self {
        Self(Str::from_static(if value { "true" } else { "false" }))
    }

    /// The number in decimal.
    pub fn from_u64(value: u64) -> Self {
        Self::written(|out| out.u64(value))
    }

    /// The number in decimal.
    pub fn from_i64(value: i64) -> Self {
        Self::written(|out| out.i64(value))
    }

    /// The shortest decimal that reads back as the same number. JSON has no infinity and no NaN;
    /// they become `null`.
    pub fn from_f64(value: f64) -> Self {
        Self::written(|out| out.f64(value))
    }

    /// The text as a string literal.
    pub fn from_string(value: &str) -> Self {
        let mut out = Writer::with_capacity(value.len() + 2);
        out.string(value);
        out.into_raw()
    }

    fn written(write: impl FnOnce(&mut Writer)) -> Self {
        let mut out = Writer::new();
        write(&mut out);
        out.into_raw()
    }
}

/// A pointer token as an index: digits without leading zeros.
fn pointer_index(token: &str) -> Option<usize> {
    let plain = token == "0" || !token.starts_with(['0', '+']);
    plain.then(|| token.parse().ok()).flatten()
}

/// Checks size and UTF-8, once for the whole document.
pub(crate) fn checked_text(bytes: Bytes, limits: &Limits) -> Result<Str, WireError> {
    if bytes.len() > limits.max_bytes {
        return Err(WireError::TooLarge { limit: limits.max_bytes });
    }
    Str::try_from(bytes).map_err(|error| WireError::Utf8 { offset: error.valid_up_to() })
}

/// The elements of an array. Made by [`RawJson::iter_items`].
#[derive(Debug, Clone)]
pub struct Items<'a> {
    text: &'a Str,
    cursor: Cursor<'a>,
}

impl Iterator for Items<'_> {
    type Item = RawJson;

    fn next(&mut self) -> Option<RawJson> {
        self.cursor.item().map(|span| RawJson::slice(self.text, span))
    }

    // Passes over items without touching the reference count.
    fn nth(&mut self, n: usize) -> Option<RawJson> {
        for _ in 0..n {
            self.cursor.item()?;
        }
        self.next()
    }
}

/// The fields of an object, borrowed. Made by [`RawJson::iter_fields`].
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    text: &'a str,
    cursor: Cursor<'a>,
}

/// One field of an object, borrowed.
#[derive(Debug, Clone, Copy)]
pub struct FieldRef<'a> {
    key: &'a str,
    value: &'a str,
}

impl<'a> Iterator for Fields<'a> {
    type Item = FieldRef<'a>;

    fn next(&mut self) -> Option<FieldRef<'a>> {
        let (key, value) = self.cursor.field()?;
        let key = self.text.get(key.start + 1..key.end.saturating_sub(1)).unwrap_or_default();
        Some(FieldRef { key, value: self.text.get(value).unwrap_or_default() })
    }
}

impl<'a> FieldRef<'a> {
    /// The key as it is written: a key with escapes is not decoded.
    pub fn key(self) -> &'a str {
        self.key
    }

    /// The JSON text of the value.
    pub fn text(self) -> &'a str {
        self.value
    }

    /// The value, if it is an integer from 0 that fits; see [`RawJson::u64`].
    pub fn u64(self) -> Option<u64> {
        let is_number =
            self.value.starts_with(|first: char| first == '-' || first.is_ascii_digit());
        let (negative, magnitude) = is_number.then(|| number::integer(self.value))??;
        (!negative || magnitude == 0).then_some(magnitude)
    }

    /// The fields of the value, if it is an object.
    pub fn iter_fields(self) -> Option<Fields<'a>> {
        let text = self.value;
        text.starts_with('{').then(|| Fields { text, cursor: Cursor::inside(text.as_bytes(), 0) })
    }
}

/// Writes the JSON text.
impl fmt::Display for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Writes the JSON text, shortened to its first 200 characters.
impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(200) {
            None => write!(f, "RawJson({})", self.0),
            Some((end, _)) => {
                write!(
                    f,
                    "RawJson({}… {} bytes)",
                    self.0.get(..end).unwrap_or_default(),
                    self.0.len()
                )
            }
        }
    }
}

impl From<RawJson> for Bytes {
    fn from(value: RawJson) -> Self {
        value.0.into_bytes()
    }
}
