//! Builds a value of any serde type from a tree.
//!
//! A [`serde::Deserializer`] over [`Node`]s: it knows positions and paths, and lets replaced
//! text stand for a number or a boolean where the target type asks for one. It does no
//! substitution itself. Invariant: every fault that leaves it has the position and the path of
//! the innermost key or value concerned.

mod access;
mod fault;
mod key;

use serde::{
    de::{DeserializeOwned, Error as _, Unexpected, Visitor},
    forward_to_deserialize_any,
};

use self::access::{Entries, Items, Variant};
pub(crate) use self::fault::Fault;
use crate::tree::{Node, Value};

/// Builds the value of a whole document.
pub(crate) fn build<T: DeserializeOwned>(root: &Node) -> Result<T, Fault> {
    T::deserialize(Reader { node: root })
}

/// Reads one node.
#[derive(Clone, Copy)]
struct Reader<'de> {
    node: &'de Node,
}

impl<'de> Reader<'de> {
    fn any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Int(value) => integer(*value, visitor),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Text(text) => visitor.visit_borrowed_str(&text.value),
            Value::List(items) => visitor.visit_seq(Items::new(items)),
            Value::Map(entries) => visitor.visit_map(Entries::new(entries)),
        }
    }

    fn map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.value {
            Value::List(_) => Err(Fault::invalid_type(Unexpected::Seq, &visitor)),
            _ => self.any(visitor),
        }
    }

    /// Gives the fault the place of this node, unless it has one from further inside.
    fn placed<T>(self, result: Result<T, Fault>) -> Result<T, Fault> {
        result.map_err(|fault| fault.at_node(self.node))
    }

    /// Reads replaced text as the type the target asks for.
    fn parsed<T: std::str::FromStr, V: Visitor<'de>>(
        self,
        visitor: V,
        give: impl FnOnce(V, T) -> Result<V::Value, Fault>,
    ) -> Result<V::Value, Fault> {
        let replaced = match &self.node.value {
            Value::Text(text) => text.replaced(),
            _ => None,
        };
        let result = match replaced.map(|text| text.trim().parse::<T>()) {
            None => self.any(visitor),
            Some(Ok(value)) => give(visitor, value),
            Some(Err(_)) => Err(Fault::invalid_type(Unexpected::Str(""), &visitor)),
        };
        self.placed(result)
    }
}

/// Integers go to the visitor in the smallest of the usual types.
fn integer<'de, V: Visitor<'de>>(value: i128, visitor: V) -> Result<V::Value, Fault> {
    if let Ok(value) = u64::try_from(value) {
        visitor.visit_u64(value)
    } else if let Ok(value) = i64::try_from(value) {
        visitor.visit_i64(value)
    } else {
        visitor.visit_i128(value)
    }
}

macro_rules! parse_replaced_text {
    ($($deserialize:ident: $type:ty => $visit:ident,)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.parsed(visitor, |visitor, value: $type| visitor.$visit(value))
        }
    )*};
}

impl<'de> serde::Deserializer<'de> for Reader<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.placed(self.any(visitor))
    }

    parse_replaced_text! {
        deserialize_bool: bool => visit_bool,
        deserialize_i8: i64 => visit_i64,
        deserialize_i16: i64 => visit_i64,
        deserialize_i32: i64 => visit_i64,
        deserialize_i64: i64 => visit_i64,
        deserialize_i128: i128 => visit_i128,
        deserialize_u8: u64 => visit_u64,
        deserialize_u16: u64 => visit_u64,
        deserialize_u32: u64 => visit_u64,
        deserialize_u64: u64 => visit_u64,
        deserialize_u128: u128 => visit_u128,
        deserialize_f32: f64 => visit_f64,
        deserialize_f64: f64 => visit_f64,
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.value {
            Value::Null => visitor.visit_none(),
            _ => self.placed(visitor.visit_some(self)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.placed(visitor.visit_newtype_struct(self))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let result = match &self.node.value {
            Value::Text(text) => visitor.visit_enum(Variant::unit(&text.value)),
            Value::Map(entries) => match entries.as_slice() {
                [entry] => visitor.visit_enum(Variant::entry(entry)),
                _ => Err(Fault::one_key_expected(entries.len())),
            },
            _ => self.any(visitor),
        };
        self.placed(result)
    }

    /// A list is no struct here: keys without names would be read by their order.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.placed(self.map(visitor))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map identifier
    }
}
