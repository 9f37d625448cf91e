//! What backs a text: `annotations`, in both directions.

use airside_schema::{Citation, LossReport, Weight};
use airside_wire::{RawJson, Writer};

use super::DIALECT;
use crate::shared::at::At;

/// Reads one annotation. The only documented kind is `url_citation`; any
/// other is kept as it arrived.
pub(super) fn decode(raw: RawJson) -> Citation {
    let details = raw.get("url_citation");
    let mut citation = Citation::new(DIALECT, raw);
    if let Some(details) = details {
        let text = |key| details.get(key).and_then(|value: RawJson| value.string());
        let number = |key| details.get(key).and_then(|value: RawJson| value.u64());
        citation.url = text("url");
        citation.title = text("title");
        citation.span = number("start_index").zip(number("end_index"));
    }
    citation
}

/// Writes one annotation. `span` is where the cited text stands in the answer,
/// in characters, for citations that do not say it themselves. False if the
/// citation has no form here, which is reported.
pub(super) fn encode(
    out: &mut Writer,
    citation: &Citation,
    span: (u64, u64),
    at: &At<'_>,
    loss: &mut LossReport,
) -> bool {
    if citation.dialect == DIALECT {
        out.raw(&citation.raw);
        return true;
    }
    let Some(url) = &citation.url else {
        let note = "the format cites web pages only";
        loss.reply_dropped(Weight::Semantic, at.path(), note);
        return false;
    };
    let (start, end) = citation.span.unwrap_or(span);
    out.begin_object();
    out.field_string("type", "url_citation");
    out.open_object("url_citation");
    out.field_string("url", url);
    out.field_string("title", citation.title.as_deref().unwrap_or_default());
    out.field_u64("start_index", start);
    out.field_u64("end_index", end);
    out.end_object();
    out.end_object();
    let note = "the format gives address, title and position only";
    loss.reply_approximated(Weight::Annotation, at.path(), note);
    true
}
