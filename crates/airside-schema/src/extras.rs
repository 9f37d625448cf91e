//! Fields a decoder did not know, kept for encoders that do.

use airside_wire::{Object, RawJson, Str};

use crate::DialectId;

/// Fields of a wire object that the model has no name for.
///
/// They remember the dialect they came from: an encoder of the same dialect
/// writes them back, an encoder of another one either knows what they mean or
/// reports each as lost (see [`LossReport::extras`](crate::LossReport::extras)).
#[derive(Debug, Clone, Default)]
pub struct Extras {
    source: Option<DialectId>,
    fields: Vec<(Str, RawJson)>,
}

impl Extras {
    /// Keeps what is left of an object after decoding, without explicit nulls
    /// being dropped.
    pub fn rest(source: DialectId, object: Object) -> Self {
        Self { source: Some(source), fields: object.into_fields() }
    }

    /// The dialect the fields came from; `None` when there are none.
    pub fn source(&self) -> Option<DialectId> {
        self.source.filter(|_| !self.fields.is_empty())
    }

    /// True if there is no field.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The fields in the order of the document.
    pub fn iter(&self) -> impl Iterator<Item = (&Str, &RawJson)> {
        self.fields.iter().map(|(key, value)| (key, value))
    }

    /// The first field of that name.
    pub fn get(&self, key: &str) -> Option<&RawJson> {
        self.fields.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Removes and returns the first field of that name.
    pub fn take(&mut self, key: &str) -> Option<RawJson> {
        let at = self.fields.iter().position(|(name, _)| name == key)?;
        Some(self.fields.remove(at).1)
    }

    /// Adds a field that came from `source`.
    pub fn push(&mut self, source: DialectId, key: Str, value: RawJson) {
        self.source = Some(source);
        self.fields.push((key, value));
    }

    /// True if an encoder of `dialect` should write the fields back as they are.
    pub fn belongs_to(&self, dialect: DialectId) -> bool {
        self.source == Some(dialect)
    }
}

/// Where no fields came from does not matter.
impl PartialEq for Extras {
    fn eq(&self, other: &Self) -> bool {
        self.source() == other.source() && self.fields == other.fields
    }
}
