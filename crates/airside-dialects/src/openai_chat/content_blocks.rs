//! `content_blocks`: the blocks of an assistant's message in Anthropic's shape
//! (<https://docs.anthropic.com/en/api/messages>), without tool calls.
//!
//! Not part of the official API. Gateways add the field to show reasoning with
//! its signature, and clients send it back. Texts in it repeat the content.

use airside_schema::{DialectId, Extras, Part, PartKind, Reasoning};
use airside_wire::{RawJson, Writer};

use super::{DIALECT, fields};

const SHAPE: DialectId = DialectId::ANTHROPIC_MESSAGES;

/// Reads the blocks that say more than the content does.
pub(super) fn decode(raw: &RawJson, content: &[Part]) -> Vec<Part> {
    let texts = content.iter().filter_map(|part| match &part.kind {
        PartKind::Text { text, .. } => Some(&**text),
        _ => None,
    });
    let content: String = texts.collect();
    let mut rest = &*content;
    let blocks = raw.iter_items().into_iter().flatten();
    blocks.filter_map(|block| decode_block(block, &mut rest)).collect()
}

/// `content` is what the content says beyond the texts of the blocks before.
fn decode_block(raw: RawJson, content: &mut &str) -> Option<Part> {
    let mut object = raw.object()?;
    let kind = object.take("type").and_then(|kind| kind.string()).unwrap_or_default();
    let mut reasoning = Reasoning::default();
    match &*kind {
        "thinking" => {
            reasoning.text = fields::lenient_text(&mut object, "thinking").unwrap_or_default();
            reasoning.signature = fields::lenient_text(&mut object, "signature");
        }
        "redacted_thinking" => reasoning.redacted = fields::lenient_text(&mut object, "data"),
        "text" if object.len() == 1 => {
            let text = object.get("text").and_then(RawJson::string)?;
            if let Some(rest) = content.strip_prefix(&*text) {
                *content = rest;
                return None;
            }
            return Some(Part::text(text));
        }
        _ => return Some(Part::opaque(SHAPE, raw)),
    }
    // What is not signed can be read by anybody.
    let signed = reasoning.signature.is_some() || reasoning.redacted.is_some();
    reasoning.dialect = Some(if signed { SHAPE } else { DIALECT });
    let mut part = Part::new(PartKind::Reasoning(reasoning));
    part.extras = Extras::rest(DIALECT, object);
    Some(part)
}

/// True if only this field can show the part.
pub(super) fn holds(part: &Part) -> bool {
    match &part.kind {
        PartKind::Opaque { dialect, .. } => *dialect == SHAPE,
        PartKind::Reasoning(reasoning) => reasoning.dialect == Some(SHAPE),
        _ => false,
    }
}

/// Writes the field.
pub(super) fn write(out: &mut Writer, parts: &[Part]) {
    out.open_array("content_blocks");
    for part in parts {
        match &part.kind {
            PartKind::Text { text, .. } => {
                out.begin_object();
                out.field_string("type", "text");
                out.field_string("text", text);
                out.end_object();
            }
            PartKind::Reasoning(reasoning) => write_thinking(out, reasoning, &part.extras),
            PartKind::Opaque { dialect: SHAPE, raw } => out.raw(raw),
            _ => {}
        }
    }
    out.end_array();
}

fn write_thinking(out: &mut Writer, reasoning: &Reasoning, extras: &Extras) {
    out.begin_object();
    if let Some(data) = &reasoning.redacted {
        out.field_string("type", "redacted_thinking");
        out.field_string("data", data);
    } else {
        out.field_string("type", "thinking");
        out.field_string("thinking", &reasoning.text);
        if let Some(signature) = &reasoning.signature {
            out.field_string("signature", signature);
        }
    }
    fields::write_back(out, extras, &[]);
    out.end_object();
}
