//! Edits as splices of the caller's document.
//!
//! All bytes an edit does not name stay as they are. Inserting messages needs
//! the unified schema: instructions stand apart in this format.

use airside_schema::{CodecError, Edit, Patched};
use airside_wire::{JsonDoc, Kind, Path, RawJson, Str};

/// Applies one edit.
pub(super) fn apply(doc: &mut JsonDoc, edit: &Edit) -> Result<Patched, CodecError> {
    match edit {
        Edit::SetModel(model) => set(doc, "model".into(), RawJson::from_string(model)),
        Edit::SetParam { name, value } => set(doc, name.clone(), value.clone()),
        Edit::DefaultParam { name, value } => match doc.get(name) {
            Some(_) => Ok(Patched::Unchanged),
            None => set(doc, name.clone(), value.clone()),
        },
        Edit::Remove(path) => Ok(spliced(doc.remove(path)?)),
        Edit::RenameParam { from, to } => rename(doc, from, to),
        Edit::SetStream(stream) => set_stream(doc, *stream),
        Edit::ReplaceText { at, text } => replace_text(doc, at, text),
        _ => Ok(Patched::NotExpressible),
    }
}

fn set(doc: &mut JsonDoc, key: Str, value: RawJson) -> Result<Patched, CodecError> {
    if doc.get(&key).is_some_and(|present| present == value) {
        return Ok(Patched::Unchanged);
    }
    doc.set(&Path::key(key), value)?;
    Ok(Patched::Spliced)
}

fn set_stream(doc: &mut JsonDoc, stream: bool) -> Result<Patched, CodecError> {
    // Not asking for a stream is the default.
    if !stream && doc.get("stream").is_none() {
        return Ok(Patched::Unchanged);
    }
    set(doc, "stream".into(), RawJson::from_bool(stream))
}

fn rename(doc: &mut JsonDoc, from: &Str, to: &Str) -> Result<Patched, CodecError> {
    let Some(value) = doc.get(from).filter(|_| from != to) else {
        return Ok(Patched::Unchanged);
    };
    doc.remove(&Path::key(from.clone()))?;
    doc.set(&Path::key(to.clone()), value)?;
    Ok(Patched::Spliced)
}

fn replace_text(doc: &mut JsonDoc, at: &Path, text: &Str) -> Result<Patched, CodecError> {
    let present = doc.pointer(at);
    if present.as_ref().is_some_and(|raw| raw.kind() != Kind::String) {
        return Err(CodecError::invalid(at.to_string(), "a string to replace"));
    }
    if present.and_then(|raw| raw.string()).is_some_and(|present| present == *text) {
        return Ok(Patched::Unchanged);
    }
    doc.replace(at, RawJson::from_string(text))?;
    Ok(Patched::Spliced)
}

fn spliced(changed: bool) -> Patched {
    if changed { Patched::Spliced } else { Patched::Unchanged }
}

#[cfg(test)]
mod tests {
    use super::*;
    use airside_wire::Limits;

    const BODY: &str =
        r#"{"model": "small", "max_tokens": 1e2,  "system":"be\u0020brief", "x": 1}"#;

    fn patched(edit: &Edit) -> (Patched, String) {
        let mut doc = JsonDoc::parse(BODY.into(), &Limits::default()).unwrap();
        let patched = apply(&mut doc, edit).unwrap();
        (patched, String::from_utf8(doc.to_bytes().to_vec()).unwrap())
    }

    #[test]
    fn only_the_named_bytes_change() {
        let raw = |text: &'static str| RawJson::parse(text).unwrap();
        let cases = [
            (Edit::SetModel("big".into()), BODY.replace("small", "big")),
            (
                Edit::SetParam { name: "max_tokens".into(), value: raw("5") },
                BODY.replace("1e2", "5"),
            ),
            (
                Edit::ReplaceText { at: Path::key("system"), text: "be long".into() },
                BODY.replace(r"be\u0020brief", "be long"),
            ),
            (Edit::SetStream(true), BODY.replace("1}", r#"1,"stream":true}"#)),
            (Edit::Remove(Path::key("x")), BODY.replace(r#", "x": 1"#, "")),
        ];
        for (edit, expected) in cases {
            assert_eq!(patched(&edit), (Patched::Spliced, expected), "{edit:?}");
        }
    }

    #[test]
    fn an_edit_that_holds_already_changes_nothing() {
        let value = RawJson::from_u64(1);
        let edits = [
            Edit::SetModel("small".into()),
            Edit::DefaultParam { name: "max_tokens".into(), value },
            Edit::SetStream(false),
            Edit::Remove(Path::key("absent")),
            Edit::RenameParam { from: "absent".into(), to: "model".into() },
            Edit::ReplaceText { at: Path::key("system"), text: "be brief".into() },
        ];
        for edit in edits {
            assert_eq!(patched(&edit), (Patched::Unchanged, BODY.to_owned()), "{edit:?}");
        }
    }

    #[test]
    fn a_renamed_parameter_keeps_its_value() {
        let edit = Edit::RenameParam { from: "max_tokens".into(), to: "limit".into() };
        let (_, body) = patched(&edit);
        assert!(body.contains(r#""limit":1e2"#) && !body.contains("max_tokens"), "{body}");
    }

    #[test]
    fn only_strings_are_replaced_by_text() {
        let mut doc = JsonDoc::parse(BODY.into(), &Limits::default()).unwrap();
        let edit = Edit::ReplaceText { at: Path::key("x"), text: "y".into() };
        assert_eq!(apply(&mut doc, &edit).unwrap_err().param(), Some("x"));
    }
}
