//! The blocks of a streamed answer.
//!
//! Not the message around them. A piece that does not fit its block is
//! opaque, so that the laws of events hold whatever arrives.

use airside_schema::{BlockKind, CodecError, Delta};
use airside_wire::{Kind, Object, RawJson, Str};

use super::super::{DIALECT, block_in, fields};
use crate::shared::at::At;

/// The open block.
#[derive(Debug)]
pub(super) struct Open {
    /// Its index on the wire.
    pub(super) wire: u64,
    /// Its index among the events.
    pub(super) index: u32,
    pub(super) holds: Holds,
}

/// What a block holds.
#[derive(Debug)]
pub(super) enum Holds {
    Text,
    Thinking,
    /// A tool call and the arguments to give should no piece follow.
    Tool(Option<RawJson>),
    Opaque,
}

/// How a block begins: its kind, what it holds, and the pieces that came with
/// its beginning.
pub(super) fn begin(
    raw: &RawJson,
    block: &mut Object,
    at: &At<'_>,
) -> Result<(BlockKind, Holds, Vec<Delta>), CodecError> {
    let name = fields::text(block, "type", at)?;
    let mut deltas = Vec::new();
    let some = |text: Option<Str>| text.filter(|text| !text.is_empty());
    let (kind, holds) = match &*name {
        "text" => {
            deltas.extend(some(fields::lenient_text(block, "text")).map(Delta::Text));
            let citations = fields::of_kind(block, "citations", Kind::Array);
            let citations = citations.and_then(|raw| raw.items()).unwrap_or_default();
            let citations = citations.into_iter().map(block_in::citation);
            deltas.extend(citations.map(|citation| Delta::Citation(Box::new(citation))));
            (BlockKind::Text, Holds::Text)
        }
        "thinking" => {
            deltas.extend(some(fields::lenient_text(block, "thinking")).map(Delta::Reasoning));
            deltas.extend(some(fields::lenient_text(block, "signature")).map(Delta::Signature));
            (BlockKind::Reasoning, Holds::Thinking)
        }
        "redacted_thinking" => {
            deltas.push(Delta::Redacted(fields::text(block, "data", at)?));
            (BlockKind::Reasoning, Holds::Thinking)
        }
        "tool_use" => {
            let id = fields::text(block, "id", at)?;
            let name = fields::text(block, "name", at)?;
            let input = fields::some(block, "input").or_else(|| RawJson::parse("{}").ok());
            block_in::drop_direct_caller(block);
            (BlockKind::ToolCall { id, name, custom: false }, Holds::Tool(input))
        }
        _ => {
            *block = Object::default();
            (BlockKind::Opaque { dialect: DIALECT, raw: raw.clone() }, Holds::Opaque)
        }
    };
    Ok((kind, holds, deltas))
}

impl Open {
    /// Reads a piece; `None` if it is empty. One that does not fit the block
    /// is opaque.
    pub(super) fn delta(&mut self, raw: &RawJson, fields: &mut Object) -> Option<Delta> {
        let name = fields.take("type").and_then(|name| name.string());
        let mut text = |key: &str| fields.take(key).and_then(|text| text.string());
        let delta = match (name.as_deref().unwrap_or_default(), &mut self.holds) {
            ("text_delta", Holds::Text) => text("text").map(Delta::Text),
            ("input_json_delta", Holds::Tool(unsaid)) => {
                let piece = text("partial_json");
                if piece.as_ref().is_some_and(|piece| !piece.is_empty()) {
                    // Pieces replace what the block began with, normally `{}`.
                    let replaced = unsaid.take().filter(|raw| raw.as_str() != "{}");
                    if let Some(raw) = replaced {
                        fields.push("input", raw);
                    }
                }
                piece.map(Delta::Arguments)
            }
            ("thinking_delta", Holds::Thinking) => text("thinking").map(Delta::Reasoning),
            ("signature_delta", Holds::Thinking) => text("signature").map(Delta::Signature),
            ("citations_delta", Holds::Text) => {
                let citation = fields.take("citation").map(block_in::citation);
                citation.map(|citation| Delta::Citation(Box::new(citation)))
            }
            _ => None,
        };
        match delta {
            Some(
                Delta::Text(text)
                | Delta::Arguments(text)
                | Delta::Reasoning(text)
                | Delta::Signature(text),
            ) if text.is_empty() => None,
            Some(delta) => Some(delta),
            None => {
                *fields = Object::default();
                Some(Delta::Opaque { dialect: DIALECT, raw: raw.clone() })
            }
        }
    }
}
