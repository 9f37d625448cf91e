//! Readers: text of one format in, a tree with positions out.
//!
//! No schema and no substitution here. JSON goes through the YAML reader, which every JSON text
//! satisfies. Invariant: a reader refuses what another program could read differently:
//! duplicate keys, several documents in one file, values beyond the number types.

mod toml;
mod yaml;

use crate::{
    load::Format,
    tree::{Node, Position},
};

/// Why a text is not a document.
pub(crate) struct SyntaxError {
    pub(crate) at: Option<Position>,
    pub(crate) message: String,
}

pub(crate) fn read(text: &str, format: Format) -> Result<Node, SyntaxError> {
    match format {
        Format::Yaml | Format::Json => yaml::read(text),
        Format::Toml => toml::read(text),
    }
}
