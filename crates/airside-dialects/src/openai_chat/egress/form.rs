//! The form a part takes in the content of a message.
//!
//! Choosing comes before writing, so that a content whose parts all had to be
//! left out is still a valid one.

use std::borrow::Cow;

use airside_schema::{Direction, Media, MediaSource, Part, PartKind, Weight};
use airside_wire::{RawJson, Str, Writer};

use super::super::{DIALECT, fields};
use super::Target;
use crate::shared::at::At;
use crate::shared::data_url;

/// What the place takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accepts {
    /// Texts, and refusals where a model speaks.
    Text,
    /// Texts and media.
    Media,
}

/// A part and the form it takes.
#[derive(Debug)]
pub(super) struct Formed<'a> {
    part: &'a Part,
    form: Form<'a>,
    /// The part's mark and unknown fields are of this dialect.
    own: bool,
}

#[derive(Debug)]
enum Form<'a> {
    Text(Cow<'a, str>),
    Refusal(&'a str),
    Image { url: Cow<'a, str>, detail: Option<&'a Str> },
    Audio { data: &'a str, format: &'a str },
    File { key: &'static str, value: Cow<'a, str>, name: Option<&'a Str> },
    Raw(&'a RawJson),
}

/// Chooses the form of a part, or reports why it has none.
pub(super) fn choose<'a>(
    to: &mut Target<'_>,
    part: &'a Part,
    accepts: Accepts,
    at: &At<'_>,
) -> Option<Formed<'a>> {
    let own = to.own;
    let form = match &part.kind {
        PartKind::Text { text, citations } => {
            if citations.iter().any(|citation| citation.dialect != DIALECT) {
                let note = "a request in this format holds no citations";
                to.loss.dropped(Weight::Annotation, at.key("citations").path(), note);
            }
            Form::Text(Cow::Borrowed(&**text))
        }
        PartKind::Refusal(text) => Form::Refusal(text),
        PartKind::Opaque { dialect: DIALECT, raw } => Form::Raw(raw),
        PartKind::Image(_) | PartKind::Audio(_) | PartKind::File(_)
            if accepts == Accepts::Text && !own =>
        {
            to.unsaid(at, "this place of the format holds text only");
            return None;
        }
        PartKind::Image(media) => image(to, media, at)?,
        PartKind::Audio(media) => audio(to, media, at)?,
        PartKind::File(media) => file(to, media, at)?,
        _ => {
            to.unsaid(at, "the format has no such part");
            return None;
        }
    };
    if part.cache.is_some() && !own {
        let note = "prompt caching is automatic in this format";
        to.loss.dropped(Weight::Annotation, at.key("cache_control").path(), note);
    }
    fields::report_foreign(&part.extras, Direction::Request, Weight::Parameter, at, to.loss);
    Some(Formed { part, form, own })
}

fn image<'a>(to: &mut Target<'_>, media: &'a Media, at: &At<'_>) -> Option<Form<'a>> {
    unnamed(to, media, at);
    let detail = media.detail.as_ref();
    match &media.source {
        MediaSource::Url(url) => Some(Form::Image { url: Cow::Borrowed(&**url), detail }),
        MediaSource::Base64 { media_type, data } => {
            let url = Cow::Owned(data_url::format(media_type, data));
            Some(Form::Image { url, detail })
        }
        _ => {
            to.unsaid(at, "images go by URL or as data in this format");
            None
        }
    }
}

fn audio<'a>(to: &mut Target<'_>, media: &'a Media, at: &At<'_>) -> Option<Form<'a>> {
    unnamed(to, media, at);
    let MediaSource::Base64 { media_type, data } = &media.source else {
        to.unsaid(at, "audio goes as data in this format");
        return None;
    };
    let format = match &**media_type {
        "audio/mpeg" => "mp3",
        "audio/x-wav" | "audio/wave" | "audio/vnd.wave" => "wav",
        other => other.strip_prefix("audio/").unwrap_or(other),
    };
    Some(Form::Audio { data, format })
}

fn file<'a>(to: &mut Target<'_>, media: &'a Media, at: &At<'_>) -> Option<Form<'a>> {
    if media.context.is_some() {
        to.unsaid(&at.key("context"), "the format has no place for a document's context");
    }
    if media.citations == Some(true) {
        to.unset(&at.key("citations"), "the format does not cite documents");
    }
    let name = media.name.as_ref();
    match &media.source {
        MediaSource::FileId(id) => {
            Some(Form::File { key: "file_id", value: Cow::Borrowed(&**id), name })
        }
        MediaSource::Base64 { media_type, data } => {
            let value = Cow::Owned(data_url::format(media_type, data));
            Some(Form::File { key: "file_data", value, name })
        }
        // Some servers fetch files; the official API does not.
        MediaSource::Url(url) if to.own => {
            Some(Form::File { key: "file_data", value: Cow::Borrowed(&**url), name })
        }
        MediaSource::Text { text, .. } => {
            let note = "the document became a text part";
            to.loss.approximated(Weight::Semantic, at.path(), note);
            Some(Form::Text(titled(name, text)))
        }
        MediaSource::Parts(parts) => Some(document(to, parts, name, at)),
        _ => {
            to.unsaid(at, "files go as data or by file id in this format");
            None
        }
    }
}

/// The texts of a document that is made of parts.
fn document<'a>(
    to: &mut Target<'_>,
    parts: &[Part],
    name: Option<&'a Str>,
    at: &At<'_>,
) -> Form<'a> {
    let mut joined = String::new();
    for (index, part) in parts.iter().enumerate() {
        if let PartKind::Text { text, .. } = &part.kind {
            joined.push_str(text);
        } else {
            to.unsaid(&at.key("content").index(index), "only texts of a document can be kept");
        }
    }
    let note = "the document became a text part";
    to.loss.approximated(Weight::Semantic, at.path(), note);
    Form::Text(Cow::Owned(titled(name, &joined).into_owned()))
}

fn titled<'a>(name: Option<&Str>, text: &'a str) -> Cow<'a, str> {
    match name {
        Some(name) => Cow::Owned(format!("{name}\n\n{text}")),
        None => Cow::Borrowed(text),
    }
}

fn unnamed(to: &mut Target<'_>, media: &Media, at: &At<'_>) {
    if media.name.is_some() {
        let note = "the format does not name images and audio";
        to.loss.dropped(Weight::Annotation, at.key("title").path(), note);
    }
}

/// Writes the value of a `content` field: a string if there is nothing but one
/// plain text, else an array.
pub(super) fn write(out: &mut Writer, formed: &[Formed<'_>]) {
    match formed {
        [] => out.string(""),
        [only] if only.plain().is_some() => out.string(only.plain().unwrap_or_default()),
        _ => {
            out.begin_array();
            for formed in formed {
                formed.write(out);
            }
            out.end_array();
        }
    }
}

impl Formed<'_> {
    /// The text, if the part is nothing else.
    pub(super) fn plain(&self) -> Option<&str> {
        let marked = self.own && self.part.cache.is_some();
        let bare = !marked && !self.part.extras.belongs_to(DIALECT);
        match &self.form {
            Form::Text(text) if bare => Some(text),
            _ => None,
        }
    }

    /// The text, if the part is a refusal without marks.
    pub(super) fn refusal(&self) -> Option<&str> {
        match &self.form {
            Form::Refusal(text) if self.part.extras.is_empty() => Some(text),
            _ => None,
        }
    }

    fn write(&self, out: &mut Writer) {
        if let Form::Raw(raw) = self.form {
            return out.raw(raw);
        }
        let extras = &self.part.extras;
        out.begin_object();
        if let Some(inner) = self.form.write(out) {
            fields::write_kept(out, extras, inner);
            out.end_object();
        }
        if let Some(mark) = self.part.cache.as_ref().filter(|_| self.own) {
            fields::write_cache(out, mark, extras);
        }
        // Extras of another dialect were reported when the form was chosen.
        let nested = ["image_url", "input_audio", "file", "prompt_cache_breakpoint"];
        fields::write_back(out, extras, &nested);
        out.end_object();
    }
}

impl Form<'_> {
    /// Writes the fields of a part. If the last one is an object, it is left
    /// open and named.
    fn write(&self, out: &mut Writer) -> Option<&'static str> {
        let text = |out: &mut Writer, kind: &str, text: &str| {
            out.field_string("type", kind);
            out.field_string(kind, text);
        };
        let open = |out: &mut Writer, kind: &'static str| {
            out.field_string("type", kind);
            out.open_object(kind);
            Some(kind)
        };
        match self {
            Form::Text(said) => text(out, "text", said),
            Form::Refusal(said) => text(out, "refusal", said),
            Form::Image { url, detail } => {
                let inner = open(out, "image_url");
                out.field_string("url", url);
                if let Some(detail) = detail {
                    out.field_string("detail", detail);
                }
                return inner;
            }
            Form::Audio { data, format } => {
                let inner = open(out, "input_audio");
                out.field_string("data", data);
                out.field_string("format", format);
                return inner;
            }
            Form::File { key, value, name } => {
                let inner = open(out, "file");
                out.field_string(key, value);
                if let Some(name) = name {
                    out.field_string("filename", name);
                }
                return inner;
            }
            Form::Raw(_) => {}
        }
        None
    }
}
