//! Files that are written by a command and never by hand.
//!
//! Only the registry and the comparison; what a file contains is the command's business.
//! Invariant: a generated file is exactly what its command writes to standard output.

use crate::{Report, repository::Repository};

/// A generated file and the arguments of `cargo` that write it.
struct Generated {
    file: &'static str,
    arguments: &'static [&'static str],
}

/// Every generated file. To add one, add a row and run `cargo xtask generated`.
const GENERATED: &[Generated] = &[
    Generated { file: "docs/PROVIDERS.md", arguments: &["providers", "--markdown"] },
    Generated { file: "docs/CONFIG.md", arguments: &["config", "--markdown"] },
];

/// How the bundled application is run; the arguments of a row follow.
const APPLICATION: &[&str] = &["run", "--quiet", "--package", "airside-app", "--"];

/// Writes every generated file.
pub(crate) fn write(repository: &Repository) -> Report {
    each(|row| {
        let text = generate(repository, row)?;
        let path = repository.path(row.file);
        std::fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", row.file))
    })
}

/// Compares every generated file with what would be written.
pub(crate) fn check(repository: &Repository) -> Report {
    each(|row| {
        let text = generate(repository, row)?;
        let written = std::fs::read_to_string(repository.path(row.file)).map_err(|error| {
            format!("cannot read {}: {error}; run `cargo xtask generated`", row.file)
        })?;
        difference(row.file, &written, &text).map_or(Ok(()), Err)
    })
}

fn each(act: impl Fn(&Generated) -> Result<(), String>) -> Report {
    let problems = GENERATED.iter().filter_map(|row| act(row).err()).collect();
    Report { problems, warnings: Vec::new() }
}

fn generate(repository: &Repository, row: &Generated) -> Result<String, String> {
    let arguments = [APPLICATION, row.arguments].concat();
    let text = repository.run("cargo", &arguments)?;
    if text.trim().is_empty() {
        return Err(format!("the command for {} wrote nothing", row.file));
    }
    Ok(text)
}

/// Says at which line a file and its new content part, or nothing when they are the same.
fn difference(file: &str, written: &str, generated: &str) -> Option<String> {
    if written == generated {
        return None;
    }
    let (mut old, mut new) = (written.lines(), generated.lines());
    let mut line = 1;
    let (old, new) = loop {
        match (old.next(), new.next()) {
            (None, None) => break ("another line break", "its own"),
            (old, new) if old != new => {
                break (old.unwrap_or("the end"), new.unwrap_or("the end"));
            }
            _ => line += 1,
        }
    };
    Some(format!(
        "{file}:{line} is out of date; run `cargo xtask generated`\n  in the file: {old}\n  \
         generated:   {new}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_name_the_first_line() {
        for (written, generated, expected) in [
            ("a\nb\n", "a\nb\n", None),
            ("a\nb\n", "a\nc\n", Some((2, "b", "c"))),
            ("a\n", "a\nc\n", Some((2, "the end", "c"))),
            ("a\nb\n", "a\n", Some((2, "b", "the end"))),
            ("a", "a\n", Some((2, "another line break", "its own"))),
        ] {
            let expected = expected.map(|(line, old, new)| {
                format!(
                    "f:{line} is out of date; run `cargo xtask generated`\n  in the file: {old}\n  \
                     generated:   {new}"
                )
            });
            assert_eq!(difference("f", written, generated), expected);
        }
    }
}
