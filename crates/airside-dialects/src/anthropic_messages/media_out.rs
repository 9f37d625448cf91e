//! Images and documents to blocks.
//!
//! Data is passed on as it stands; only texts that arrived in base64 are
//! decoded, since the format takes base64 for PDFs alone.

use std::borrow::Cow;

use airside_schema::{LossKind, Media, MediaSource, Part, Weight};
use airside_wire::Str;

use super::block_out::Blocks;
use super::fields;
use crate::shared::at::At;
use crate::shared::data_url;

/// Writes an image block.
pub(super) fn image(blocks: &mut Blocks<'_>, part: &Part, media: &Media, at: &At<'_>) {
    if media.detail.as_deref().is_some_and(|detail| detail != "auto") {
        let note = "the target format does not choose how closely to look";
        blocks.report(LossKind::Dropped, Weight::Parameter, &at.key("detail"), note);
    }
    blocks.begin("image");
    source(blocks, part, &inline(&media.source), at);
    blocks.end(part, at);
}

/// Writes a document block, or an image block if the file is an image.
pub(super) fn file(blocks: &mut Blocks<'_>, part: &Part, media: &Media, at: &At<'_>) {
    let inlined = inline(&media.source);
    if let MediaSource::Base64 { media_type, .. } = &*inlined
        && media_type.starts_with("image/")
    {
        return image(blocks, part, media, at);
    }
    let textual = as_text(&inlined, blocks, at);
    blocks.begin("document");
    source(blocks, part, textual.as_ref().unwrap_or(&inlined), at);
    if let Some(title) = &media.name {
        blocks.out.field_string("title", title);
    }
    if let Some(context) = &media.context {
        blocks.out.field_string("context", context);
    }
    if media.citations.is_some() || fields::has_kept(&part.extras, "citations") {
        blocks.out.open_object("citations");
        if let Some(enabled) = media.citations {
            blocks.out.field_bool("enabled", enabled);
        }
        fields::write_kept(blocks.out, &part.extras, "citations");
        blocks.out.end_object();
    }
    blocks.end(part, at);
}

/// Data a URL carries itself is given as data.
fn inline(source: &MediaSource) -> Cow<'_, MediaSource> {
    let MediaSource::Url(url) = source else { return Cow::Borrowed(source) };
    match data_url::parse(url) {
        Some(url) => Cow::Owned(MediaSource::Base64 { media_type: url.media_type, data: url.data }),
        None => Cow::Borrowed(source),
    }
}

/// A text that arrived in base64, as the format wants it: `text/plain`.
fn as_text(source: &MediaSource, blocks: &mut Blocks<'_>, at: &At<'_>) -> Option<MediaSource> {
    let (media_type, text) = match source {
        MediaSource::Base64 { media_type, data } if media_type.starts_with("text/") => {
            (media_type, Str::from(data_url::decode_text(data)?))
        }
        MediaSource::Text { media_type, text } => (media_type, text.clone()),
        _ => return None,
    };
    if &**media_type != PLAIN {
        let note = "the target format takes texts as `text/plain` only";
        blocks.report(LossKind::Approximated, Weight::Annotation, &at.key("media_type"), note);
    }
    Some(MediaSource::Text { media_type: Str::from_static(PLAIN), text })
}

const PLAIN: &str = "text/plain";

fn source(blocks: &mut Blocks<'_>, part: &Part, source: &MediaSource, at: &At<'_>) {
    blocks.out.open_object("source");
    match source {
        MediaSource::Url(url) => pairs(blocks, "url", &[("url", url)]),
        MediaSource::Base64 { media_type, data } => {
            pairs(blocks, "base64", &[("media_type", media_type), ("data", data)]);
        }
        MediaSource::Text { media_type, text } => {
            pairs(blocks, "text", &[("media_type", media_type), ("data", text)]);
        }
        MediaSource::FileId(id) => pairs(blocks, "file", &[("file_id", id)]),
        MediaSource::Parts(parts) => {
            pairs(blocks, "content", &[]);
            blocks.out.key("content");
            blocks.inside(parts, &at.key("source").key("content"));
        }
        // Never asked for: `uncarried` names them.
        _ => {}
    }
    fields::write_kept(blocks.out, &part.extras, "source");
    blocks.out.end_object();
}

fn pairs(blocks: &mut Blocks<'_>, kind: &str, values: &[(&str, &Str)]) {
    blocks.out.field_string("type", kind);
    for (key, value) in values {
        blocks.out.field_string(key, value);
    }
}
