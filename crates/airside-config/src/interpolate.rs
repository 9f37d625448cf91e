//! Replaces `${…}` in the strings of a tree.
//!
//! Works on parsed values, so a replacement can never become a key, a list or a comment; it is
//! not replaced again either. Keys are left alone. Invariant: a string that holds replaced text
//! remembers how it was written, and only that is ever shown.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read as _},
    path::{Path as FilePath, PathBuf},
};

use crate::{
    diagnose::Diagnostic,
    env::Env,
    path::{Path, Step},
    source::{Focus, Source},
    tree::{Node, Text, Value},
};

/// A secret is a line or a key file; more is a mistake.
const MAX_SECRET_FILE_BYTES: u64 = 64 * 1024;

/// What was read while replacing.
#[derive(Default)]
pub(crate) struct Used {
    pub(crate) variables: BTreeSet<String>,
    pub(crate) files: BTreeSet<PathBuf>,
}

/// Replaces every reference in the tree.
///
/// # Errors
///
/// One diagnostic for every string that holds a reference that cannot be replaced.
pub(crate) fn interpolate(
    root: &mut Node,
    source: &Source,
    env: &Env,
) -> Result<Used, Vec<Diagnostic>> {
    let mut walk =
        Walk { source, env, path: Path::default(), used: Used::default(), wrong: vec![] };
    walk.node(root);
    if walk.wrong.is_empty() { Ok(walk.used) } else { Err(walk.wrong) }
}

struct Walk<'a> {
    source: &'a Source,
    env: &'a Env,
    path: Path,
    used: Used,
    wrong: Vec<Diagnostic>,
}

impl Walk<'_> {
    fn node(&mut self, node: &mut Node) {
        match &mut node.value {
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => {}
            Value::Text(text) => match expand(&text.value, self.env, &mut self.used) {
                Ok(None) => {}
                Ok(Some(value)) => {
                    let template = std::mem::replace(&mut text.value, value);
                    text.template = Some(template);
                }
                Err(refused) => {
                    let (at, message) = (Some(node.at), refused.message);
                    let wrong = Diagnostic::new(self.source, at, &self.path, Focus::Value, message);
                    self.wrong.push(wrong.help(refused.help));
                }
            },
            Value::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.step(Step::Index(index), item);
                }
            }
            Value::Map(entries) => {
                for entry in entries {
                    self.step(Step::Key(entry.key.clone()), &mut entry.node);
                }
            }
        }
    }

    fn step(&mut self, step: Step, node: &mut Node) {
        self.path.0.push(step);
        self.node(node);
        self.path.0.pop();
    }
}

/// Why a reference cannot be replaced, and what to write instead.
struct Refused {
    message: String,
    help: String,
}

fn refuse(message: impl Into<String>, help: impl Into<String>) -> Refused {
    Refused { message: message.into(), help: help.into() }
}

/// Gives the text with its references replaced, or `None` when it has none.
fn expand(text: &str, env: &Env, used: &mut Used) -> Result<Option<String>, Refused> {
    if !text.contains("${") {
        return Ok(None);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, reference) = rest.split_at(at);
        if let Some(literal) = before.strip_suffix('$') {
            out.push_str(literal);
            out.push_str("${");
            rest = reference.get(2..).unwrap_or_default();
            continue;
        }
        out.push_str(before);
        let Some((inner, after)) = reference.get(2..).and_then(|inner| inner.split_once('}'))
        else {
            return Err(refuse("a `${` without its `}`", "write `$${` for a literal `${`"));
        };
        out.push_str(&resolve(inner, env, used)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(Some(out))
}

/// Gives what stands for the inside of one `${…}`.
fn resolve(inner: &str, env: &Env, used: &mut Used) -> Result<String, Refused> {
    if let Some(path) = inner.strip_prefix("file:") {
        let content = secret_file(FilePath::new(path)).map_err(|error| {
            refuse(
                format!("cannot read the file of `${{{inner}}}`: {error}"),
                "write `${file:/path}` with the absolute path of a readable text file",
            )
        })?;
        used.files.insert(PathBuf::from(path));
        return Ok(content);
    }
    let (name, default) = match inner.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inner, None),
    };
    if !is_variable_name(name) || default.is_some_and(|text| text.contains("${")) {
        return Err(refuse(
            format!("`${{{inner}}}` is not a reference"),
            "accepted: `${NAME}`, `${NAME:-default}`, `${file:/path}`; \
             write `$${` for a literal `${`",
        ));
    }
    used.variables.insert(name.to_owned());
    let found = env.get(name).map_err(|error| refuse(error.to_string(), "set it to plain text"))?;
    match (found, default) {
        (Some(value), None) => Ok(value),
        (Some(value), Some(_)) if !value.is_empty() => Ok(value),
        (_, Some(default)) => Ok(default.to_owned()),
        (None, None) => Err(refuse(
            format!("environment variable `{name}` is not set"),
            format!("set it, or give a default: `${{{name}:-default}}`"),
        )),
    }
}

fn is_variable_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Reads a small text file, white space around it removed.
fn secret_file(path: &FilePath) -> io::Result<String> {
    if !path.is_absolute() {
        // What a relative path is relative to would depend on how the program was started.
        return Err(io::Error::other("the path is not absolute"));
    }
    let mut content = String::new();
    File::open(path)?.take(MAX_SECRET_FILE_BYTES + 1).read_to_string(&mut content)?;
    if content.len() as u64 > MAX_SECRET_FILE_BYTES {
        let limit = MAX_SECRET_FILE_BYTES;
        return Err(io::Error::other(format!("the file is larger than {limit} bytes")));
    }
    Ok(content.trim().to_owned())
}

impl Text {
    /// The value, if a reference was replaced in it.
    pub(crate) fn replaced(&self) -> Option<&str> {
        self.template.as_ref().map(|_| self.value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env() -> Env {
        Env::from_map([("A", "1"), ("EMPTY", ""), ("YAML", "[x, {y: z}]\n# no"), ("REF", "${A}")])
    }

    #[test]
    fn references_are_replaced() {
        for (text, expected) in [
            ("", None),
            ("plain $1 $$ $ {A}", None),
            ("${A}", Some("1")),
            ("x${A}y${A}z", Some("x1y1z")),
            ("${EMPTY}", Some("")),
            ("${EMPTY:-d}", Some("d")),
            ("${NOPE:-d e:f/g}", Some("d e:f/g")),
            ("${NOPE:-}", Some("")),
            ("${A:-d}", Some("1")),
            ("$${A}", Some("${A}")),
            ("$$${A}", Some("$${A}")),
            ("a$${A}b${A}", Some("a${A}b1")),
            ("${YAML}", Some("[x, {y: z}]\n# no")),
            ("${REF}", Some("${A}")),
        ] {
            let got = expand(text, &env(), &mut Used::default()).map_err(|r| r.message);
            assert_eq!(got, Ok(expected.map(str::to_owned)), "{text:?}");
        }
    }

    #[test]
    fn what_cannot_be_replaced_is_refused_with_words() {
        for (text, expected) in [
            ("${NOPE}", "environment variable `NOPE` is not set"),
            ("a ${A", "a `${` without its `}`"),
            ("${}", "`${}` is not a reference"),
            ("${1A}", "`${1A}` is not a reference"),
            ("${A B}", "`${A B}` is not a reference"),
            ("${A:?x}", "`${A:?x}` is not a reference"),
            ("${NOPE:-${A}}", "`${NOPE:-${A}` is not a reference"),
            ("${file:key}", "cannot read the file of `${file:key}`: the path is not absolute"),
        ] {
            let got = expand(text, &env(), &mut Used::default()).map_err(|r| r.message);
            assert_eq!(got, Err(expected.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn what_was_used_is_remembered() {
        let mut used = Used::default();
        let result = expand("${A}${NOPE:-x}$${REF}", &env(), &mut used).map_err(|r| r.message);
        assert_eq!(result, Ok(Some("1x${REF}".to_owned())));
        assert_eq!(used.variables.into_iter().collect::<Vec<_>>(), ["A", "NOPE"]);
    }
}
