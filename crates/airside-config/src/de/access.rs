//! Lists, maps and variants of a tree, as serde walks them.
//!
//! No conversions of scalars here. Invariant: a fault passing through gains the step it passed.

use serde::de::{
    DeserializeSeed, EnumAccess, Error as _, IntoDeserializer as _, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor, value::StrDeserializer,
};

use super::{Fault, Reader, key::KeyReader};
use crate::{
    path::Step,
    tree::{Entry, Node, Value},
};

/// The items of a list.
pub(super) struct Items<'de> {
    rest: std::iter::Enumerate<std::slice::Iter<'de, Node>>,
}

impl<'de> Items<'de> {
    pub(super) fn new(items: &'de [Node]) -> Self {
        Self { rest: items.iter().enumerate() }
    }
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Some((index, node)) = self.rest.next() else { return Ok(None) };
        let value = seed.deserialize(Reader { node });
        value.map(Some).map_err(|fault| fault.at_node(node).under(Step::Index(index)))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// The entries of a map.
pub(super) struct Entries<'de> {
    rest: std::slice::Iter<'de, Entry>,
    value_of: Option<&'de Entry>,
}

impl<'de> Entries<'de> {
    pub(super) fn new(entries: &'de [Entry]) -> Self {
        Self { rest: entries.iter(), value_of: None }
    }
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Some(entry) = self.rest.next() else { return Ok(None) };
        self.value_of = Some(entry);
        let key = seed.deserialize(KeyReader { key: &entry.key });
        key.map(Some).map_err(|fault| fault.at_key(entry))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let Some(entry) = self.value_of.take() else {
            return Err(Fault::custom("a value was asked for before its key"));
        };
        value_of(entry, |node| seed.deserialize(Reader { node }))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// Reads the value of an entry, with the entry's key as a step of the path.
fn value_of<'de, T>(
    entry: &'de Entry,
    read: impl FnOnce(&'de Node) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let place = |fault: Fault| fault.at_node(&entry.node).under(Step::Key(entry.key.clone()));
    read(&entry.node).map_err(place)
}

/// A variant of an enum: a name alone, or a map of one entry.
pub(super) struct Variant<'de> {
    name: &'de str,
    entry: Option<&'de Entry>,
}

impl<'de> Variant<'de> {
    pub(super) fn unit(name: &'de str) -> Self {
        Self { name, entry: None }
    }

    pub(super) fn entry(entry: &'de Entry) -> Self {
        Self { name: &entry.key, entry: Some(entry) }
    }
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let name: StrDeserializer<'_, Fault> = self.name.into_deserializer();
        let variant = seed.deserialize(name).map_err(|fault| match self.entry {
            Some(entry) => fault.at_key(entry),
            None => fault,
        })?;
        Ok((variant, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        let Some(entry) = self.entry else { return Ok(()) };
        value_of(entry, |node| match node.value {
            Value::Null => Ok(()),
            _ => Err(Fault::custom("no value is accepted")),
        })
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        match self.entry {
            Some(entry) => value_of(entry, |node| seed.deserialize(Reader { node })),
            None => Err(Fault::invalid_type(Unexpected::UnitVariant, &"a variant with a value")),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Fault> {
        match self.entry {
            Some(entry) => value_of(entry, |node| Reader { node }.any(visitor)),
            None => Err(Fault::invalid_type(Unexpected::UnitVariant, &visitor)),
        }
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.entry {
            Some(entry) => value_of(entry, |node| Reader { node }.map(visitor)),
            None => Err(Fault::invalid_type(Unexpected::UnitVariant, &visitor)),
        }
    }
}
