//! What a target type refuses, kept as data until the whole path is known.
//!
//! Not shown to anybody: [`Fault::diagnose`] makes the [`Diagnostic`] people read. Invariant:
//! the text of a value that came from the environment is replaced there by how it was written,
//! and the text of a value under a secret-looking key is hidden.

use std::fmt;

use serde::de::{Error, Expected, Unexpected};

use crate::{
    diagnose::{Diagnostic, name_list},
    path::{Path, Step},
    redact,
    source::{Focus, Source},
    suggest,
    tree::{Entry, Node, Position, Value},
};

/// A refusal of a target type, with the place it concerns as far as it is known by now.
#[derive(Debug)]
pub(crate) struct Fault {
    kind: Box<Kind>,
    place: Option<Place>,
    /// From the inside out.
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Place {
    at: Position,
    is_key: bool,
    text: Option<Shown>,
}

/// The text at the place and what may be shown for it.
#[derive(Debug)]
struct Shown {
    value: String,
    template: Option<String>,
}

#[derive(Debug)]
enum Kind {
    UnknownKey { name: String, accepted: &'static [&'static str] },
    UnknownName { name: String, accepted: &'static [&'static str] },
    MissingKey { name: &'static str },
    WrongType { found: Found, expected: String },
    OutOfRange { expected: String },
    OneKeyExpected { found: usize },
    Other { message: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Scalar(&'static str),
    Text,
    Other(&'static str),
}

impl Fault {
    fn new(kind: Kind) -> Self {
        Self { kind: Box::new(kind), place: None, steps: Vec::new() }
    }

    pub(super) fn one_key_expected(found: usize) -> Self {
        Self::new(Kind::OneKeyExpected { found })
    }

    /// Places the fault at a value, unless it has a place further inside.
    pub(super) fn at_node(mut self, node: &Node) -> Self {
        self.place.get_or_insert_with(|| {
            let text = match &node.value {
                Value::Text(text) => {
                    Some(Shown { value: text.value.clone(), template: text.template.clone() })
                }
                _ => None,
            };
            Place { at: node.at, is_key: false, text }
        });
        self
    }

    /// Places the fault at a key, unless it has a place further inside.
    pub(super) fn at_key(mut self, entry: &Entry) -> Self {
        self.place.get_or_insert(Place { at: entry.key_at, is_key: true, text: None });
        self
    }

    /// Adds a step to the outside of the path.
    pub(super) fn under(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Tells the fault to the person who wrote the configuration.
    pub(crate) fn diagnose(self, source: &Source) -> Diagnostic {
        let Self { kind, place, mut steps } = self;
        steps.reverse();
        let path = Path(steps);
        let hide = |text: String| hidden(text, place.as_ref(), &path);
        let (message, help) = tell(*kind, &path, place.as_ref());
        let is_key = place.as_ref().is_some_and(|place| place.is_key);
        let focus = if is_key { Focus::Key } else { Focus::Value };
        let at = place.as_ref().map(|place| place.at);
        let mut diagnostic = Diagnostic::new(source, at, &path, focus, hide(message));
        diagnostic.help = help.into_iter().map(hide).collect();
        diagnostic
    }
}

/// Takes a text out of a message that may not be shown.
fn hidden(message: String, place: Option<&Place>, path: &Path) -> String {
    let Some(Shown { value, template }) = place.and_then(|place| place.text.as_ref()) else {
        return message;
    };
    let secret = path.keys().any(redact::is_secret_name);
    if value.is_empty() || !(secret || template.is_some()) {
        return message;
    }
    let stand_in = template.clone().unwrap_or_else(|| redact::HIDDEN.to_string());
    message.replace(value.as_str(), &stand_in)
}

/// The message and the hints for a fault.
fn tell(kind: Kind, path: &Path, place: Option<&Place>) -> (String, Vec<String>) {
    let in_path = if path.0.is_empty() { String::new() } else { format!(" in `{path}`") };
    match kind {
        Kind::UnknownKey { name, accepted } => {
            (format!("unknown key `{name}`{in_path}"), name_help(&name, accepted, "no key"))
        }
        Kind::UnknownName { name, accepted } => (
            format!("`{name}` is not an accepted value{in_path}"),
            name_help(&name, accepted, "nothing"),
        ),
        Kind::MissingKey { name } => (format!("missing key `{name}`{in_path}"), Vec::new()),
        Kind::OutOfRange { expected } => {
            (format!("the value is out of range{in_path}: expected {expected}"), Vec::new())
        }
        Kind::OneKeyExpected { found } => {
            (format!("expected a map with one key{in_path}, found {found} keys"), Vec::new())
        }
        Kind::Other { message } => (format!("{message}{in_path}"), Vec::new()),
        Kind::WrongType { found, expected } => {
            let template = place.and_then(|place| place.text.as_ref()?.template.as_deref());
            let help = match (found, template) {
                (_, Some(template)) => Some(format!("the value comes from `{template}`")),
                (Found::Scalar(_), None) if expected == "a string" => {
                    Some("put the value in quotes".to_owned())
                }
                (Found::Text, None) if expected.starts_with("a whole number") => {
                    Some("write the number without quotes".to_owned())
                }
                _ => None,
            };
            let found = match found {
                Found::Scalar(name) | Found::Other(name) => name,
                Found::Text => "a string",
            };
            (format!("expected {expected}{in_path}, found {found}"), Vec::from_iter(help))
        }
    }
}

fn name_help(name: &str, accepted: &[&str], none: &str) -> Vec<String> {
    let near = suggest::closest(name, accepted.iter().copied());
    let mut help = Vec::from_iter(near.map(|name| format!("did you mean `{name}`?")));
    help.push(if accepted.is_empty() {
        format!("{none} is accepted here")
    } else {
        format!("accepted here: {}", name_list(accepted))
    });
    help
}

/// serde's words for what a type takes, in words of configuration files.
fn expected_words(expected: &dyn Expected) -> String {
    let words = expected.to_string();
    match words.as_str() {
        "u8" => whole_number(u8::MIN, u8::MAX),
        "u16" => whole_number(u16::MIN, u16::MAX),
        "u32" => whole_number(u32::MIN, u32::MAX),
        "u64" | "usize" => "a whole number from 0".to_owned(),
        "i8" => whole_number(i8::MIN, i8::MAX),
        "i16" => whole_number(i16::MIN, i16::MAX),
        "i32" => whole_number(i32::MIN, i32::MAX),
        "i64" | "isize" | "i128" | "u128" => "a whole number".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" => "`true` or `false`".to_owned(),
        "a sequence" => "a list".to_owned(),
        other if other.starts_with("struct ") => "a map".to_owned(), // Also "struct variant …".
        other if other.starts_with("a nonzero") => other.replacen("a nonzero", "a non-zero", 1),
        _ => words,
    }
}

fn whole_number(least: impl fmt::Display, most: impl fmt::Display) -> String {
    format!("a whole number from {least} to {most}")
}

impl Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(Kind::Other { message: message.to_string() })
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match unexpected {
            Unexpected::Bool(_) => Found::Scalar("a boolean"),
            Unexpected::Unsigned(_) | Unexpected::Signed(_) => Found::Scalar("a whole number"),
            Unexpected::Float(_) => Found::Scalar("a number with a fraction"),
            Unexpected::Char(_) | Unexpected::Str(_) => Found::Text,
            Unexpected::Unit | Unexpected::Option => Found::Other("nothing"),
            Unexpected::Seq => Found::Other("a list"),
            Unexpected::Map => Found::Other("a map"),
            Unexpected::UnitVariant => Found::Other("a name alone"),
            _ => Found::Other("another type"),
        };
        Self::new(Kind::WrongType { found, expected: expected_words(expected) })
    }

    fn invalid_value(_unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(Kind::OutOfRange { expected: expected_words(expected) })
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("{length} items, expected {}", expected_words(expected)))
    }

    fn unknown_variant(name: &str, accepted: &'static [&'static str]) -> Self {
        Self::new(Kind::UnknownName { name: name.to_owned(), accepted })
    }

    fn unknown_field(name: &str, accepted: &'static [&'static str]) -> Self {
        Self::new(Kind::UnknownKey { name: name.to_owned(), accepted })
    }

    fn missing_field(name: &'static str) -> Self {
        Self::new(Kind::MissingKey { name })
    }
}

/// Only so that it can be an error type; people read the [`Diagnostic`].
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration does not fit its type")
    }
}

impl std::error::Error for Fault {}
