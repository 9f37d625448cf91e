//! A record as JSON.
//!
//! Field names are stable: dashboards and log queries are built on them. What
//! is not known is left out. Written by hand because it is on every call: a
//! third of the work of the generated serializer.

use airside_wire::{Str, Writer};

use crate::{AttemptRecord, CallRecord, LossRecord, UsageRecord};

/// Writes a record as a JSON object.
pub fn write(record: &CallRecord, out: &mut Writer) {
    out.begin_object();
    out.field_u64("time", record.time);
    out.field_string("request_id", &record.request_id);
    out.field_string("trace_id", &record.trace_id);
    out.field_string("method", &record.method);
    out.field_string("path", &record.path);
    word(out, "operation", record.operation);
    word(out, "dialect", record.dialect);
    out.field_u64("status", u64::from(record.status));
    word(out, "error", record.error);
    mark(out, "canceled", record.canceled);
    text(out, "provider", record.provider.as_ref());
    text(out, "model", record.model.as_ref());
    text(out, "response_model", record.response_model.as_ref());
    out.field_bool("stream", record.stream);
    word(out, "plan", record.plan);
    text(out, "target", record.target.as_ref());
    if record.retries != 0 {
        out.field_i64("retries", i64::from(record.retries));
    }
    time(out, "duration_ms", Some(record.duration_ms));
    time(out, "headers_ms", record.headers_ms);
    time(out, "first_content_ms", record.first_content_ms);
    out.field_u64("request_bytes", record.request_bytes);
    out.field_u64("response_bytes", record.response_bytes);
    if let Some(tokens) = &record.usage {
        usage(tokens, out);
    }
    text(out, "finish", record.finish.as_ref());
    list(out, "attempts", &record.attempts, attempt);
    list(out, "loss", &record.loss, loss);
    mark(out, "observe_failed", record.observe_failed);
    if let Some(metadata) = &record.metadata {
        out.field_raw("metadata", metadata);
    }
    out.end_object();
}

fn usage(usage: &UsageRecord, out: &mut Writer) {
    out.open_object("usage");
    out.field_u64("input", usage.input);
    out.field_u64("output", usage.output);
    out.field_u64("total", usage.total);
    count(out, "cache_read", usage.cache_read);
    count(out, "cache_write", usage.cache_write);
    count(out, "reasoning", usage.reasoning);
    count(out, "audio_input", usage.audio_input);
    count(out, "audio_output", usage.audio_output);
    out.end_object();
}

fn attempt(attempt: &AttemptRecord, out: &mut Writer) {
    out.begin_object();
    out.field_string("provider", &attempt.provider);
    out.field_string("host", &attempt.host);
    text(out, "model", attempt.model.as_ref());
    word(out, "dialect", attempt.dialect);
    count(out, "status", attempt.status.map(u64::from));
    word(out, "error", attempt.error);
    time(out, "first_byte_ms", attempt.first_byte_ms);
    out.end_object();
}

fn loss(loss: &LossRecord, out: &mut Writer) {
    out.begin_object();
    out.field_string("path", &loss.path);
    out.field_string("kind", loss.kind);
    out.field_string("weight", loss.weight);
    out.field_string("direction", loss.direction);
    out.field_string("note", loss.note);
    out.end_object();
}

fn list<T>(out: &mut Writer, key: &str, items: &[T], write: impl Fn(&T, &mut Writer)) {
    if items.is_empty() {
        return;
    }
    out.open_array(key);
    for item in items {
        write(item, out);
    }
    out.end_array();
}

fn word(out: &mut Writer, key: &str, value: Option<&'static str>) {
    if let Some(value) = value {
        out.field_string(key, value);
    }
}

fn text(out: &mut Writer, key: &str, value: Option<&Str>) {
    if let Some(value) = value {
        out.field_string(key, value);
    }
}

fn count(out: &mut Writer, key: &str, value: Option<u64>) {
    if let Some(value) = value {
        out.field_u64(key, value);
    }
}

/// Writes milliseconds with whole microseconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates, and no duration is negative"
)]
fn time(out: &mut Writer, key: &str, value: Option<f64>) {
    if let Some(value) = value {
        out.key(key);
        out.thousandths((value * 1000.0).round() as u64);
    }
}

fn mark(out: &mut Writer, key: &str, value: bool) {
    if value {
        out.field_bool(key, true);
    }
}

#[cfg(test)]
mod tests {
    use airside_wire::RawJson;

    use super::*;

    #[test]
    fn what_is_not_known_is_left_out() {
        let mut record =
            CallRecord { time: 7, status: 200, duration_ms: 1.25, ..CallRecord::default() };
        record.request_id = "r".into();
        record.trace_id = "t\"".into();
        record.method = "GET".into();
        record.path = "/".into();
        let mut out = Writer::new();
        write(&record, &mut out);
        let expected = concat!(
            r#"{"time":7,"request_id":"r","trace_id":"t\"","method":"GET","path":"/","status":200,"#,
            r#""stream":false,"duration_ms":1.25,"request_bytes":0,"response_bytes":0}"#
        );
        assert_eq!(out.into_raw().as_str(), expected);
    }

    #[test]
    fn everything_that_is_known_is_written() {
        let mut record = CallRecord { canceled: true, retries: -1, ..CallRecord::default() };
        record.usage =
            Some(UsageRecord { input: 3, cache_read: Some(2), ..UsageRecord::default() });
        record.attempts = vec![AttemptRecord { status: Some(503), ..AttemptRecord::default() }];
        record.metadata = Some(RawJson::parse(r#"{"_user":"ana"}"#).unwrap());
        let mut out = Writer::new();
        write(&record, &mut out);
        let written = out.into_raw();
        let at = |pointer: &str| written.pointer(pointer).map(|value| value.to_string());
        assert_eq!(at("/canceled").as_deref(), Some("true"));
        assert_eq!(at("/retries").as_deref(), Some("-1"));
        assert_eq!(at("/usage/cache_read").as_deref(), Some("2"));
        assert_eq!(at("/attempts/0/status").as_deref(), Some("503"));
        assert_eq!(at("/metadata/_user").as_deref(), Some(r#""ana""#));
    }
}
