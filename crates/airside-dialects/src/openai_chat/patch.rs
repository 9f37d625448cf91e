//! Edits as splices of the caller's document.

use airside_schema::{ChatRequest, CodecError, Edit, LossReport, Message, Patched};
use airside_wire::{JsonDoc, Kind, Path, RawJson, Str};

use super::{DIALECT, egress};

/// Applies an edit.
pub(super) fn apply(doc: &mut JsonDoc, edit: &Edit) -> Result<Patched, CodecError> {
    match edit {
        Edit::SetModel(model) => set(doc, "model", RawJson::from_string(model)),
        Edit::SetParam { name, value } => set(doc, name, value.clone()),
        Edit::DefaultParam { name, value } => match doc.get(name) {
            Some(_) => Ok(Patched::Unchanged),
            None => set(doc, name, value.clone()),
        },
        Edit::Remove(path) => Ok(spliced(doc.remove(path)?)),
        Edit::RenameParam { from, to } => rename(doc, from, to),
        Edit::SetStream(stream) => set_stream(doc, *stream),
        Edit::ReplaceText { at, text } => replace_text(doc, at, text),
        Edit::InsertMessage { index, message } => insert(doc, *index, message),
        _ => Ok(Patched::NotExpressible),
    }
}

fn spliced(changed: bool) -> Patched {
    if changed { Patched::Spliced } else { Patched::Unchanged }
}

fn set(doc: &mut JsonDoc, name: &str, value: RawJson) -> Result<Patched, CodecError> {
    if doc.get(name).is_some_and(|present| present == value) {
        return Ok(Patched::Unchanged);
    }
    doc.set(&Path::key(name), value)?;
    Ok(Patched::Spliced)
}

fn rename(doc: &mut JsonDoc, from: &Str, to: &Str) -> Result<Patched, CodecError> {
    let Some(value) = doc.get(from).filter(|_| from != to) else { return Ok(Patched::Unchanged) };
    doc.remove(&Path::key(from.clone()))?;
    doc.set(&Path::key(to.clone()), value)?;
    Ok(Patched::Spliced)
}

/// Without a stream the API refuses `stream_options`.
fn set_stream(doc: &mut JsonDoc, stream: bool) -> Result<Patched, CodecError> {
    let now = doc.get("stream").and_then(|stream| stream.bool()).unwrap_or(false);
    let mut changed = false;
    if now != stream {
        doc.set(&Path::key("stream"), RawJson::from_bool(stream))?;
        changed = true;
    }
    if !stream {
        changed |= doc.remove(&Path::key("stream_options"))?;
    }
    Ok(spliced(changed))
}

fn replace_text(doc: &mut JsonDoc, at: &Path, text: &Str) -> Result<Patched, CodecError> {
    let present = doc.pointer(at);
    match present.map(|value| value.string()) {
        None => Err(CodecError::missing(at.to_string(), "a text to replace")),
        Some(None) => Err(CodecError::invalid(at.to_string(), "a string")),
        Some(Some(present)) if present == *text => Ok(Patched::Unchanged),
        Some(Some(_)) => {
            doc.replace(at, RawJson::from_string(text))?;
            Ok(Patched::Spliced)
        }
    }
}

/// Messages of the document and of the unified list correspond one to one.
fn insert(doc: &mut JsonDoc, index: usize, message: &Message) -> Result<Patched, CodecError> {
    let list = Path::key("messages");
    if doc.get("messages").is_none_or(|messages| messages.kind() != Kind::Array) {
        return Ok(Patched::NotExpressible);
    }
    let mut request = ChatRequest::default();
    request.source = Some(DIALECT);
    request.messages.push(message.clone());
    let mut loss = LossReport::default();
    let raw = egress::encode_message(&request, &mut loss);
    let Some(raw) = raw.filter(|_| loss.is_empty()) else { return Ok(Patched::NotExpressible) };
    doc.insert_item(&list, index, raw)?;
    Ok(Patched::Spliced)
}
