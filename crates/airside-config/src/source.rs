//! The text a configuration was read from: its name and its lines.
//!
//! Not a parser. It turns places into excerpts that are safe to show. Invariant: an excerpt
//! never shows what stands behind a key when the complaint is about the key, and never the value
//! of a secret-looking key.

use crate::{diagnose::Excerpt, redact, tree::Position};

/// Lines longer than this are cut when shown.
const MAX_SHOWN_CHARS: usize = 160;

/// What part of a line a complaint is about.
#[derive(Clone, Copy)]
pub(crate) enum Focus {
    /// A key; what stands behind it does not matter.
    Key,
    /// A value that may be shown.
    Value,
    /// A value under a secret-looking key.
    SecretValue,
    /// Text that could not be parsed.
    Syntax,
}

/// A named text.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) name: String,
    text: String,
}

impl Source {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), text: text.to_owned() }
    }

    /// Turns a byte offset into a position; beyond the end gives the end.
    pub(crate) fn position(text: &str, offset: usize) -> Position {
        let before = text.get(..offset).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        Position { line: before.matches('\n').count() + 1, column }
    }

    /// Shows the line of a position, without what must not be seen.
    pub(crate) fn excerpt(&self, at: Position, focus: Focus) -> Option<Excerpt> {
        let line = self.text.lines().nth(at.line.checked_sub(1)?)?;
        if line.trim().is_empty() {
            return None;
        }
        let shown = match focus {
            Focus::Key => redact::line(&up_to_key(line, at.column)),
            Focus::Value => redact::line(line),
            Focus::SecretValue => redact::line(&up_to(line, at.column)),
            Focus::Syntax => redact::tokens(&redact::line(line)),
        };
        let text: String = shown.chars().take(MAX_SHOWN_CHARS).collect();
        let visible = text.chars().count();
        // A mark under hidden text would point at nothing.
        let marked = at.column <= visible
            && shown.chars().zip(line.chars()).take(at.column).all(|(a, b)| a == b);
        let width = if marked { mark_width(&text, at.column, focus) } else { 0 };
        Some(Excerpt { text, column: at.column, width })
    }
}

/// The line up to and including the key at a column.
fn up_to_key(line: &str, column: usize) -> String {
    let head = line.chars().take(column.saturating_sub(1));
    let mut shown: String = head.collect();
    let rest = line.chars().skip(column.saturating_sub(1));
    let mut quote = None;
    let mut behind = rest.skip_while(|&c| {
        let inside = match (quote, c) {
            (Some(open), _) if c == open => {
                quote = None;
                true
            }
            (None, '"' | '\'') => {
                quote = Some(c);
                true
            }
            (Some(_), _) => true,
            (None, _) => !matches!(c, ':' | '=' | ' ' | '\t' | ']' | ',' | '}'),
        };
        if inside {
            shown.push(c);
        }
        inside
    });
    let behind: String = behind.by_ref().collect();
    let separators = behind.chars().take_while(|c| matches!(c, ' ' | '\t' | ':' | '=' | ']'));
    let separators: String = separators.collect();
    let hides = separators.len() < behind.trim_end().len();
    shown.push_str(separators.trim_end());
    if hides {
        shown.push(' ');
        shown.push(redact::HIDDEN);
    }
    shown
}

/// The line up to a column, the rest hidden.
fn up_to(line: &str, column: usize) -> String {
    let mut shown: String = line.chars().take(column.saturating_sub(1)).collect();
    shown.push(redact::HIDDEN);
    shown
}

/// How many characters to mark from a column on.
fn mark_width(text: &str, column: usize, focus: Focus) -> usize {
    let rest = text.chars().skip(column.saturating_sub(1));
    let width = match focus {
        Focus::Key => rest.take_while(|c| !matches!(c, ':' | '=' | ' ' | ']')).count(),
        Focus::Value => rest.collect::<String>().trim_end().chars().count(),
        Focus::SecretValue | Focus::Syntax => 1,
    };
    width.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str, column: usize, focus: Focus) -> (String, usize) {
        let excerpt = Source::new("f", line).excerpt(Position { line: 1, column }, focus);
        excerpt.map(|e| (e.text, e.width)).unwrap_or_default()
    }

    #[test]
    fn key_excerpts_hide_the_value() {
        for (line, column, text, width) in [
            ("apikye: sk-1", 1, "apikye: …", 6),
            ("  \"a b\": sk-1", 3, "  \"a b\": …", 2),
            ("x = \"sk-1\"", 1, "x = …", 1),
            ("[server]", 2, "[server]", 6),
            ("key:", 1, "key:", 3),
            ("{api_key: sk-1, modle: x}", 17, "{api_key: …", 0),
        ] {
            assert_eq!(shown(line, column, Focus::Key), (text.to_owned(), width), "{line}");
        }
    }

    #[test]
    fn value_excerpts_show_the_line_but_not_secrets() {
        for (line, column, focus, text, width) in [
            ("port: eighty", 7, Focus::Value, "port: eighty", 6),
            ("api_key: [1]", 10, Focus::Value, "api_key: …", 0),
            ("  - sk-1", 5, Focus::SecretValue, "  - …", 0),
            ("a: \"sk-abcdefghij0123456789", 4, Focus::Syntax, "a: \"…", 1),
        ] {
            assert_eq!(shown(line, column, focus), (text.to_owned(), width), "{line}");
        }
    }

    #[test]
    fn offsets_become_lines_and_columns_in_characters() {
        let text = "a\nüb = 1\n";
        for (offset, line, column) in [(0, 1, 1), (2, 2, 1), (4, 2, 2), (99, 3, 1)] {
            assert_eq!(Source::position(text, offset), Position { line, column }, "{offset}");
        }
    }

    #[test]
    fn lines_that_do_not_exist_show_nothing() {
        let source = Source::new("f", "a\n\n");
        for line in [0, 2, 9] {
            assert!(source.excerpt(Position { line, column: 1 }, Focus::Value).is_none());
        }
    }
}
