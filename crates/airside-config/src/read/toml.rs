//! TOML to a tree, through the toml crate's document with spans.
//!
//! Dates become strings, as they were written. Invariant: entries stand in the order of the
//! text, which the parser's own tables do not keep.

use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

use super::SyntaxError;
use crate::{
    source::Source,
    tree::{Entry, Node, Position, Value},
};

pub(super) fn read(text: &str) -> Result<Node, SyntaxError> {
    // The parser counts bytes from behind a byte order mark; so do we.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document = DeTable::parse(text).map_err(|error| SyntaxError {
        at: error.span().map(|span| Source::position(text, span.start)),
        message: error.message().to_owned(),
    })?;
    let reader = Reader { lines: line_starts(text), text };
    let value = reader.table(document.into_inner())?;
    Ok(Node { at: Position::START, value })
}

struct Reader<'t> {
    text: &'t str,
    lines: Vec<usize>,
}

impl Reader<'_> {
    fn table(&self, table: DeTable<'_>) -> Result<Value, SyntaxError> {
        let mut entries = table.into_iter().collect::<Vec<_>>();
        entries.sort_by_key(|(key, _)| key.span().start);
        let entries = entries.into_iter().map(|(key, value)| self.entry(key, value));
        entries.collect::<Result<_, _>>().map(Value::Map)
    }

    fn entry(
        &self,
        key: Spanned<DeString<'_>>,
        value: Spanned<DeValue<'_>>,
    ) -> Result<Entry, SyntaxError> {
        let key_at = self.position(key.span().start);
        Ok(Entry { key: key.into_inner().into_owned(), key_at, node: self.node(value)? })
    }

    fn node(&self, spanned: Spanned<DeValue<'_>>) -> Result<Node, SyntaxError> {
        let at = self.position(spanned.span().start);
        let value = match spanned.into_inner() {
            DeValue::String(text) => Value::Text(text.into_owned().into()),
            DeValue::Boolean(value) => Value::Bool(value),
            DeValue::Datetime(value) => Value::Text(value.to_string().into()),
            DeValue::Integer(number) => {
                let parsed = i128::from_str_radix(number.as_str(), number.radix());
                Value::Int(parsed.map_err(|_| too_large(at))?)
            }
            DeValue::Float(number) => {
                let parsed = number.as_str().parse().ok().filter(|value: &f64| value.is_finite());
                Value::Float(parsed.ok_or_else(|| too_large(at))?)
            }
            DeValue::Array(items) => {
                let items = items.into_iter().map(|item| self.node(item));
                Value::List(items.collect::<Result<_, _>>()?)
            }
            DeValue::Table(table) => self.table(table)?,
        };
        Ok(Node { at, value })
    }

    fn position(&self, offset: usize) -> Position {
        let line = self.lines.partition_point(|&start| start <= offset);
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let column = self.text.get(start..offset).unwrap_or_default().chars().count() + 1;
        Position { line, column }
    }
}

/// Infinite and not-a-number values are refused as well: no setting can mean them.
fn too_large(at: Position) -> SyntaxError {
    SyntaxError { at: Some(at), message: "number out of range".to_owned() }
}

fn line_starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}
