//! [`Object`]: the fields of a JSON object, one level deep.
//!
//! Not a map: order and duplicates are kept, and lookups are linear, which is fastest for the
//! handful of fields an object has. The invariant: a field is either taken or still here, so what
//! a decoder does not know is never lost.

use std::collections::HashSet;

use crate::{RawJson, Str, Writer};

/// The fields of an object in the order of the document. Decoders [`take`](Object::take) what they
/// know; what is left is the rest.
#[derive(Default, Clone, Debug, PartialEq, Eq)]
pub struct Object {
    fields: Vec<(Str, RawJson)>,
}

impl Object {
    /// Removes and returns the first field of that name.
    pub fn take(&mut self, key: &str) -> Option<RawJson> {
        let at = self.fields.iter().position(|(name, _)| name == key)?;
        Some(self.fields.remove(at).1)
    }

    /// The first field of that name.
    pub fn get(&self, key: &str) -> Option<&RawJson> {
        self.fields.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Whether there is a field of that name.
    pub fn contains(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// How many fields there are, duplicates counted.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there are no fields.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The fields in order.
    pub fn iter(&self) -> std::slice::Iter<'_, (Str, RawJson)> {
        self.fields.iter()
    }

    /// The fields in order.
    pub fn into_fields(self) -> Vec<(Str, RawJson)> {
        self.fields
    }

    /// Appends a field.
    pub fn push(&mut self, key: impl Into<Str>, value: RawJson) {
        self.fields.push((key.into(), value));
    }

    /// A key that occurs twice, if any: the first to be repeated.
    pub fn duplicate(&self) -> Option<&Str> {
        let mut seen = HashSet::with_capacity(self.fields.len());
        self.fields.iter().find_map(|(name, _)| (!seen.insert(name)).then_some(name))
    }

    /// Writes the fields as an object again; values as they stand.
    pub fn to_raw(&self) -> RawJson {
        let size = self.fields.iter().map(|(key, value)| key.len() + value.as_str().len() + 4);
        let mut out = Writer::with_capacity(size.sum::<usize>() + 2);
        out.begin_object();
        for (key, value) in &self.fields {
            out.field_raw(key, value);
        }
        out.end_object();
        out.into_raw()
    }
}

impl FromIterator<(Str, RawJson)> for Object {
    fn from_iter<I: IntoIterator<Item = (Str, RawJson)>>(fields: I) -> Self {
        Self { fields: fields.into_iter().collect() }
    }
}

impl From<Vec<(Str, RawJson)>> for Object {
    fn from(fields: Vec<(Str, RawJson)>) -> Self {
        Self { fields }
    }
}

impl IntoIterator for Object {
    type Item = (Str, RawJson);
    type IntoIter = std::vec::IntoIter<(Str, RawJson)>;

    fn into_iter(self) -> Self::IntoIter {
        self.fields.into_iter()
    }
}

impl<'a> IntoIterator for &'a Object {
    type Item = &'a (Str, RawJson);
    type IntoIter = std::slice::Iter<'a, (Str, RawJson)>;

    fn into_iter(self) -> Self::IntoIter {
        self.fields.iter()
    }
}
