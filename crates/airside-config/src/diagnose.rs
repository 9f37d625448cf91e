//! What is wrong with a configuration, told to the person who wrote it.
//!
//! Not the finding of faults, only their telling: where, what, the line itself, and what to do.
//! Invariant: everything in a [`Diagnostic`] may be logged; excerpts come from
//! [`Source::excerpt`] only.

use std::fmt;

use crate::{
    path::Path,
    redact,
    source::{Focus, Source},
    tree::Position,
};

/// One complaint about a configuration.
///
/// `Display` gives the whole of it, over several lines and without a final line break:
///
/// ```text
/// airside.yaml:4:5: unknown key `provder` in `targets[0]`
///   |
/// 4 |     provder: …
///   |     ^^^^^^^
///   = did you mean `provider`?
///   = accepted here: `provider`, `model`
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// Name of the file, or of the text as the caller gave it.
    pub file: String,
    /// Where in it, if known.
    pub position: Option<Position>,
    /// The value or the map concerned, as `targets[0].provider`; empty for the whole document.
    pub path: String,
    /// What is wrong, in one line.
    pub message: String,
    /// The line concerned.
    pub excerpt: Option<Excerpt>,
    /// What to do about it, one hint each.
    pub help: Vec<String>,
}

/// A line of a configuration with a mark under a part of it; secrets in it are hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Excerpt {
    /// The line.
    pub text: String,
    /// Column of the mark, from 1.
    pub column: usize,
    /// Width of the mark in characters; 0 when what it marked is hidden.
    pub width: usize,
}

impl Diagnostic {
    pub(crate) fn new(
        source: &Source,
        at: Option<Position>,
        path: &Path,
        focus: Focus,
        message: String,
    ) -> Self {
        let focus = match focus {
            Focus::Value if path.keys().any(redact::is_secret_name) => Focus::SecretValue,
            other => other,
        };
        Self {
            file: source.name.clone(),
            position: at,
            path: path.to_string(),
            message,
            excerpt: at.and_then(|at| source.excerpt(at, focus)),
            help: Vec::new(),
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(at) = self.position {
            write!(f, ":{at}")?;
        }
        write!(f, ": {}", self.message)?;
        let line = self.position.map_or(0, |at| at.line).to_string();
        let margin = " ".repeat(line.len());
        if let Some(Excerpt { text, column, width }) = &self.excerpt {
            write!(f, "\n{margin} |\n{line} | {text}")?;
            if *width > 0 {
                let indent = " ".repeat(column.saturating_sub(1));
                write!(f, "\n{margin} | {indent}{}", "^".repeat(*width))?;
            }
        }
        for help in &self.help {
            write!(f, "\n{margin} = {help}")?;
        }
        Ok(())
    }
}

/// Writes names as a list for people: `` `a`, `b` ``, shortened when there are very many.
pub(crate) fn name_list(names: &[&str]) -> String {
    const MOST: usize = 40;
    let mut list: Vec<String> = names.iter().take(MOST).map(|name| format!("`{name}`")).collect();
    if names.len() > MOST {
        list.push(format!("and {} more", names.len() - MOST));
    }
    list.join(", ")
}
