//! Parts to content blocks, for requests and replies alike.
//!
//! Not the message around them. [`uncarried`] says beforehand which
//! parts the format cannot carry, so that nothing is begun that cannot be
//! ended; what is written otherwise but not whole is reported on the way.

use std::fmt::Write as _;

use airside_schema::{
    Citation, Direction, Extras, LossKind, LossReport, MediaSource, Part, PartKind, Reasoning,
    ToolCall, ToolResult, Weight,
};
use airside_wire::{Kind, RawJson, Str, Writer};

use super::{DIALECT, fields, media_out};
use crate::shared::at::At;

/// Writes blocks into the open array of a writer.
#[derive(Debug)]
pub(super) struct Blocks<'a> {
    pub(super) out: &'a mut Writer,
    pub(super) loss: &'a mut LossReport,
    pub(super) direction: Direction,
}

/// Where a block stands, which decides what may stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Instructions.
    System,
    /// A message of a request.
    Message,
    /// The content of a tool result or of a document.
    Inside,
    /// A reply.
    Reply,
}

/// Why a part cannot be carried at a place, if it cannot.
pub(super) fn uncarried(kind: &PartKind, place: Place) -> Option<&'static str> {
    match kind {
        PartKind::Opaque { dialect, .. } if *dialect == DIALECT => None,
        PartKind::Opaque { .. } => Some("only the format it came from knows this part"),
        PartKind::Text { .. } => None,
        _ if place == Place::System => Some("instructions hold texts only"),
        PartKind::Audio(_) => Some("the target format has no audio"),
        PartKind::Image(_) | PartKind::File(_) if place == Place::Reply => {
            Some("replies of the target format hold no images or files")
        }
        PartKind::Image(media) => match &media.source {
            MediaSource::Url(_) | MediaSource::Base64 { .. } | MediaSource::FileId(_) => None,
            _ => Some("an image cannot be made of text"),
        },
        PartKind::File(media) => match &media.source {
            MediaSource::Url(_)
            | MediaSource::Base64 { .. }
            | MediaSource::FileId(_)
            | MediaSource::Text { .. }
            | MediaSource::Parts(_) => None,
            _ => Some("the target format does not know this source"),
        },
        _ if place == Place::Inside => Some("only texts, images and documents may stand here"),
        PartKind::ToolResult(_) if place == Place::Reply => {
            Some("replies of the target format hold no tool results")
        }
        PartKind::Reasoning(reasoning) if place == Place::Message => unreadable(reasoning),
        _ => None,
    }
}

/// The vendor refuses thoughts it cannot verify.
fn unreadable(reasoning: &Reasoning) -> Option<&'static str> {
    if reasoning.dialect.is_some_and(|dialect| dialect != DIALECT) {
        return Some("only the vendor that made these thoughts can read them");
    }
    let sealed = reasoning.signature.is_some() || reasoning.redacted.is_some();
    if sealed { None } else { Some("thoughts without their signature are refused") }
}

/// True for a text the format refuses although nothing is lost without it.
pub(super) fn is_blank(part: &Part) -> bool {
    let PartKind::Text { text, citations } = &part.kind else { return false };
    text.is_empty() && citations.is_empty() && part.extras.is_empty()
}

/// True for a text that can be written as a plain string.
pub(super) fn plain_text(part: &Part) -> Option<&Str> {
    let PartKind::Text { text, citations } = &part.kind else { return None };
    let plain = citations.is_empty() && part.cache.is_none() && part.extras.is_empty();
    plain.then_some(text)
}

impl Blocks<'_> {
    /// Reports a part that cannot be carried.
    pub(super) fn drop_part(&mut self, at: &At<'_>, note: &'static str) {
        self.report(LossKind::Dropped, Weight::Semantic, at, note);
    }

    pub(super) fn report(
        &mut self,
        kind: LossKind,
        weight: Weight,
        at: &At<'_>,
        note: &'static str,
    ) {
        self.loss.push(self.direction, kind, weight, at.path(), note);
    }

    /// Writes one part that is not [`uncarried`] at this place.
    pub(super) fn part(&mut self, part: &Part, at: &At<'_>) {
        match &part.kind {
            PartKind::Text { text, citations } => self.text(part, text, citations, at),
            PartKind::Image(media) => media_out::image(self, part, media, at),
            PartKind::File(media) => media_out::file(self, part, media, at),
            PartKind::ToolCall(call) => self.tool_use(part, call, at),
            PartKind::ToolResult(result) => self.tool_result(part, result, at),
            PartKind::Reasoning(reasoning) => self.reasoning(part, reasoning, at),
            PartKind::Refusal(text) => {
                let note = "the target format has no refusals; it is said as text";
                self.report(LossKind::Approximated, Weight::Semantic, at, note);
                self.text(part, text, &[], at);
            }
            PartKind::Opaque { raw, .. } => self.out.raw(raw),
            // Never asked for: `uncarried` names it everywhere.
            PartKind::Audio(_) => {}
            _ => self.drop_part(at, "the target format does not know this part"),
        }
    }

    /// Writes the parts that can stand inside a result or document as an
    /// array.
    pub(super) fn inside(&mut self, parts: &[Part], at: &At<'_>) {
        self.out.begin_array();
        for (index, part) in parts.iter().enumerate() {
            let at = at.index(index);
            match uncarried(&part.kind, Place::Inside) {
                Some(note) => self.drop_part(&at, note),
                None if is_blank(part) => {}
                None => self.part(part, &at),
            }
        }
        self.out.end_array();
    }

    /// Opens a block.
    pub(super) fn begin(&mut self, kind: &str) {
        self.out.begin_object();
        self.out.field_string("type", kind);
    }

    /// Writes what every block may have and closes it.
    pub(super) fn end(&mut self, part: &Part, at: &At<'_>) {
        fields::write_cache(self.out, part.cache.as_ref());
        self.extras(&part.extras, at);
        self.out.end_object();
    }

    fn extras(&mut self, extras: &Extras, at: &At<'_>) {
        let weight = Weight::Annotation;
        fields::write_extras(self.out, extras, self.loss, self.direction, weight, at);
    }

    fn text(&mut self, part: &Part, text: &str, citations: &[Citation], at: &At<'_>) {
        self.begin("text");
        self.out.field_string("text", text);
        self.citations(citations, at);
        self.end(part, at);
    }

    fn citations(&mut self, citations: &[Citation], at: &At<'_>) {
        let at = at.key("annotations");
        let mut open = false;
        for (index, citation) in citations.iter().enumerate() {
            if citation.dialect != DIALECT {
                let note = "the target format cannot say what backs a text in this way";
                self.drop_part(&at.index(index), note);
                continue;
            }
            if !open {
                self.out.open_array("citations");
                open = true;
            }
            self.out.raw(&citation.raw);
        }
        if open {
            self.out.end_array();
        }
    }

    fn tool_use(&mut self, part: &Part, call: &ToolCall, at: &At<'_>) {
        self.begin("tool_use");
        self.id("id", &call.id, at);
        self.out.field_string("name", &call.name);
        if !call.custom && call.arguments.trim() == "null" {
            let note = "the target format demands an object; it is empty";
            let at = at.key("arguments");
            self.report(LossKind::Approximated, Weight::Annotation, &at, note);
        }
        if let Some(raw) = input(call) {
            self.out.field_raw("input", &raw);
        } else {
            let note = "the arguments are not a JSON object; they are given as text";
            let at = at.key("arguments");
            self.report(LossKind::Approximated, Weight::Semantic, &at, note);
            self.out.open_object("input");
            self.out.field_string(WRAPPED, &call.arguments);
            self.out.end_object();
        }
        self.end(part, at);
    }

    fn tool_result(&mut self, part: &Part, result: &ToolResult, at: &At<'_>) {
        self.begin("tool_result");
        self.id("tool_use_id", &result.call_id, at);
        let at_content = at.key("content");
        match result.parts.as_slice() {
            [] => {}
            [only] if plain_text(only).is_some() => {
                let text = plain_text(only).map(|text| &**text).unwrap_or_default();
                self.out.field_string("content", text);
            }
            parts => {
                self.out.key("content");
                self.inside(parts, &at_content);
            }
        }
        if let Some(is_error) = result.is_error {
            self.out.field_bool("is_error", is_error);
        }
        self.end(part, at);
    }

    /// Writes the identifier of a call. In requests the vendor accepts only
    /// letters, digits, `_` and `-`; others are written as their number, the
    /// same way for the call and its result.
    fn id(&mut self, key: &str, id: &str, at: &At<'_>) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if self.direction == Direction::Reply || id.chars().all(allowed) {
            self.out.field_string(key, id);
            return;
        }
        let mut written = String::with_capacity(id.len() + 8);
        for c in id.chars() {
            if allowed(c) {
                written.push(c);
            } else {
                // Writing to a String cannot fail.
                let _ = write!(written, "_{:x}_", u32::from(c));
            }
        }
        self.out.field_string(key, &written);
        let note = "identifiers of the target format hold only letters, digits, `_` and `-`";
        self.report(LossKind::Approximated, Weight::Annotation, &at.key(key), note);
    }

    fn reasoning(&mut self, part: &Part, reasoning: &Reasoning, at: &At<'_>) {
        let signature = reasoning.signature.as_ref();
        if signature.is_some() || !reasoning.text.is_empty() || reasoning.redacted.is_none() {
            self.begin("thinking");
            self.out.field_string("thinking", &reasoning.text);
            // Required by the format, even where nobody signed.
            self.out.field_string("signature", signature.map(|s| &**s).unwrap_or_default());
            self.extras(&part.extras, at);
            self.out.end_object();
        }
        if let Some(data) = &reasoning.redacted {
            self.begin("redacted_thinking");
            self.out.field_string("data", data);
            if signature.is_none() && reasoning.text.is_empty() {
                self.extras(&part.extras, at);
            }
            self.out.end_object();
        }
    }
}

/// The field that holds arguments which are not a JSON object.
pub(super) const WRAPPED: &str = "arguments";

/// The arguments as the object the format demands; `None` if they are none.
fn input(call: &ToolCall) -> Option<RawJson> {
    if call.custom {
        return None;
    }
    // Some models call without arguments in these ways.
    if matches!(call.arguments.trim(), "" | "null") {
        return RawJson::parse("{}").ok();
    }
    let raw = RawJson::parse(call.arguments.clone().into_bytes()).ok()?;
    (raw.kind() == Kind::Object).then_some(raw)
}
