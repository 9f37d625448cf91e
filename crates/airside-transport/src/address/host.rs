//! The rules for a host as it is written.
//!
//! Not what it resolves to. Invariant: a host that passes is either a strict
//! IP literal or a plain ASCII name, so that no resolver can read it as an
//! address in another notation.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::error::AddressError;
use super::{AddressPolicy, allow};

/// Names under which clouds serve instance metadata and credentials.
const METADATA_NAMES: &[&str] =
    &["metadata", "metadata.google.internal", "metadata.azure.com", "instance-data"];

/// Top-level domains that exist only inside private networks.
const PRIVATE_DOMAINS: &[&str] = &[
    "local",
    "localdomain",
    "localhost",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "test",
    "invalid",
    "onion",
];

const MAX_LABELS: usize = 10;

pub(super) fn check(policy: &AddressPolicy, written: &str) -> Result<(), AddressError> {
    if let Some(literal) = written.strip_prefix('[') {
        let Some(Ok(address)) = literal.strip_suffix(']').map(str::parse::<Ipv6Addr>) else {
            return Err(AddressError::host(written, "it is not an IPv6 address in brackets"));
        };
        return policy.check_address(written, IpAddr::V6(address));
    }
    if let Ok(address) = written.parse::<IpAddr>() {
        return policy.check_address(written, address);
    }
    check_spelling(written)?;
    let host = allow::normalize(written);
    if policy.allows_host(&host) {
        return Ok(());
    }
    let refuse = |reason| Err(AddressError::Name { host: (&*host).into(), reason });
    if METADATA_NAMES.contains(&&*host) {
        return refuse("it is the name of a metadata service");
    }
    if PRIVATE_DOMAINS.contains(&host.rsplit('.').next().unwrap_or_default()) {
        return refuse("its top-level domain belongs to private networks");
    }
    Ok(())
}

/// Whether the text is a plain host name.
fn check_spelling(host: &str) -> Result<(), AddressError> {
    let refuse = |reason| Err(AddressError::host(host, reason));
    if host.is_empty() {
        return Err(AddressError::url("the host is missing"));
    }
    if host.len() > 253 || host.split('.').any(|label| label.len() > 63) {
        return refuse("it is longer than a host name can be");
    }
    if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')) {
        return refuse("only letters, digits, dots and hyphens are accepted");
    }
    if host.ends_with('.') {
        return refuse("a trailing dot is not accepted");
    }
    if host.split('.').any(str::is_empty) {
        return refuse("it has an empty label");
    }
    if host.split('.').count() > MAX_LABELS {
        return refuse("it has more than 10 labels");
    }
    // A name that ends in a number is an address to most resolvers, in decimal,
    // octal, hexadecimal or short notation (https://url.spec.whatwg.org/#ends-in-a-number-checker).
    let last = host.rsplit('.').next().unwrap_or_default();
    if is_number(last) && host.parse::<Ipv4Addr>().is_err() {
        return refuse("an IPv4 address is written as four decimal numbers");
    }
    Ok(())
}

fn is_number(label: &str) -> bool {
    let digits = label.strip_prefix("0x").or_else(|| label.strip_prefix("0X"));
    match digits {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => label.bytes().all(|byte| byte.is_ascii_digit()),
    }
}
