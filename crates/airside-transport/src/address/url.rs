//! The rules for a URL a caller gives.
//!
//! Not a general URL parser: it accepts less than one. Invariant: the host that
//! was judged is the host the parsed URL will be sent to.

use http::Uri;

use super::AddressPolicy;
use super::error::AddressError;

pub(super) fn check(policy: &AddressPolicy, text: &str) -> Result<Uri, AddressError> {
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(AddressError::url(
            "spaces, control characters and characters outside ASCII are not accepted",
        ));
    }
    if text.contains(['#', '\\']) {
        return Err(AddressError::url("a fragment (`#`) or a backslash is not accepted"));
    }
    let rest = strip_scheme(text)
        .ok_or(AddressError::url("it has to begin with `http://` or `https://`"))?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let authority = rest.get(..end).unwrap_or_default();
    if authority.contains('@') {
        return Err(AddressError::url("credentials (`user:password@`) are not accepted"));
    }
    let (host, port) = split_port(authority);
    policy.check_host(host)?;
    if let Some(port) = port {
        check_port(port)?;
    }
    let uri: Uri = text.parse().map_err(|_| AddressError::url("it cannot be parsed"))?;
    // Two parsers that disagree about the host would be a way around the check.
    if uri.host() != Some(host) {
        return Err(AddressError::url("its host is ambiguous"));
    }
    Ok(uri)
}

fn strip_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://")?;
    let accepted = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    accepted.then_some(rest)
}

fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        // A colon inside the brackets of an IPv6 address is not the port's.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

fn check_port(port: &str) -> Result<(), AddressError> {
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse::<u16>() {
        Ok(1..) if digits => Ok(()),
        _ => Err(AddressError::url("the port has to be a number from 1 to 65535")),
    }
}
