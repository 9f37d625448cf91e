//! What a model says, as a message of a request or of an answer has it.
//!
//! Reads only. The order of the parts is: reasoning, content, refusal, tool
//! calls.

use airside_schema::{CodecError, Extras, Part, PartKind, Reasoning, ToolCall};
use airside_wire::{Kind, Object, RawJson, Str};

use super::legacy::Calls;
use super::{DIALECT, citation, content, content_blocks, fields};
use crate::shared::at::At;

/// Takes the parts of an assistant's message out of its object. What no part
/// can hold goes into `extras`.
pub(super) fn parts(
    object: &mut Object,
    extras: &mut Extras,
    calls: &mut Calls,
    at: &At<'_>,
) -> Result<Vec<Part>, CodecError> {
    let content = match fields::some(object, "content") {
        Some(raw) => content::decode(&raw, &at.key("content"))?,
        None => Vec::new(),
    };
    let mut parts = reasoning(object, &content);
    // An empty content says the same as none.
    let is_empty =
        |part: &Part| matches!(&part.kind, PartKind::Text { text, .. } if text.is_empty());
    match content.as_slice() {
        [only] if is_empty(only) && only.extras.is_empty() && only.cache.is_none() => {}
        _ => parts.extend(content),
    }
    if let Some(text) = fields::text(object, "refusal", at)?.filter(|text| !text.is_empty()) {
        parts.push(Part::new(PartKind::Refusal(text)));
    }
    annotations(object, &mut parts);
    if let Some(raws) = fields::items(object, "tool_calls", at)? {
        let list = at.key("tool_calls");
        for (index, raw) in raws.into_iter().enumerate() {
            match tool_call(&raw, &list.index(index))? {
                Some(part) => parts.push(part),
                None => extras.push(DIALECT, Str::from(format!("tool_calls[{index}]")), raw),
            }
        }
    }
    if let Some(raw) = fields::of_kind(object, "function_call", Kind::Object) {
        parts.extend(function_call(&raw, extras, calls, &at.key("function_call"))?);
    }
    Ok(parts)
}

/// Reads the reasoning in the three forms servers give it.
fn reasoning(object: &mut Object, content: &[Part]) -> Vec<Part> {
    let blocks = fields::of_kind(object, "content_blocks", Kind::Array);
    let mut parts = blocks.map(|raw| content_blocks::decode(&raw, content)).unwrap_or_default();
    let text = fields::lenient_text(object, "reasoning_content");
    let repeated = text.is_none() || object.get("reasoning").and_then(RawJson::string) == text;
    let other = if repeated { fields::lenient_text(object, "reasoning") } else { None };
    let shown = parts.iter().any(|part| matches!(part.kind, PartKind::Reasoning(_)));
    if let Some(text) = text.or(other).filter(|text| !shown && !text.is_empty()) {
        let mut reasoning = Reasoning::text(text);
        reasoning.dialect = Some(DIALECT);
        parts.push(Part::new(PartKind::Reasoning(reasoning)));
    }
    parts
}

/// Gives the annotations to the last text. Without a text they stay.
fn annotations(object: &mut Object, parts: &mut [Part]) {
    let is_empty = object.get("annotations").is_some_and(|raw| raw.as_str() == "[]");
    let texts = parts.iter_mut().filter_map(|part| match &mut part.kind {
        PartKind::Text { citations, .. } => Some(citations),
        _ => None,
    });
    let Some(citations) = texts.last() else {
        if is_empty {
            object.take("annotations");
        }
        return;
    };
    if let Some(raw) = fields::of_kind(object, "annotations", Kind::Array) {
        citations.extend(raw.iter_items().into_iter().flatten().map(citation::decode));
    }
}

/// Reads one call of a function or a custom tool; `None` if it is of another
/// type. Some servers leave out the type of functions.
fn tool_call(raw: &RawJson, at: &At<'_>) -> Result<Option<Part>, CodecError> {
    let mut object = fields::object(raw, at)?;
    let custom = match object.get("type").and_then(RawJson::string).as_deref() {
        Some("custom") => true,
        Some("function") => false,
        None if object.contains("function") => false,
        _ => return Ok(None),
    };
    object.take("type");
    let (name, text) = if custom { ("custom", "input") } else { ("function", "arguments") };
    let inner_at = at.key(name);
    let Some(inner) = fields::some(&mut object, name) else {
        return Err(CodecError::missing(inner_at.path(), "an object with a `name`"));
    };
    let mut inner = fields::object(&inner, &inner_at)?;
    let id = fields::text(&mut object, "id", at)?.unwrap_or_default();
    let tool = fields::required_text(&mut inner, "name", &inner_at)?;
    let mut call = ToolCall::new(id, tool, arguments(&mut inner, text, &inner_at)?);
    call.custom = custom;
    // The position in the array, as some servers repeat it.
    fields::lenient_count(&mut object, "index");
    let mut part = Part::new(PartKind::ToolCall(call));
    part.cache = fields::cache(&mut object, &mut part.extras);
    fields::keep(&mut part.extras, name, inner);
    for (key, value) in object {
        part.extras.push(DIALECT, key, value);
    }
    Ok(Some(part))
}

/// Arguments are JSON in a text. Some servers write the object itself.
fn arguments(object: &mut Object, key: &str, at: &At<'_>) -> Result<Str, CodecError> {
    match fields::of_kind(object, key, Kind::Object) {
        Some(raw) => Ok(raw.text()),
        None => Ok(fields::text(object, key, at)?.unwrap_or_default()),
    }
}

/// Reads a call in the form before tools existed. Some servers send one
/// without a name when there is none.
fn function_call(
    raw: &RawJson,
    extras: &mut Extras,
    calls: &mut Calls,
    at: &At<'_>,
) -> Result<Option<Part>, CodecError> {
    let mut inner = fields::object(raw, at)?;
    let name = fields::text(&mut inner, "name", at)?.unwrap_or_default();
    let arguments = arguments(&mut inner, "arguments", at)?;
    if name.is_empty() {
        return Ok(None);
    }
    fields::keep(extras, "function_call", inner);
    let call = ToolCall::new(calls.call(), name, arguments);
    Ok(Some(Part::new(PartKind::ToolCall(call))))
}
