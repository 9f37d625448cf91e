//! Reading and writing single fields of the dialect's objects.
//!
//! Not a mapping of messages or parts. Keeps decoding total: what a nested
//! object holds beyond its known fields is kept under a dotted name, such as
//! `image_url.width` for a field of a part's `image_url`, and written back
//! there.

use airside_schema::{CacheMark, CodecError, Direction, Extras, LossReport, Weight};
use airside_wire::{Kind, Object, RawJson, Str, Writer};

use super::DIALECT;
use crate::shared::at::At;

/// The fields of a value that has to be an object.
pub(super) fn object(raw: &RawJson, at: &At<'_>) -> Result<Object, CodecError> {
    raw.object().ok_or_else(|| CodecError::invalid(at.path(), "an object"))
}

/// Takes a field unless it is absent or null.
pub(super) fn some(object: &mut Object, key: &str) -> Option<RawJson> {
    object.take(key).filter(|raw| !raw.is_null())
}

/// Takes a string that may be absent or null.
pub(super) fn text(object: &mut Object, key: &str, at: &At<'_>) -> Result<Option<Str>, CodecError> {
    let Some(raw) = some(object, key) else { return Ok(None) };
    let text = raw.string();
    text.map(Some).ok_or_else(|| CodecError::invalid(at.key(key).path(), "a string"))
}

/// Takes a string that has to be there.
pub(super) fn required_text(
    object: &mut Object,
    key: &str,
    at: &At<'_>,
) -> Result<Str, CodecError> {
    text(object, key, at)?.ok_or_else(|| CodecError::missing(at.key(key).path(), "a string"))
}

/// Takes a boolean that may be absent or null.
pub(super) fn flag(
    object: &mut Object,
    key: &str,
    at: &At<'_>,
) -> Result<Option<bool>, CodecError> {
    let Some(raw) = some(object, key) else { return Ok(None) };
    let flag = raw.bool();
    flag.map(Some).ok_or_else(|| CodecError::invalid(at.key(key).path(), "true or false"))
}

/// Takes a whole number that may be absent or null.
pub(super) fn count(
    object: &mut Object,
    key: &str,
    at: &At<'_>,
) -> Result<Option<u64>, CodecError> {
    let Some(raw) = some(object, key) else { return Ok(None) };
    let count = raw.u64();
    count.map(Some).ok_or_else(|| CodecError::invalid(at.key(key).path(), "a whole number"))
}

/// Takes the elements of an array that may be absent or null.
pub(super) fn items(
    object: &mut Object,
    key: &str,
    at: &At<'_>,
) -> Result<Option<Vec<RawJson>>, CodecError> {
    let Some(raw) = some(object, key) else { return Ok(None) };
    let items = raw.items();
    items.map(Some).ok_or_else(|| CodecError::invalid(at.key(key).path(), "an array"))
}

/// Takes a field if it is of that kind. A null is dropped; anything else stays
/// where it is, ends in the extras, and is for the upstream to refuse.
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

/// Takes a string if the field is one; see [`of_kind`].
pub(super) fn lenient_text(object: &mut Object, key: &str) -> Option<Str> {
    of_kind(object, key, Kind::String)?.string()
}

/// Takes a boolean if the field is one; see [`of_kind`].
pub(super) fn lenient_flag(object: &mut Object, key: &str) -> Option<bool> {
    of_kind(object, key, Kind::Bool)?.bool()
}

/// Takes a whole number if the field is one; see [`of_kind`].
pub(super) fn lenient_count(object: &mut Object, key: &str) -> Option<u64> {
    let count = object.get(key)?.u64();
    if count.is_some() || object.get(key)?.is_null() {
        object.take(key);
    }
    count
}

/// Takes the mark that asks for the prompt to be cached up to here: the
/// `cache_control` many gateways accept, or OpenAI's own
/// `prompt_cache_breakpoint`
/// (<https://platform.openai.com/docs/guides/prompt-caching>).
pub(super) fn cache(object: &mut Object, extras: &mut Extras) -> Option<CacheMark> {
    if let Some(raw) = of_kind(object, "cache_control", Kind::Object) {
        let ttl = raw.get("ttl").and_then(|ttl| ttl.string());
        return Some(CacheMark::new(ttl, Some(raw)));
    }
    let mut mark = of_kind(object, BREAKPOINT, Kind::Object)?.object()?;
    if mark.get("mode").and_then(RawJson::string).as_deref() == Some("explicit") {
        mark.take("mode");
    }
    keep(extras, BREAKPOINT, mark);
    Some(CacheMark::new(None, None))
}

const BREAKPOINT: &str = "prompt_cache_breakpoint";

/// Writes a cache mark back as [`cache`] read it.
pub(super) fn write_cache(out: &mut Writer, mark: &CacheMark, extras: &Extras) {
    if let Some(raw) = &mark.raw {
        out.field_raw("cache_control", raw);
        return;
    }
    out.open_object(BREAKPOINT);
    if !has_kept(extras, "prompt_cache_breakpoint.mode") {
        out.field_string("mode", "explicit");
    }
    write_kept(out, extras, BREAKPOINT);
    out.end_object();
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
        let inner = key.strip_prefix(name).and_then(|rest| rest.strip_prefix('.'));
        let deeper = |inner: &str| DEEPER.iter().any(|name| inner.starts_with(name));
        if let Some(inner) = inner.filter(|inner| !deeper(inner)) {
            out.field_raw(inner, value);
        }
    }
}

/// Nested objects that have nested objects.
const DEEPER: [&str; 2] = ["function.", "json_schema."];

/// True if [`keep`] kept the field `name`, given with its dots.
pub(super) fn has_kept(extras: &Extras, name: &str) -> bool {
    own(extras).any(|(key, _)| key == name)
}

/// Where extras stand and which way they travel, for writing them back or
/// reporting them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rest<'a> {
    /// The object they belong to.
    pub(super) at: At<'a>,
    /// Which way they travel.
    pub(super) direction: Direction,
    /// How much it matters if they cannot be written.
    pub(super) weight: Weight,
    /// The nested objects that [`keep`] filled; [`write_kept`] writes these.
    pub(super) nested: &'a [&'a str],
}

impl Rest<'_> {
    /// Writes the extras of this dialect back and reports those of another.
    pub(super) fn write(&self, out: &mut Writer, extras: &Extras, loss: &mut LossReport) {
        write_back(out, extras, self.nested);
        report_foreign(extras, self.direction, self.weight, &self.at, loss);
    }
}

/// Reports extras of another dialect.
pub(super) fn report_foreign(
    extras: &Extras,
    direction: Direction,
    weight: Weight,
    at: &At<'_>,
    loss: &mut LossReport,
) {
    if !extras.belongs_to(DIALECT) {
        report(extras, direction, weight, at, loss);
    }
}

/// Reports extras, whatever they are.
pub(super) fn report(
    extras: &Extras,
    direction: Direction,
    weight: Weight,
    at: &At<'_>,
    loss: &mut LossReport,
) {
    // Rendering the place costs more than looking.
    if !extras.is_empty() {
        loss.extras(direction, weight, &at.path(), extras);
    }
}

/// Writes the extras of this dialect back, without those that [`keep`] put
/// below the names in `nested`.
pub(super) fn write_back(out: &mut Writer, extras: &Extras, nested: &[&str]) {
    let below = |key: &str, name: &str| {
        key.strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', '[']))
    };
    for (key, value) in own(extras) {
        if !nested.iter().any(|name| below(key, name)) {
            out.field_raw(key, value);
        }
    }
}

/// The extras of this dialect whose names begin so.
pub(super) fn beginning<'a>(
    extras: &'a Extras,
    name: &'a str,
) -> impl Iterator<Item = &'a RawJson> {
    own(extras).filter(move |(key, _)| key.starts_with(name)).map(|(_, value)| value)
}

fn own(extras: &Extras) -> impl Iterator<Item = (&Str, &RawJson)> {
    extras.iter().filter(|_| extras.belongs_to(DIALECT))
}
