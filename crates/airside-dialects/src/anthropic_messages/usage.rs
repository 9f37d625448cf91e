//! Token counts, in both directions.
//!
//! This dialect reports the uncached part of the input beside the cached
//! ones; the unified schema holds the total. Adding up and splitting are
//! inverse to each other.

use airside_schema::{Direction, Extras, LossReport, Usage, Weight};
use airside_wire::{Kind, Object, RawJson, Writer};

use super::{DIALECT, fields};
use crate::shared::at::At;

/// Decodes a usage object; anything else is no usage.
pub(super) fn decode(raw: &RawJson) -> Option<Usage> {
    let mut object = raw.object()?;
    let uncached = count(&mut object, "input_tokens").unwrap_or(0);
    let mut usage = Usage::new(0, count(&mut object, "output_tokens").unwrap_or(0));
    usage.cache_read = count(&mut object, "cache_read_input_tokens");
    usage.cache_write = count(&mut object, "cache_creation_input_tokens");
    let mut creation = nested(&mut object, "cache_creation");
    usage.cache_write_5m = count(&mut creation, "ephemeral_5m_input_tokens");
    usage.cache_write_1h = count(&mut creation, "ephemeral_1h_input_tokens");
    let mut details = nested(&mut object, "output_tokens_details");
    usage.reasoning = count(&mut details, "thinking_tokens");
    // Some servers of the format send the parts without their sum.
    if usage.cache_write.is_none() {
        let parts = [usage.cache_write_5m, usage.cache_write_1h];
        usage.cache_write = parts.into_iter().flatten().reduce(u64::saturating_add);
    }
    let cached = usage.cache_read.unwrap_or(0).saturating_add(usage.cache_write.unwrap_or(0));
    usage.input = uncached.saturating_add(cached);
    usage.raw = Some((DIALECT, raw.clone()));
    for key in ["server_tool_use", "inference_geo", "service_tier", "iterations"] {
        fields::drop_null(&mut object, key);
    }
    usage.extras = Extras::rest(DIALECT, object);
    fields::keep(&mut usage.extras, "cache_creation", creation);
    fields::keep(&mut usage.extras, "output_tokens_details", details);
    Some(usage)
}

/// Takes a count if the field is one; a null is dropped.
fn count(object: &mut Object, key: &str) -> Option<u64> {
    fields::drop_null(object, key);
    let value = object.get(key)?.u64()?;
    object.take(key);
    Some(value)
}

fn nested(object: &mut Object, key: &str) -> Object {
    let raw = fields::of_kind(object, key, Kind::Object);
    raw.and_then(|raw| raw.object()).unwrap_or_default()
}

/// How many unknown counts of a stream's beginning are kept until its end.
/// There are a handful; the bound keeps the work for hostile streams linear.
const MOST_KEPT: usize = 32;

/// Joins the counts of a stream's beginning with those of its end. The later
/// report replaces the earlier one where it says something, but never with
/// less: the end counts what is left after a compaction, which the beginning
/// was charged for.
pub(super) fn merge(earlier: Option<Usage>, mut later: Usage) -> Usage {
    let Some(earlier) = earlier else { return later };
    later.cache_read = later.cache_read.or(earlier.cache_read);
    later.cache_write = later.cache_write.or(earlier.cache_write);
    later.cache_write_5m = later.cache_write_5m.or(earlier.cache_write_5m);
    later.cache_write_1h = later.cache_write_1h.or(earlier.cache_write_1h);
    later.reasoning = later.reasoning.or(earlier.reasoning);
    later.input = later.input.max(earlier.input);
    later.output = later.output.max(earlier.output);
    for (key, value) in earlier.extras.iter().take(MOST_KEPT) {
        if later.extras.get(key).is_none() {
            later.extras.push(DIALECT, key.clone(), value.clone());
        }
    }
    later
}

/// Writes the fields of a usage object into the open object.
pub(super) fn write(out: &mut Writer, usage: &Usage, loss: &mut LossReport) {
    let (read, write) = cached(usage, loss);
    let uncached = usage.input.saturating_sub(read.saturating_add(write));
    out.field_u64("input_tokens", uncached);
    out.field_u64("cache_creation_input_tokens", write);
    out.field_u64("cache_read_input_tokens", read);
    let (five, hour) = (usage.cache_write_5m, usage.cache_write_1h);
    if five.is_some() || hour.is_some() || fields::has_kept(&usage.extras, "cache_creation") {
        out.open_object("cache_creation");
        out.field_u64("ephemeral_5m_input_tokens", five.unwrap_or(0));
        out.field_u64("ephemeral_1h_input_tokens", hour.unwrap_or(0));
        fields::write_kept(out, &usage.extras, "cache_creation");
        out.end_object();
    }
    out.field_u64("output_tokens", usage.output);
    let details = fields::has_kept(&usage.extras, "output_tokens_details");
    if usage.reasoning.is_some() || details {
        out.open_object("output_tokens_details");
        out.field_u64("thinking_tokens", usage.reasoning.unwrap_or(0));
        fields::write_kept(out, &usage.extras, "output_tokens_details");
        out.end_object();
    }
    write_rest(out, usage, loss);
    uncountable(usage, loss);
}

/// Writes the other counts of this dialect; reports those of another one,
/// unless they counted nothing.
fn write_rest(out: &mut Writer, usage: &Usage, loss: &mut LossReport) {
    let (direction, weight, at) = (Direction::Reply, Weight::Annotation, At::Root.key("usage"));
    let Some(source) = usage.extras.source().filter(|source| *source != DIALECT) else {
        return fields::write_extras(out, &usage.extras, loss, direction, weight, &at);
    };
    let mut counted = Extras::default();
    for (key, value) in usage.extras.iter().filter(|(_, value)| value.u64() != Some(0)) {
        counted.push(source, key.clone(), value.clone());
    }
    loss.extras(direction, weight, "usage", &counted);
}

/// The cached parts of the input. An upstream that counts more of them than
/// there is input contradicts itself; the total is believed.
fn cached(usage: &Usage, loss: &mut LossReport) -> (u64, u64) {
    let (read, write) = (usage.cache_read.unwrap_or(0), usage.cache_write.unwrap_or(0));
    let fitting_read = read.min(usage.input);
    let fitting_write = write.min(usage.input - fitting_read);
    if (fitting_read, fitting_write) != (read, write) {
        let note = "more cached tokens than tokens of the prompt; the rest is left out";
        loss.reply_approximated(Weight::Annotation, "usage.prompt_tokens_details", note);
    }
    (fitting_read, fitting_write)
}

/// Reports the counts this dialect has no field for.
fn uncountable(usage: &Usage, loss: &mut LossReport) {
    let note = "the target format does not count it apart";
    for (count, path) in [
        (usage.audio_input, "usage.prompt_tokens_details.audio_tokens"),
        (usage.audio_output, "usage.completion_tokens_details.audio_tokens"),
    ] {
        if count.is_some_and(|count| count > 0) {
            loss.reply_dropped(Weight::Annotation, path, note);
        }
    }
    let sum = usage.input.saturating_add(usage.output);
    if usage.total.is_some_and(|total| total != sum) {
        let note = "the target format has no total; the parts add up to another one";
        loss.reply_dropped(Weight::Annotation, "usage.total_tokens", note);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(text: &str) -> Usage {
        decode(&RawJson::parse(text.to_owned()).unwrap()).unwrap()
    }

    #[test]
    fn cached_tokens_are_part_of_the_input() {
        let usage = usage(
            r#"{"input_tokens":3,"cache_creation_input_tokens":20,"cache_read_input_tokens":100,
                "cache_creation":{"ephemeral_5m_input_tokens":15,"ephemeral_1h_input_tokens":5},
                "output_tokens":7,"output_tokens_details":{"thinking_tokens":2}}"#,
        );
        assert_eq!((usage.input, usage.output, usage.total()), (123, 7, 130));
        assert_eq!((usage.cache_read, usage.cache_write), (Some(100), Some(20)));
        assert_eq!((usage.cache_write_5m, usage.cache_write_1h), (Some(15), Some(5)));
        assert_eq!(usage.reasoning, Some(2));
        assert!(usage.extras.is_empty());
    }

    #[test]
    fn a_usage_object_survives_there_and_back() {
        let text = concat!(
            r#"{"input_tokens":3,"cache_creation_input_tokens":20,"cache_read_input_tokens":100,"#,
            r#""cache_creation":{"ephemeral_5m_input_tokens":15,"ephemeral_1h_input_tokens":5,"new":1},"#,
            r#""output_tokens":7,"output_tokens_details":{"thinking_tokens":2,"new":3},"#,
            r#""server_tool_use":{"web_search_requests":1},"service_tier":"standard"}"#,
        );
        let (mut out, mut loss) = (Writer::new(), LossReport::default());
        out.begin_object();
        write(&mut out, &usage(text), &mut loss);
        out.end_object();
        assert_eq!(out.into_raw().as_str(), text);
        assert!(loss.is_empty(), "{loss}");
    }

    #[test]
    fn the_total_is_believed_where_the_parts_contradict_it() {
        let mut usage = Usage::new(7, 8);
        usage.cache_read = Some(161);
        let (mut out, mut loss) = (Writer::new(), LossReport::default());
        out.begin_object();
        write(&mut out, &usage, &mut loss);
        out.end_object();
        let again = decode(&out.into_raw()).unwrap();
        assert_eq!((again.input, again.cache_read), (7, Some(7)));
        assert_eq!(loss.len(), 1, "{loss}");
    }

    #[test]
    fn the_end_of_a_stream_completes_its_beginning() {
        let start = usage(r#"{"input_tokens":5,"cache_read_input_tokens":10,"output_tokens":1}"#);
        let end = merge(Some(start), usage(r#"{"output_tokens":42}"#));
        assert_eq!((end.input, end.output, end.cache_read), (15, 42, Some(10)));
    }

    #[test]
    fn counts_never_shrink_within_a_stream() {
        let start = usage(r#"{"input_tokens":60385,"output_tokens":5}"#);
        let end = merge(Some(start), usage(r#"{"input_tokens":612,"output_tokens":2819}"#));
        assert_eq!((end.input, end.output), (60385, 2819));
    }
}
