//! Content blocks to parts, for requests and answers alike.
//!
//! Not the message around them. Decoding is total: a block of an unknown type
//! is kept whole as an opaque part, an unknown field of a known block goes to
//! the part's extras.

use airside_schema::{
    Citation, CodecError, Extras, Media, MediaSource, Part, PartKind, Reasoning, ToolCall,
    ToolResult,
};
use airside_wire::{Kind, Object, RawJson, Str};

use super::{DIALECT, fields};
use crate::shared::at::At;

/// Decodes content: a string, or an array of blocks.
pub(super) fn content(raw: &RawJson, at: &At<'_>) -> Result<Vec<Part>, CodecError> {
    if let Some(text) = raw.string() {
        return Ok(vec![Part::text(text)]);
    }
    let blocks = fields::items(raw, at, "a string or an array of content blocks")?;
    blocks.iter().enumerate().map(|(index, raw)| block(raw, &at.index(index))).collect()
}

/// Decodes one block.
pub(super) fn block(raw: &RawJson, at: &At<'_>) -> Result<Part, CodecError> {
    let mut block = fields::object(raw, at, "a content block, which is an object")?;
    let name = fields::text(&mut block, "type", at)?;
    let kind = match &*name {
        "text" => text(&mut block, at)?,
        "image" | "document" => return media(raw, &name, block, at),
        "tool_use" => tool_use(&mut block, at)?,
        "tool_result" => tool_result(&mut block, at)?,
        "thinking" => thinking(&mut block, at)?,
        "redacted_thinking" => redacted_thinking(&mut block, at)?,
        _ => return Ok(Part::opaque(DIALECT, raw.clone())),
    };
    Ok(finish(kind, block))
}

/// Puts what every block may have around its kind.
fn finish(kind: PartKind, mut block: Object) -> Part {
    let mut part = Part::new(kind);
    part.cache = fields::cache(&mut block);
    part.extras = Extras::rest(DIALECT, block);
    part
}

fn text(block: &mut Object, at: &At<'_>) -> Result<PartKind, CodecError> {
    let text = fields::text(block, "text", at)?;
    let citations = fields::of_kind(block, "citations", Kind::Array)
        .and_then(|list| list.items())
        .unwrap_or_default();
    Ok(PartKind::Text { text, citations: citations.into_iter().map(citation).collect() })
}

/// Reads what every kind of location has in common.
pub(super) fn citation(raw: RawJson) -> Citation {
    let text = |key: &str| raw.get(key).and_then(|value| value.string());
    let (url, cited_text) = (text("url"), text("cited_text"));
    let title = text("title").or_else(|| text("document_title"));
    let mut citation = Citation::new(DIALECT, raw);
    (citation.url, citation.title, citation.cited_text) = (url, title, cited_text);
    citation
}

fn media(raw: &RawJson, name: &str, mut block: Object, at: &At<'_>) -> Result<Part, CodecError> {
    let at_source = at.key("source");
    let source = fields::some(&mut block, "source");
    let source = source.ok_or_else(|| CodecError::missing(at_source.path(), "an object"))?;
    let Some((source, rest)) = media_source(&source, &at_source)? else {
        return Ok(Part::opaque(DIALECT, raw.clone()));
    };
    let mut media = Media::new(source);
    if name == "image" {
        let mut part = finish(PartKind::Image(media), block);
        fields::keep(&mut part.extras, "source", rest);
        return Ok(part);
    }
    media.name = fields::optional_text(&mut block, "title", at)?;
    media.context = fields::optional_text(&mut block, "context", at)?;
    let config = fields::of_kind(&mut block, "citations", Kind::Object);
    let mut config = config.and_then(|raw| raw.object()).unwrap_or_default();
    media.citations = config.take("enabled").and_then(|raw| raw.bool());
    let mut part = finish(PartKind::File(media), block);
    fields::keep(&mut part.extras, "source", rest);
    fields::keep(&mut part.extras, "citations", config);
    Ok(part)
}

/// Decodes a source and what is left of it; `None` if it is of an unknown type.
fn media_source(raw: &RawJson, at: &At<'_>) -> Result<Option<(MediaSource, Object)>, CodecError> {
    let mut source = fields::object(raw, at, "an object")?;
    let name = fields::text(&mut source, "type", at)?;
    let decoded = match &*name {
        "base64" => MediaSource::Base64 {
            media_type: fields::text(&mut source, "media_type", at)?,
            data: fields::text(&mut source, "data", at)?,
        },
        "text" => MediaSource::Text {
            media_type: fields::text(&mut source, "media_type", at)?,
            text: fields::text(&mut source, "data", at)?,
        },
        "url" => MediaSource::Url(fields::text(&mut source, "url", at)?),
        "file" => MediaSource::FileId(fields::text(&mut source, "file_id", at)?),
        "content" => {
            let raw = fields::some(&mut source, "content");
            let parts = raw.map(|raw| content(&raw, &at.key("content"))).transpose()?;
            MediaSource::Parts(parts.unwrap_or_default())
        }
        _ => return Ok(None),
    };
    Ok(Some((decoded, source)))
}

fn tool_use(block: &mut Object, at: &At<'_>) -> Result<PartKind, CodecError> {
    let id = fields::text(block, "id", at)?;
    let name = fields::text(block, "name", at)?;
    let input = fields::some(block, "input").map(|raw| raw.text());
    let arguments = input.unwrap_or_else(|| Str::from_static("{}"));
    drop_direct_caller(block);
    Ok(PartKind::ToolCall(ToolCall::new(id, name, arguments)))
}

/// Drops the caller of a tool call if it is the model itself, which goes
/// without saying; any other caller stays.
pub(super) fn drop_direct_caller(block: &mut Object) {
    let caller = block.get("caller").and_then(RawJson::object);
    let name = |raw: &RawJson| raw.string().is_some_and(|name| name == "direct");
    if caller.is_some_and(|caller| caller.len() == 1 && caller.get("type").is_some_and(name)) {
        block.take("caller");
    }
}

fn tool_result(block: &mut Object, at: &At<'_>) -> Result<PartKind, CodecError> {
    let call_id = fields::text(block, "tool_use_id", at)?;
    let raw = fields::some(block, "content");
    let parts = raw.map(|raw| content(&raw, &at.key("content"))).transpose()?;
    let mut result = ToolResult::new(call_id, parts.unwrap_or_default());
    result.is_error = fields::optional_bool(block, "is_error", at)?;
    Ok(PartKind::ToolResult(result))
}

fn thinking(block: &mut Object, at: &At<'_>) -> Result<PartKind, CodecError> {
    let mut reasoning = Reasoning::text(fields::text(block, "thinking", at)?);
    let signature = fields::optional_text(block, "signature", at)?;
    reasoning.signature = signature.filter(|signature| !signature.is_empty());
    reasoning.dialect = Some(DIALECT);
    Ok(PartKind::Reasoning(reasoning))
}

fn redacted_thinking(block: &mut Object, at: &At<'_>) -> Result<PartKind, CodecError> {
    let mut reasoning = Reasoning::default();
    reasoning.redacted = Some(fields::text(block, "data", at)?);
    reasoning.dialect = Some(DIALECT);
    Ok(PartKind::Reasoning(reasoning))
}
