//! Reading and writing single fields of the dialect's objects.
//!
//! Not a mapping of messages or blocks. Keeps decoding total: what a nested
//! object holds beyond its known fields is kept under a dotted name, such as
//! `source.width` for a field of a block's `source`, and written back there.

use airside_schema::{CacheMark, CodecError, Direction, Extras, LossReport, Weight};
use airside_wire::{Kind, Object, RawJson, Str, Writer};

use super::DIALECT;
use crate::shared::at::At;

/// The fields of a value that has to be an object.
pub(super) fn object(
    raw: &RawJson,
    at: &At<'_>,
    expected: &'static str,
) -> Result<Object, CodecError> {
    raw.object().ok_or_else(|| CodecError::invalid(at.path(), expected))
}

/// The elements of a value that has to be an array.
pub(super) fn items(
    raw: &RawJson,
    at: &At<'_>,
    expected: &'static str,
) -> Result<Vec<RawJson>, CodecError> {
    raw.items().ok_or_else(|| CodecError::invalid(at.path(), expected))
}

/// Takes a field unless it is absent or null.
pub(super) fn some(object: &mut Object, key: &str) -> Option<RawJson> {
    object.take(key).filter(|raw| !raw.is_null())
}

/// Takes a string that has to be there.
pub(super) fn text(object: &mut Object, key: &str, at: &At<'_>) -> Result<Str, CodecError> {
    optional_text(object, key, at)?
        .ok_or_else(|| CodecError::missing(at.key(key).path(), "a string"))
}

/// Takes a string that may be absent or null.
pub(super) fn optional_text(
    object: &mut Object,
    key: &str,
    at: &At<'_>,
) -> Result<Option<Str>, CodecError> {
    let Some(raw) = some(object, key) else { return Ok(None) };
    let text = raw.string().ok_or_else(|| CodecError::invalid(at.key(key).path(), "a string"))?;
    Ok(Some(text))
}

/// Takes a boolean that may be absent or null.
pub(super) fn optional_bool(
    object: &mut Object,
    key: &str,
    at: &At<'_>,
) -> Result<Option<bool>, CodecError> {
    let Some(raw) = some(object, key) else { return Ok(None) };
    let value = raw.bool();
    value.map(Some).ok_or_else(|| CodecError::invalid(at.key(key).path(), "true or false"))
}

/// Takes a field if it is of that kind; a null is dropped, anything else
/// stays where it is and so ends in the extras.
pub(super) fn of_kind(object: &mut Object, key: &str, kind: Kind) -> Option<RawJson> {
    match object.get(key)?.kind() {
        found if found == kind => object.take(key),
        Kind::Null => {
            object.take(key);
            None
        }
        _ => None,
    }
}

/// Removes a field that is null.
pub(super) fn drop_null(object: &mut Object, key: &str) {
    if object.get(key).is_some_and(RawJson::is_null) {
        object.take(key);
    }
}

/// Takes a string if the field is one; see [`of_kind`].
pub(super) fn lenient_text(object: &mut Object, key: &str) -> Option<Str> {
    of_kind(object, key, Kind::String)?.string()
}

/// Takes the `cache_control` of a block, tool or message.
pub(super) fn cache(object: &mut Object) -> Option<CacheMark> {
    let raw = of_kind(object, "cache_control", Kind::Object)?;
    let ttl = raw.get("ttl").and_then(|ttl| ttl.string());
    Some(CacheMark::new(ttl, Some(raw)))
}

/// Keeps what is left of the nested object `name`.
pub(super) fn keep(extras: &mut Extras, name: &str, rest: Object) {
    for (key, value) in rest {
        extras.push(DIALECT, Str::from(format!("{name}.{key}")), value);
    }
}

/// Writes the fields that [`keep`] kept of the nested object `name`.
pub(super) fn write_kept(out: &mut Writer, extras: &Extras, name: &str) {
    for (key, value) in own(extras) {
        let rest = key.strip_prefix(name).and_then(|rest| rest.strip_prefix('.'));
        // The one nested object with another one inside.
        let deeper = |rest: &str| name == "output_config" && rest.starts_with("format.");
        if let Some(rest) = rest.filter(|rest| !deeper(rest)) {
            out.field_raw(rest, value);
        }
    }
}

/// True if [`keep`] kept something of the nested object `name`.
pub(super) fn has_kept(extras: &Extras, name: &str) -> bool {
    own(extras).any(|(key, _)| key.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}

/// Writes the extras of this dialect back and reports those of another one.
/// Fields of nested objects are left to [`write_kept`].
pub(super) fn write_extras(
    out: &mut Writer,
    extras: &Extras,
    loss: &mut LossReport,
    direction: Direction,
    weight: Weight,
    at: &At<'_>,
) {
    if extras.is_empty() {
        return;
    }
    if !extras.belongs_to(DIALECT) {
        loss.extras(direction, weight, &at.path(), extras);
        return;
    }
    for (key, value) in extras.iter().filter(|(key, _)| !is_kept(key)) {
        out.field_raw(key, value);
    }
}

/// Writes a cache mark.
pub(super) fn write_cache(out: &mut Writer, mark: Option<&CacheMark>) {
    let Some(mark) = mark else { return };
    if let Some(raw) = &mark.raw {
        out.field_raw("cache_control", raw);
        return;
    }
    out.open_object("cache_control");
    out.field_string("type", "ephemeral");
    if let Some(ttl) = &mark.ttl {
        out.field_string("ttl", ttl);
    }
    out.end_object();
}

fn own(extras: &Extras) -> impl Iterator<Item = (&Str, &RawJson)> {
    extras.iter().filter(|_| extras.belongs_to(DIALECT))
}

/// The nested objects whose unknown fields are kept under a dotted name.
const NESTED: [&str; 9] = [
    "source.",
    "citations.",
    "metadata.",
    "thinking.",
    "tool_choice.",
    "output_config.",
    "output_format.",
    "cache_creation.",
    "output_tokens_details.",
];

fn is_kept(key: &str) -> bool {
    key.contains('.') && NESTED.iter().any(|name| key.starts_with(name))
}
