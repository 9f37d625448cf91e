//! Types and their documentation, read from Rust source.
//!
//! Not a parser of Rust: it knows structs with named fields and enums, one
//! member a line, as rustfmt writes them. Invariant: a member without
//! documentation is a member all the same, so nothing is left out in silence.

/// A struct or an enum.
#[derive(Debug, Default)]
pub(crate) struct Type {
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) is_enum: bool,
    /// Fields, or variants.
    pub(crate) members: Vec<Member>,
}

/// A field or a variant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) doc: String,
    /// The type of a field as it is written; empty for a variant.
    pub(crate) held: String,
}

/// Reads the types of a source, up to its tests.
pub(crate) fn types(source: &str) -> Vec<Type> {
    let mut types = Vec::new();
    let mut open: Option<Type> = None;
    let mut doc = Vec::new();
    for line in source.lines().take_while(|line| *line != "#[cfg(test)]") {
        let code = line.trim().trim_start_matches("pub ");
        if let Some(text) = code.strip_prefix("///") {
            doc.push(text.trim());
            continue;
        }
        if code.starts_with("#[") {
            continue;
        }
        let told = std::mem::take(&mut doc).join("\n");
        if line == "}" {
            types.extend(open.take());
        } else if let Some(open) = &mut open {
            open.members.extend(member(code, told));
        } else {
            open = beginning(code, told);
        }
    }
    types
}

fn beginning(code: &str, doc: String) -> Option<Type> {
    let (keyword, rest) = code.split_once(' ')?;
    let is_enum = match keyword {
        "struct" => false,
        "enum" => true,
        _ => return None,
    };
    let name = rest.strip_suffix(" {")?.to_owned();
    Some(Type { name, doc, is_enum, members: Vec::new() })
}

fn member(code: &str, doc: String) -> Option<Member> {
    let code = code.strip_suffix(',')?;
    let (name, held) = code.split_once(": ").unwrap_or((code, ""));
    Some(Member { name: name.to_owned(), doc, held: held.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read_with_their_documentation() {
        let source = "\
//! A file.

use std::path::PathBuf;

/// A thing
/// on two lines.
#[derive(Debug)]
pub struct Thing {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    place: BTreeMap<String, PathBuf>,
}

impl Thing {
    /// A function.
    fn name(&self) {}
}

/// Which.
enum Which {
    /// The one.
    One,
    Other(String),
}

#[cfg(test)]
struct Hidden {
    field: u8,
}
";
        let types = types(source);
        let names: Vec<_> =
            types.iter().map(|kind| (&*kind.name, &*kind.doc, kind.is_enum)).collect();
        assert_eq!(names, [("Thing", "A thing\non two lines.", false), ("Which", "Which.", true)]);
        let member = |name: &str, doc: &str, held: &str| Member {
            name: name.into(),
            doc: doc.into(),
            held: held.into(),
        };
        assert_eq!(
            types[0].members,
            [
                member("name", "Its name.", "Option<String>"),
                member("place", "", "BTreeMap<String, PathBuf>"),
            ]
        );
        assert_eq!(
            types[1].members,
            [member("One", "The one.", ""), member("Other(String)", "", "")]
        );
    }
}
