//! [`JsonDoc`]: a JSON body kept as the bytes that arrived, plus the edits made to it.
//!
//! Not a value tree: what no edit names is never rewritten, not even its whitespace. The invariant:
//! without a successful edit the outgoing bytes are the incoming allocation itself.

mod edit;
mod splice;

use std::fmt;
use std::ops::Range;

use bytes::Bytes;

use self::splice::Container;
use crate::raw::checked_text;
use crate::{Kind, Limits, Object, Path, RawJson, Str, WireError, escape, scan};

/// A JSON document with an object at the top: the text that arrived plus splices.
///
/// Cloning shares the text. Reading is linear in the size of the levels it passes; an edit opens
/// only the objects and arrays on its path.
#[derive(Clone)]
pub struct JsonDoc {
    /// The whole body, whitespace around the object included.
    text: Str,
    /// Where the object lies in it.
    root: Range<usize>,
    /// The top-level fields as they arrived.
    fields: Vec<Field>,
    /// The document opened for editing; absent until the first edit is tried.
    opened: Option<Container>,
    /// Whether an edit has succeeded.
    edited: bool,
}

/// Where a top-level field lies in the text.
#[derive(Debug, Clone)]
struct Field {
    /// The key with its quotes.
    key: Range<usize>,
    value: Range<usize>,
    /// The key has an escape, so its text is not what it says.
    escaped: bool,
}

impl Field {
    fn new(text: &str, key: Range<usize>, value: Range<usize>) -> Self {
        let escaped = text.as_bytes().get(key.clone()).is_some_and(|key| key.contains(&b'\\'));
        Self { key, value, escaped }
    }
}

impl JsonDoc {
    /// Validates the whole body once and notes where its top-level fields lie.
    ///
    /// # Errors
    /// Says where the body is not UTF-8, not JSON or beyond a limit;
    /// [`NotAnObject`](WireError::NotAnObject) if it is valid but not an object.
    pub fn parse(body: Bytes, limits: &Limits) -> Result<Self, WireError> {
        let text = checked_text(body, limits)?;
        let mut fields = Vec::with_capacity(16);
        let root = scan::object_document(&text, limits, |key, value| {
            fields.push(Field::new(&text, key, value));
        })?;
        Ok(Self { text, root, fields, opened: None, edited: false })
    }

    /// Makes a document of a value without validating it again.
    ///
    /// # Errors
    /// [`NotAnObject`](WireError::NotAnObject) if the value is something else.
    pub fn from_raw(value: &RawJson) -> Result<Self, WireError> {
        if value.kind() != Kind::Object {
            return Err(WireError::NotAnObject { found: value.kind() });
        }
        let text = value.text();
        let mut cursor = crate::skip::Cursor::inside(text.as_bytes(), 0);
        let spans = std::iter::from_fn(|| cursor.field());
        let fields = spans.map(|(key, value)| Field::new(&text, key, value)).collect();
        Ok(Self { root: 0..text.len(), text, fields, opened: None, edited: false })
    }

    /// Checks that none of these keys occurs twice at the top level.
    ///
    /// Two readers may disagree on which of two values counts, so a policy checked on one could be
    /// passed by the other.
    ///
    /// # Errors
    /// [`DuplicateKey`](WireError::DuplicateKey) names the first such key.
    pub fn governed(&self, keys: &[&str]) -> Result<(), WireError> {
        for &key in keys {
            let times = match &self.opened {
                None => {
                    self.fields.iter().filter(|field| self.is_named(field, key)).take(2).count()
                }
                Some(root) => root.count(key).min(2),
            };
            if times == 2 {
                return Err(WireError::DuplicateKey { key: Str::from(key) });
            }
        }
        Ok(())
    }

    fn is_named(&self, field: &Field, key: &str) -> bool {
        if !field.escaped {
            // Told apart by their length most of the time.
            let name = field.key.start + 1..field.key.end.saturating_sub(1);
            return name.len() == key.len()
                && self.text.as_bytes().get(name) == Some(key.as_bytes());
        }
        escape::decodes_to(self.text.get(field.key.clone()).unwrap_or_default(), key)
    }

    /// The object as it arrived, without edits.
    pub fn root(&self) -> RawJson {
        RawJson::slice(&self.text, self.root.clone())
    }

    /// The current value of a top-level field; the first one if the key is duplicated.
    ///
    /// Shares the text, unless an edit was made *inside* this value: then it is put together anew.
    pub fn get(&self, key: &str) -> Option<RawJson> {
        match &self.opened {
            None => {
                let field = self.fields.iter().find(|field| self.is_named(field, key))?;
                Some(RawJson::slice(&self.text, field.value.clone()))
            }
            Some(root) => root.get(key),
        }
    }

    /// The current top-level fields in order, duplicates kept.
    pub fn object(&self) -> Object {
        match &self.opened {
            None => self.fields.iter().map(|field| self.field(field)).collect(),
            Some(root) => root.fields().collect(),
        }
    }

    fn field(&self, field: &Field) -> (Str, RawJson) {
        let key = self.text.get(field.key.clone()).unwrap_or_default();
        (escape::decode(&self.text, key), RawJson::slice(&self.text, field.value.clone()))
    }

    /// The current value at a path; the first one where keys are duplicated.
    pub fn pointer(&self, path: &Path) -> Option<RawJson> {
        match (&self.opened, path.segments()) {
            (None, []) => Some(self.root()),
            (None, [crate::Segment::Key(key), below @ ..]) => self.get(key)?.at_segments(below),
            (None, _) => None,
            (Some(root), segments) => root.at(segments),
        }
    }

    /// Whether no edit was made: the outgoing bytes are the incoming ones.
    pub fn is_verbatim(&self) -> bool {
        !self.edited
    }

    /// Length of the outgoing body, in bytes.
    pub fn len(&self) -> usize {
        let mut len = 0;
        match self.spliced() {
            None => len = self.text.len(),
            Some(root) => root.emit(&mut |_, span| len += span.len()),
        }
        len
    }

    /// Never: the shortest object is `{}`.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The outgoing body as slices of the text that arrived and of the replacements; nothing is
    /// copied and neighboring slices are joined.
    pub fn frames(&self) -> impl Iterator<Item = Bytes> + use<> {
        let frames = match self.spliced() {
            None => vec![self.text.clone().into_bytes()],
            Some(root) => root.frames(),
        };
        frames.into_iter()
    }

    /// The outgoing body. The allocation that arrived if there was no edit, else a copy.
    pub fn to_bytes(&self) -> Bytes {
        match self.spliced() {
            None => self.text.clone().into_bytes(),
            Some(root) => root.render().into_bytes(),
        }
    }

    /// The edited document, if there was an edit.
    fn spliced(&self) -> Option<&Container> {
        self.opened.as_ref().filter(|_| self.edited)
    }
}

/// Shows the shape only: a body is long, and may hold what must not be logged.
impl fmt::Debug for JsonDoc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonDoc")
            .field("len", &self.len())
            .field("fields", &self.fields.len())
            .field("verbatim", &self.is_verbatim())
            .finish_non_exhaustive()
    }
}
