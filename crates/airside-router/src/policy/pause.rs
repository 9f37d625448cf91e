//! How long to wait before a retry: growing pauses, or what the upstream asked for.
//!
//! Not the retry itself: no clock is read here and nothing sleeps.

use std::time::{Duration, UNIX_EPOCH};

use airside_call::{CallError, Reply, Retry};
use http::HeaderMap;

/// The pause before the first retry. Each further one is twice as long.
const FIRST: Duration = Duration::from_secs(1);
/// The longest pause of our own.
const LONGEST: Duration = Duration::from_secs(30);
/// How far a pause may be from its nominal length, as a fraction of it.
const JITTER: f64 = 0.25;

/// The pause before retry number `retry` (from 1): 1, 2, 4, 8 … s, at most 30 s, moved by up to a
/// quarter so that callers who failed together do not come back together.
///
/// `random` is from 0 to 1.
pub(super) fn backoff(retry: u32, random: f64) -> Duration {
    let doublings = retry.saturating_sub(1).min(16);
    let nominal = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let jittered = nominal.mul_f64(1.0 - JITTER + 2.0 * JITTER * random.clamp(0.0, 1.0));
    jittered.min(LONGEST)
}

/// How long the upstream asked to be left alone.
///
/// Read in this order: `retry-after-ms`, `x-ms-retry-after-ms` (both in milliseconds),
/// `retry-after` (seconds or an HTTP date, RFC 9110 section 10.2.3), then what a decoded error
/// body said. `now` is the calendar time since 1970. A hint that cannot be read is no hint.
pub(super) fn asked(result: &Result<Reply, CallError>, now: Duration) -> Option<Duration> {
    let (headers, decoded) = match result {
        Ok(reply) => (Some(&reply.headers), None),
        Err(error) => {
            let decoded = match error.retry() {
                Retry::Same(wait) => wait,
                Retry::Never | Retry::Elsewhere => None,
            };
            let headers = error.upstream_fault().map(|fault| &fault.headers);
            (headers, decoded.or(error.fault().retry_after))
        }
    };
    headers.and_then(|headers| in_headers(headers, now)).or(decoded)
}

fn in_headers(headers: &HeaderMap, now: Duration) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let millis = |name| text(name).and_then(|text| seconds(text, 1000.0));
    let after = |text| seconds(text, 1.0).or_else(|| until(text, now));
    millis("retry-after-ms")
        .or_else(|| millis("x-ms-retry-after-ms"))
        .or_else(|| text("retry-after").and_then(after))
}

fn seconds(text: &str, per_second: f64) -> Option<Duration> {
    let number: f64 = text.parse().ok()?;
    Duration::try_from_secs_f64(number / per_second).ok()
}

/// The time from `now` to an HTTP date; nothing is left of one that has passed.
fn until(date: &str, now: Duration) -> Option<Duration> {
    let at = httpdate::parse_http_date(date).ok()?;
    Some(at.duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(now))
}

#[cfg(test)]
mod tests {
    use airside_call::ReplyBody;
    use http::{HeaderName, HeaderValue, StatusCode};

    use super::*;
    use crate::testing::NOW;

    #[test]
    fn pauses_double_up_to_half_a_minute() {
        let pauses: Vec<_> = (1..=7).map(|retry| backoff(retry, 0.5).as_millis()).collect();
        assert_eq!(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        assert_eq!(backoff(u32::MAX, 1.0), LONGEST);
    }

    #[test]
    fn pauses_are_moved_by_at_most_a_quarter() {
        assert_eq!(backoff(2, 0.0), Duration::from_millis(1_500));
        assert_eq!(backoff(2, 1.0), Duration::from_millis(2_500));
    }

    #[test]
    fn hints_are_read_in_their_units_and_order() {
        let date = |seconds: i64| {
            let at = UNIX_EPOCH + Duration::from_secs(NOW.saturating_add_signed(seconds));
            httpdate::fmt_http_date(at)
        };
        let (soon, past) = (date(20), date(-20));
        for (headers, millis) in [
            (&[("retry-after-ms", "1800")][..], Some(1_800)),
            (&[("x-ms-retry-after-ms", "20")], Some(20)),
            (&[("retry-after", "7")], Some(7_000)),
            (&[("retry-after", " 0.5 ")], Some(500)),
            (&[("retry-after", "0")], Some(0)),
            (&[("retry-after", &soon)], Some(20_000)),
            (&[("retry-after", &past)], Some(0)),
            (&[("retry-after", "7"), ("x-ms-retry-after-ms", "20")], Some(20)),
            (&[("retry-after-ms", "soon"), ("retry-after", "7")], Some(7_000)),
            (&[("retry-after", "-1")], None),
            (&[("retry-after", "1e400")], None),
            (&[("retry-after", "NaN")], None),
            (&[("retry-after", "Someday, 99 Nov")], None),
            (&[], None),
        ] {
            let mut reply = Reply::new(StatusCode::OK, ReplyBody::Raw("".into()));
            reply.headers = headers
                .iter()
                .map(|(name, value)| {
                    let value = HeaderValue::from_str(value).expect("a header");
                    (HeaderName::from_static(name), value)
                })
                .collect();
            let hint = asked(&Ok(reply), Duration::from_secs(NOW));
            assert_eq!(hint.map(|hint| hint.as_millis()), millis, "{headers:?}");
        }
    }

    #[test]
    fn a_hint_in_the_decoded_error_counts_too() {
        let wait = Duration::from_secs(3);
        let error = CallError::new(airside_call::ErrorKind::UpstreamRateLimited, "slow down");
        let error = error.with_retry(Retry::Same(Some(wait)));
        assert_eq!(asked(&Err(error), Duration::ZERO), Some(wait));
    }
}
