//! YAML (and with it JSON) to a tree, through serde-saphyr.
//!
//! Only the YAML 1.2 core: `no` and `on` are strings. Aliases and merge keys are resolved under
//! the parser's budget, so a small file cannot unfold into a large one. Invariant: positions are
//! those of the definition, not of an alias to it.

use std::{collections::HashSet, fmt};

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{DuplicateKeyPolicy, Error, Location, Options, Spanned};

use super::SyntaxError;
use crate::tree::{Entry, Node, Position, Value};

pub(super) fn read(text: &str) -> Result<Node, SyntaxError> {
    let mut options = Options::default();
    options.with_snippet = false; // Excerpts are made by `Source`, which hides secrets.
    options.strict_booleans = true;
    options.duplicate_keys = DuplicateKeyPolicy::Error;
    match serde_saphyr::from_str_with_options::<Spanned<Raw>>(text, options) {
        Ok(root) => Ok(node(root)),
        Err(error) => Err(SyntaxError {
            at: error.location().and_then(position),
            message: message(error.without_snippet()),
        }),
    }
}

fn node(spanned: Spanned<Raw>) -> Node {
    Node { at: position(spanned.defined).unwrap_or(Position::START), value: spanned.value.0 }
}

/// Positions of the parser are from 1; 0 stands for an unknown one.
fn position(location: Location) -> Option<Position> {
    let line = usize::try_from(location.line()).ok().filter(|&line| line > 0)?;
    let column = usize::try_from(location.column()).ok()?.max(1);
    Some(Position { line, column })
}

/// The parser's own words, without its advice to programmers and without the position.
fn message(error: &Error) -> String {
    match error {
        Error::MultipleDocuments { .. } => {
            "several YAML documents in one file; one is accepted".to_owned()
        }
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            format!("the key `{key}` stands here for the second time")
        }
        other => {
            let text = other.to_string();
            let end = text.rfind(" at line ").unwrap_or(text.len());
            text.get(..end).unwrap_or(&text).to_owned()
        }
    }
}

/// Any YAML value; its parts carry their positions.
struct Raw(Value);

/// A key of a map: a string, or the text of another scalar.
struct Name(String);

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor).map(Raw)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameVisitor).map(Name)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Int(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned().into()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(node(item));
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Vec::new();
        let mut seen = HashSet::new();
        while let Some((name, value)) = entries.next_entry::<Spanned<Name>, Spanned<Raw>>()? {
            let Name(key) = name.value;
            // The parser tells `1` and `"1"` apart; as keys of a configuration they are one.
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom(format_args!("the key `{key}` stands twice")));
            }
            let key_at = position(name.defined).unwrap_or(Position::START);
            map.push(Entry { key, key_at, node: node(value) });
        }
        Ok(Value::Map(map))
    }
}

struct NameVisitor;

impl Visitor<'_> for NameVisitor {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key: a string, a number or a boolean")
    }

    fn visit_str<E>(self, value: &str) -> Result<String, E> {
        Ok(value.to_owned())
    }

    fn visit_bool<E>(self, value: bool) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_i64<E>(self, value: i64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_u64<E>(self, value: u64) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_f64<E>(self, value: f64) -> Result<String, E> {
        Ok(value.to_string())
    }
}
