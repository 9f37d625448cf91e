//! Where in a document a value stands, as a person would write it: `targets[0].provider`.
//!
//! Not a query language: paths are only ever shown or compared. Invariant: two different
//! places of one document never have the same text (odd keys are quoted).

use std::fmt::{self, Write as _};

/// One step into a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

/// The steps from the top of a document to a value; none for the document itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path(pub(crate) Vec<Step>);

impl Path {
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) => None,
        })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nr, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) => {
                    if nr > 0 {
                        f.write_char('.')?;
                    }
                    if is_plain(key) { f.write_str(key)? } else { write!(f, "{key:?}")? }
                }
            }
        }
        Ok(())
    }
}

fn is_plain(key: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    !key.is_empty() && key.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_read_as_written() {
        let key = |k: &str| Step::Key(k.to_owned());
        for (steps, text) in [
            (vec![], ""),
            (vec![key("a")], "a"),
            (vec![key("targets"), Step::Index(0), key("provider")], "targets[0].provider"),
            (vec![Step::Index(1), Step::Index(2)], "[1][2]"),
            (vec![key("headers"), key("a.b"), key("")], r#"headers."a.b"."""#),
        ] {
            assert_eq!(Path(steps).to_string(), text);
        }
    }
}
