//! A record as JSON.
//!
//! Field names are stable: dashboards and log queries are built on them. What
//! is not known is left out. Written by hand because it is part of every call:
//! keys are literals with everything around them, numbers are digits.

use airside_wire::encode_string;

use crate::{AttemptRecord, CallRecord, LossRecord, UsageRecord};

/// Appends a record as a JSON object.
pub fn write(record: &CallRecord, out: &mut String) {
    head(record, out);
    text(out, ",\"provider\":", record.provider.as_deref());
    text(out, ",\"model\":", record.model.as_deref());
    text(out, ",\"response_model\":", record.response_model.as_deref());
    out.push_str(if record.stream { ",\"stream\":true" } else { ",\"stream\":false" });
    text(out, ",\"plan\":", record.plan);
    text(out, ",\"target\":", record.target.as_deref());
    if record.retries != 0 {
        out.push_str(",\"retries\":");
        if record.retries < 0 {
            out.push('-');
        }
        digits(out, u64::from(record.retries.unsigned_abs()));
    }
    time(out, ",\"duration_ms\":", Some(record.duration_ms));
    time(out, ",\"headers_ms\":", record.headers_ms);
    time(out, ",\"first_content_ms\":", record.first_content_ms);
    count(out, ",\"request_bytes\":", Some(record.request_bytes));
    count(out, ",\"response_bytes\":", Some(record.response_bytes));
    if let Some(tokens) = &record.usage {
        usage(tokens, out);
    }
    text(out, ",\"finish\":", record.finish.as_deref());
    list(out, ",\"attempts\":[", &record.attempts, attempt);
    list(out, ",\"loss\":[", &record.loss, loss);
    if let Some(metadata) = &record.metadata {
        out.push_str(",\"metadata\":");
        out.push_str(metadata.as_str());
    }
    out.push('}');
}

fn head(record: &CallRecord, out: &mut String) {
    count(out, "{\"time\":", Some(record.time));
    text(out, ",\"request_id\":", Some(&record.request_id));
    text(out, ",\"trace_id\":", Some(&record.trace_id));
    text(out, ",\"method\":", Some(&record.method));
    text(out, ",\"path\":", Some(&record.path));
    text(out, ",\"operation\":", record.operation);
    text(out, ",\"dialect\":", record.dialect);
    count(out, ",\"status\":", Some(u64::from(record.status)));
    text(out, ",\"error\":", record.error);
    mark(out, ",\"canceled\":true", record.canceled);
}

fn usage(usage: &UsageRecord, out: &mut String) {
    count(out, ",\"usage\":{\"input\":", Some(usage.input));
    count(out, ",\"output\":", Some(usage.output));
    count(out, ",\"total\":", Some(usage.total));
    count(out, ",\"cache_read\":", usage.cache_read);
    count(out, ",\"cache_write\":", usage.cache_write);
    count(out, ",\"reasoning\":", usage.reasoning);
    count(out, ",\"audio_input\":", usage.audio_input);
    count(out, ",\"audio_output\":", usage.audio_output);
    out.push('}');
}

fn attempt(attempt: &AttemptRecord, out: &mut String) {
    text(out, "{\"provider\":", Some(&attempt.provider));
    text(out, ",\"host\":", Some(&attempt.host));
    text(out, ",\"model\":", attempt.model.as_deref());
    text(out, ",\"dialect\":", attempt.dialect);
    count(out, ",\"status\":", attempt.status.map(u64::from));
    text(out, ",\"error\":", attempt.error);
    time(out, ",\"first_byte_ms\":", attempt.first_byte_ms);
    out.push('}');
}

fn loss(loss: &LossRecord, out: &mut String) {
    text(out, "{\"path\":", Some(&loss.path));
    text(out, ",\"kind\":", Some(loss.kind));
    text(out, ",\"weight\":", Some(loss.weight));
    text(out, ",\"direction\":", Some(loss.direction));
    text(out, ",\"note\":", Some(loss.note));
    out.push('}');
}

fn list<T>(out: &mut String, key: &str, items: &[T], write: impl Fn(&T, &mut String)) {
    if items.is_empty() {
        return;
    }
    out.push_str(key);
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(']');
}

/// `key` is everything up to the value.
fn text(out: &mut String, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        out.push_str(key);
        encode_string(out, value);
    }
}

fn count(out: &mut String, key: &str, value: Option<u64>) {
    if let Some(value) = value {
        out.push_str(key);
        digits(out, value);
    }
}

fn mark(out: &mut String, field: &str, value: bool) {
    if value {
        out.push_str(field);
    }
}

/// Milliseconds with whole microseconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates, and no duration is negative"
)]
fn time(out: &mut String, key: &str, value: Option<f64>) {
    let Some(value) = value else { return };
    let micros = (value * 1000.0).round() as u64;
    out.push_str(key);
    digits(out, micros / 1000);
    out.push('.');
    let rest = micros % 1000;
    for digit in [rest / 100, rest / 10 % 10, rest % 10] {
        push_digit(out, digit);
    }
}

/// Decimal digits, without the detour over formatting.
fn digits(out: &mut String, value: u64) {
    let mut unit = 1;
    while value / unit >= 10 {
        unit *= 10;
    }
    while unit > 0 {
        push_digit(out, value / unit % 10);
        unit /= 10;
    }
}

fn push_digit(out: &mut String, digit: u64) {
    out.push(char::from(b'0' + u8::try_from(digit).unwrap_or_default()));
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
        let mut out = String::new();
        write(&record, &mut out);
        let expected = concat!(
            r#"{"time":7,"request_id":"r","trace_id":"t\"","method":"GET","path":"/","status":200,"#,
            r#""stream":false,"duration_ms":1.250,"request_bytes":0,"response_bytes":0}"#
        );
        assert_eq!(out, expected);
    }

    #[test]
    fn everything_that_is_known_is_written() {
        let mut record = CallRecord { canceled: true, retries: -1, ..CallRecord::default() };
        record.usage =
            Some(UsageRecord { input: 3, cache_read: Some(2), ..UsageRecord::default() });
        record.attempts = vec![AttemptRecord { status: Some(503), ..AttemptRecord::default() }];
        record.metadata = Some(RawJson::parse(r#"{"_user":"ana"}"#).unwrap());
        let mut out = String::new();
        write(&record, &mut out);
        let written = RawJson::parse(out).unwrap();
        let at = |pointer: &str| written.pointer(pointer).map(|value| value.to_string());
        assert_eq!(at("/canceled").as_deref(), Some("true"));
        assert_eq!(at("/retries").as_deref(), Some("-1"));
        assert_eq!(at("/usage/cache_read").as_deref(), Some("2"));
        assert_eq!(at("/attempts/0/status").as_deref(), Some("503"));
        assert_eq!(at("/metadata/_user").as_deref(), Some(r#""ana""#));
    }
}
