//! Error replies of upstreams.

use std::time::Duration;

use airside_call::{CallError, UpstreamFault};
use airside_schema::{DialectId, Fault};
use airside_wire::Str;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};

/// Makes the error of an error reply: decoded for policies, kept as it
/// arrived for a caller of the same dialect.
pub(crate) fn rejected(
    dialect: DialectId,
    provider: Str,
    (status, headers, body): (StatusCode, HeaderMap, Bytes),
) -> CallError {
    let mut fault: Fault = airside_dialects::decode_fault(dialect, status.as_u16(), &body);
    fault.status = Some(status.as_u16());
    if fault.retry_after.is_none() {
        fault.retry_after = retry_after(&headers);
    }
    if fault.request_id.is_none() {
        fault.request_id = ["x-request-id", "request-id"]
            .iter()
            .find_map(|name| headers.get(*name)?.to_str().ok())
            .map(Str::from);
    }
    let upstream = UpstreamFault { status, headers, body, dialect: Some(dialect), provider };
    CallError::upstream(upstream, fault)
}

/// When the upstream says that trying again makes sense: `retry-after-ms` and
/// `x-ms-retry-after-ms` in milliseconds, `retry-after` in seconds. A date in
/// `retry-after` is left to whoever has a calendar clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok();
    let millis = number("retry-after-ms").or_else(|| number("x-ms-retry-after-ms"));
    let seconds = millis.map(|millis| millis / 1000.0).or_else(|| number("retry-after"))?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn retry_hints_are_read_in_their_units() {
        let cases = [
            ("retry-after", "7", Some(7_000)),
            ("retry-after", "0.5", Some(500)),
            ("retry-after-ms", "1800", Some(1_800)),
            ("x-ms-retry-after-ms", "20", Some(20)),
            ("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT", None),
            ("retry-after", "-1", None),
        ];
        for (name, value, millis) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            assert_eq!(retry_after(&headers), millis.map(Duration::from_millis), "{name}: {value}");
        }
    }
}
