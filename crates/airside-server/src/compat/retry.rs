//! The `retry` of a config or target.

use airside_router::RetryPolicy;

use super::validate::Fields;

/// Reads a retry policy. More than [`MAX_ATTEMPTS`](airside_router::MAX_ATTEMPTS) attempts are
/// accepted and count as that many.
pub(super) fn read(mut fields: Fields<'_>) -> Option<RetryPolicy> {
    if !fields.has("attempts") {
        fields.problem("attempts", "required: how often a failed call is repeated");
    }
    let attempts = fields.whole("attempts");
    let codes = fields.status_codes("on_status_codes");
    // Documents spell it both ways.
    let singular = fields.bool("use_retry_after_header").unwrap_or(false);
    let plural = fields.bool("use_retry_after_headers").unwrap_or(false);

    let mut policy = RetryPolicy::new(u32::try_from(attempts?).unwrap_or(u32::MAX));
    if let Some(codes) = codes {
        policy = policy.on_status_codes(codes);
    }
    if singular || plural {
        policy = policy.use_retry_after();
    }
    Some(policy)
}
