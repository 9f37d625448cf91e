//! A configuration document of any format: values with the places they came from.
//!
//! Not a general data model: just what YAML, TOML and JSON have in common. Invariant: no two
//! entries of a map have the same key (the readers refuse such documents).

use std::fmt;

/// A place in a text; both counts start at one, columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Position {
    pub(crate) const START: Self = Self { line: 1, column: 1 };
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

pub(crate) struct Node {
    pub(crate) at: Position,
    pub(crate) value: Value,
}

pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(Text),
    List(Vec<Node>),
    Map(Vec<Entry>),
}

/// A string; if a reference in it was replaced, also how it was written.
pub(crate) struct Text {
    pub(crate) value: String,
    pub(crate) template: Option<String>,
}

pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_at: Position,
    pub(crate) node: Node,
}

impl From<String> for Text {
    fn from(value: String) -> Self {
        Self { value, template: None }
    }
}
