//! One entry of the allow list and how it matches.
//!
//! Not the judgment itself (see `mod.rs`). Invariant: hosts are compared in
//! normalized form, so that case and the spelling of an IPv6 address do not
//! matter.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;

use super::error::AddressError;

/// What an operator allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AllowEntry {
    /// A host written exactly so.
    Host(Box<str>),
    /// Every name that ends so; begins with a dot.
    Suffix(Box<str>),
    /// Every address of a network.
    Network(IpNet),
}

impl AllowEntry {
    pub(super) fn host(host: &str) -> Self {
        Self::Host(normalize(host).into())
    }

    pub(super) fn allows_host(&self, host: &str) -> bool {
        match self {
            // RFC 6761: names below `localhost` are the local machine as well.
            Self::Host(name) if &**name == "localhost" => {
                host == "localhost" || is_below(host, ".localhost")
            }
            Self::Host(name) => host == &**name,
            Self::Suffix(suffix) => is_below(host, suffix),
            Self::Network(_) => false,
        }
    }

    pub(super) fn allows_address(&self, address: IpAddr) -> bool {
        matches!(self, Self::Network(network) if network.contains(&address))
    }
}

impl FromStr for AllowEntry {
    type Err = AddressError;

    fn from_str(entry: &str) -> Result<Self, AddressError> {
        if entry.contains('/') {
            return match entry.parse::<IpNet>() {
                Ok(network) => Ok(Self::Network(network.trunc())),
                Err(_) => Err(invalid(entry, "it is not a network such as `10.0.0.0/8`")),
            };
        }
        let name = normalize(entry);
        if name.parse::<IpAddr>().is_ok() {
            return Ok(Self::Host(name.into()));
        }
        let suffix = name.strip_prefix('*').unwrap_or(&name);
        let labels = suffix.strip_prefix('.').unwrap_or(suffix);
        if !is_name(labels) {
            let reason = "it is not a host name, a suffix such as `.svc.cluster.local`, \
                          an address or a network";
            return Err(invalid(entry, reason));
        }
        match (name.starts_with('*'), suffix.starts_with('.')) {
            (_, true) => Ok(Self::Suffix(suffix.into())),
            (false, false) => Ok(Self::Host(labels.into())),
            (true, false) => Err(invalid(entry, "a dot has to follow the `*`")),
        }
    }
}

/// Lower case, no brackets, IPv6 in its canonical spelling.
pub(super) fn normalize(host: &str) -> Cow<'_, str> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = bare.parse::<Ipv6Addr>() {
        return Cow::Owned(address.to_string());
    }
    if bare.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Owned(bare.to_ascii_lowercase());
    }
    Cow::Borrowed(bare)
}

/// Whether `host` is a proper subdomain of `suffix`, which begins with a dot.
fn is_below(host: &str, suffix: &str) -> bool {
    host.len() > suffix.len() && host.ends_with(suffix)
}

fn is_name(name: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !name.is_empty() && name.split('.').all(|label| !label.is_empty() && label.bytes().all(letters))
}

fn invalid(entry: &str, reason: &'static str) -> AddressError {
    AddressError::Entry { entry: entry.into(), reason }
}
