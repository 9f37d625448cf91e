//! Tokens used, in both directions.

use airside_schema::{Direction, LossReport, Usage, Weight};
use airside_wire::{Kind, RawJson, Writer};

use super::{DIALECT, fields};
use crate::shared::at::At;

const INPUT_DETAILS: &str = "prompt_tokens_details";
const OUTPUT_DETAILS: &str = "completion_tokens_details";

/// Reads a usage object; `None` if it is none or reports no counts.
///
/// Beside the documented fields it knows what near relatives of the format
/// call the cached part of the prompt.
pub(super) fn decode(raw: &RawJson) -> Option<Usage> {
    let mut object = raw.object()?;
    let mut usage = Usage::default();
    let input = fields::lenient_count(&mut object, "prompt_tokens");
    let output = fields::lenient_count(&mut object, "completion_tokens");
    usage.total = fields::lenient_count(&mut object, "total_tokens");
    if input.is_none() && output.is_none() && usage.total.is_none() {
        return None;
    }
    usage.input = input.unwrap_or_default();
    usage.output = output.unwrap_or_default();
    let mut inner = fields::of_kind(&mut object, INPUT_DETAILS, Kind::Object)
        .and_then(|details| details.object())
        .unwrap_or_default();
    usage.cache_read = fields::lenient_count(&mut inner, "cached_tokens");
    usage.cache_write = fields::lenient_count(&mut inner, "cache_write_tokens");
    usage.audio_input = fields::lenient_count(&mut inner, "audio_tokens");
    fields::keep(&mut usage.extras, INPUT_DETAILS, inner);
    let mut inner = fields::of_kind(&mut object, OUTPUT_DETAILS, Kind::Object)
        .and_then(|details| details.object())
        .unwrap_or_default();
    usage.reasoning = fields::lenient_count(&mut inner, "reasoning_tokens");
    usage.audio_output = fields::lenient_count(&mut inner, "audio_tokens");
    fields::keep(&mut usage.extras, OUTPUT_DETAILS, inner);
    for name in ["prompt_cache_hit_tokens", "cache_read_input_tokens", "cached_tokens"] {
        take_unless_known(&mut object, name, &mut usage.cache_read);
    }
    take_unless_known(&mut object, "cache_creation_input_tokens", &mut usage.cache_write);
    for (key, value) in object {
        usage.extras.push(DIALECT, key, value);
    }
    usage.raw = Some((DIALECT, raw.clone()));
    Some(usage)
}

/// Reads the counts of a usage object and nothing else, for looking at replies
/// that pass: a fraction of the work of [`decode`].
pub(super) fn observe(raw: &RawJson) -> Option<Usage> {
    let mut usage = Usage::default();
    let (mut known, mut cached) = (false, None);
    for field in raw.iter_fields()? {
        let count = || field.u64();
        match field.key() {
            "prompt_tokens" => (usage.input, known) = (count().unwrap_or_default(), true),
            "completion_tokens" => (usage.output, known) = (count().unwrap_or_default(), true),
            "total_tokens" => (usage.total, known) = (count(), known || count().is_some()),
            INPUT_DETAILS => {
                for detail in field.iter_fields().into_iter().flatten() {
                    match detail.key() {
                        "cached_tokens" => usage.cache_read = detail.u64(),
                        "cache_write_tokens" => usage.cache_write = detail.u64(),
                        "audio_tokens" => usage.audio_input = detail.u64(),
                        _ => {}
                    }
                }
            }
            OUTPUT_DETAILS => {
                for detail in field.iter_fields().into_iter().flatten() {
                    match detail.key() {
                        "reasoning_tokens" => usage.reasoning = detail.u64(),
                        "audio_tokens" => usage.audio_output = detail.u64(),
                        _ => {}
                    }
                }
            }
            "prompt_cache_hit_tokens" | "cache_read_input_tokens" | "cached_tokens" => {
                cached = cached.or(count());
            }
            "cache_creation_input_tokens" => usage.cache_write = usage.cache_write.or(count()),
            _ => {}
        }
    }
    usage.cache_read = usage.cache_read.or(cached);
    known.then_some(usage)
}

/// Takes a count that repeats a known one or stands in its place. One that
/// contradicts it stays.
fn take_unless_known(object: &mut airside_wire::Object, key: &str, known: &mut Option<u64>) {
    let Some(count) = object.get(key).and_then(RawJson::u64) else { return };
    if known.is_none_or(|known| known == count) {
        object.take(key);
        *known = Some(count);
    }
}

/// Whether to add the fields clients of the compatible gateway read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fields {
    /// What the official API documents.
    Official,
    /// Also the cache counts as Anthropic names them.
    Compatible,
}

/// Writes a usage object.
pub(super) fn encode(out: &mut Writer, usage: &Usage, known: Fields, loss: &mut LossReport) {
    if let Some((DIALECT, raw)) = &usage.raw {
        out.raw(raw);
        return;
    }
    out.begin_object();
    out.field_u64("prompt_tokens", usage.input);
    out.field_u64("completion_tokens", usage.output);
    out.field_u64("total_tokens", usage.total());
    let input = [
        ("cached_tokens", usage.cache_read),
        ("cache_write_tokens", usage.cache_write),
        ("audio_tokens", usage.audio_input),
    ];
    details(out, INPUT_DETAILS, &input);
    let output = [("reasoning_tokens", usage.reasoning), ("audio_tokens", usage.audio_output)];
    details(out, OUTPUT_DETAILS, &output);
    if known == Fields::Compatible {
        for (key, count) in [
            ("cache_read_input_tokens", usage.cache_read),
            ("cache_creation_input_tokens", usage.cache_write),
        ] {
            if let Some(count) = count {
                out.field_u64(key, count);
            }
        }
    }
    out.end_object();
    let note = "the format counts cache writes of all lifetimes together";
    if usage.cache_write_5m.is_some_and(|count| count > 0)
        || usage.cache_write_1h.is_some_and(|count| count > 0)
    {
        loss.reply_approximated(Weight::Annotation, "usage.cache_creation", note);
    }
    let root = At::Root;
    let (direction, weight) = (Direction::Reply, Weight::Annotation);
    fields::report_foreign(&usage.extras, direction, weight, &root.key("usage"), loss);
}

fn details(out: &mut Writer, name: &str, counts: &[(&str, Option<u64>)]) {
    if counts.iter().all(|(_, count)| count.is_none()) {
        return;
    }
    out.open_object(name);
    for (key, count) in counts {
        if let Some(count) = count {
            out.field_u64(key, *count);
        }
    }
    out.end_object();
}
