//! Content as callers and models write it: a text or an array of parts.
//!
//! Reads only; [`super::egress`] writes. A part of a kind this version does
//! not know becomes [`PartKind::Opaque`].

use airside_schema::{CodecError, Extras, Media, MediaSource, Part, PartKind, Reasoning};
use airside_wire::{Kind, Object, RawJson, Str};

use super::{DIALECT, citation, fields};
use crate::shared::at::At;
use crate::shared::data_url;

/// Reads the value of a `content` field.
pub(super) fn decode(raw: &RawJson, at: &At<'_>) -> Result<Vec<Part>, CodecError> {
    match raw.kind() {
        Kind::Null => Ok(Vec::new()),
        Kind::String => Ok(raw.string().map(Part::text).into_iter().collect()),
        Kind::Array => {
            let items = raw.iter_items().into_iter().flatten().enumerate();
            items.map(|(index, item)| part(item, &at.index(index))).collect()
        }
        _ => Err(CodecError::invalid(at.path(), "a string or an array of content parts")),
    }
}

/// Reads one part.
fn part(raw: RawJson, at: &At<'_>) -> Result<Part, CodecError> {
    let mut object = fields::object(&raw, at)?;
    let kind = fields::required_text(&mut object, "type", at)?;
    let mut extras = Extras::default();
    let kind = match &*kind {
        "text" => text(&mut object, at)?,
        "refusal" => PartKind::Refusal(fields::required_text(&mut object, "refusal", at)?),
        "image_url" => image(&mut object, &mut extras, at)?,
        "input_audio" => match audio(&mut object, &mut extras, at)? {
            Some(kind) => kind,
            None => return Ok(Part::opaque(DIALECT, raw)),
        },
        "file" => match file(&mut object, &mut extras, at)? {
            Some(kind) => kind,
            None => return Ok(Part::opaque(DIALECT, raw)),
        },
        "thinking" => match thinking(&mut object) {
            Some(kind) => kind,
            None => return Ok(Part::opaque(DIALECT, raw)),
        },
        _ => return Ok(Part::opaque(DIALECT, raw)),
    };
    let mut part = Part::new(kind);
    part.cache = fields::cache(&mut object, &mut extras);
    for (key, value) in object {
        extras.push(DIALECT, key, value);
    }
    part.extras = extras;
    Ok(part)
}

fn text(object: &mut Object, at: &At<'_>) -> Result<PartKind, CodecError> {
    let text = fields::required_text(object, "text", at)?;
    let annotations = fields::of_kind(object, "annotations", Kind::Array);
    let citations = annotations.and_then(|raw| raw.items()).unwrap_or_default();
    Ok(PartKind::Text { text, citations: citations.into_iter().map(citation::decode).collect() })
}

/// The documented form is an object; some servers take the bare URL.
fn image(object: &mut Object, extras: &mut Extras, at: &At<'_>) -> Result<PartKind, CodecError> {
    let inner_at = at.key("image_url");
    if let Some(url) = fields::lenient_text(object, "image_url") {
        return Ok(PartKind::Image(Media::new(source(url))));
    }
    let Some(raw) = fields::some(object, "image_url") else {
        return Err(CodecError::missing(inner_at.path(), "an object with a `url`"));
    };
    let mut inner = fields::object(&raw, &inner_at)?;
    let url = fields::required_text(&mut inner, "url", &inner_at)?;
    let mut media = Media::new(source(url));
    media.detail = fields::lenient_text(&mut inner, "detail");
    fields::keep(extras, "image_url", inner);
    Ok(PartKind::Image(media))
}

fn source(url: Str) -> MediaSource {
    match data_url::parse(&url) {
        Some(url) => MediaSource::Base64 { media_type: url.media_type, data: url.data },
        None => MediaSource::Url(url),
    }
}

fn audio(
    object: &mut Object,
    extras: &mut Extras,
    at: &At<'_>,
) -> Result<Option<PartKind>, CodecError> {
    let Some(raw) = fields::of_kind(object, "input_audio", Kind::Object) else { return Ok(None) };
    let inner_at = at.key("input_audio");
    let mut inner = fields::object(&raw, &inner_at)?;
    let data = fields::required_text(&mut inner, "data", &inner_at)?;
    let Some(format) = fields::lenient_text(&mut inner, "format") else { return Ok(None) };
    let media_type = match &*format {
        "wav" => Str::from_static("audio/wav"),
        "mp3" => Str::from_static("audio/mpeg"),
        other => Str::from(format!("audio/{other}")),
    };
    fields::keep(extras, "input_audio", inner);
    Ok(Some(PartKind::Audio(Media::new(MediaSource::Base64 { media_type, data }))))
}

fn file(
    object: &mut Object,
    extras: &mut Extras,
    at: &At<'_>,
) -> Result<Option<PartKind>, CodecError> {
    let Some(raw) = fields::of_kind(object, "file", Kind::Object) else { return Ok(None) };
    let inner_at = at.key("file");
    let mut inner = fields::object(&raw, &inner_at)?;
    let source = if let Some(data) = inner.get("file_data").and_then(RawJson::string) {
        match source(data) {
            // Base64 without its media type says nothing to other dialects.
            MediaSource::Url(url) if !url.starts_with("http") => return Ok(None),
            source => {
                inner.take("file_data");
                source
            }
        }
    } else if let Some(id) = fields::lenient_text(&mut inner, "file_id") {
        MediaSource::FileId(id)
    } else {
        return Ok(None);
    };
    let mut media = Media::new(source);
    media.name = fields::lenient_text(&mut inner, "filename");
    fields::keep(extras, "file", inner);
    Ok(Some(PartKind::File(media)))
}

/// Reasoning among the content, as some relatives of the format have it:
/// `{"type":"thinking","thinking":[{"type":"text","text":"…"}]}`.
fn thinking(object: &mut Object) -> Option<PartKind> {
    let text = match object.get("thinking")?.kind() {
        Kind::String => object.get("thinking")?.string()?,
        Kind::Array => {
            let mut joined = String::new();
            for piece in object.get("thinking")?.iter_items()? {
                let mut piece = piece.object()?;
                let is_text = piece.take("type")?.string()? == "text";
                joined.push_str(&piece.take("text")?.string()?);
                if !is_text || !piece.is_empty() {
                    return None;
                }
            }
            joined.into()
        }
        _ => return None,
    };
    object.take("thinking");
    // Says that the thought is finished, which its end says as well.
    fields::lenient_flag(object, "closed");
    let mut reasoning = Reasoning::text(text);
    reasoning.dialect = Some(DIALECT);
    reasoning.signature = fields::lenient_text(object, "signature");
    Some(PartKind::Reasoning(reasoning))
}
