//! Which upstream addresses a request may reach: the one choke point against
//! server-side request forgery.
//!
//! It is not a firewall: it judges what *callers* ask for, and only the
//! transport applies it to resolved addresses ([`Destination::Checked`]).
//! Invariant: an address in a refused range is reached only through an entry
//! an operator wrote (or the default entries for loopback names).
//!
//! [`Destination::Checked`]: crate::Destination::Checked

mod allow;
mod error;
mod host;
mod ranges;
mod url;

#[cfg(test)]
mod tests;

use std::net::IpAddr;

pub use error::AddressError;
pub use ranges::AddressRange;

use allow::AllowEntry;

/// Hosts that are allowed when the operator says nothing: the local machine, by
/// the names people write for it.
pub const DEFAULT_ALLOWED_HOSTS: &[&str] =
    &["localhost", "127.0.0.1", "::1", "host.docker.internal"];

/// Decides which hosts and addresses a checked request may reach.
///
/// Refused by default: private, loopback, link-local, unique-local, carrier
/// NAT, multicast and reserved addresses (also when embedded in an IPv6
/// address), the names of cloud metadata services, and top-level domains that
/// exist only inside private networks.
///
/// # Entries of the allow list
///
/// | Entry | Allows |
/// |---|---|
/// | `vllm.lan` | the host written exactly so, whatever it resolves to |
/// | `localhost` | the same, and every name below `.localhost` |
/// | `.svc.cluster.local` or `*.svc.cluster.local` | every name with that suffix, whatever it resolves to |
/// | `10.1.2.3` | the address written so; not a name that resolves to it |
/// | `10.0.0.0/8`, `10.1.2.3/32` | the addresses of that network, written or resolved |
///
/// A bare address does not cover names because of the default entry
/// `127.0.0.1`: if it did, anyone could register a public name that resolves
/// to the gateway's own machine.
#[derive(Clone, Debug)]
pub struct AddressPolicy {
    allow: Vec<AllowEntry>,
}

impl Default for AddressPolicy {
    fn default() -> Self {
        let allow = DEFAULT_ALLOWED_HOSTS.iter().map(|host| AllowEntry::host(host)).collect();
        Self { allow }
    }
}

impl AddressPolicy {
    /// Creates a policy whose allow list is exactly `entries`, without the
    /// default ones.
    ///
    /// # Errors
    ///
    /// [`AddressError::Entry`] for an entry that is neither a host, a suffix,
    /// an address nor a network.
    pub fn allowing_only<I>(entries: I) -> Result<Self, AddressError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        Self { allow: Vec::new() }.allowing(entries)
    }

    /// Adds `entries` to the allow list.
    ///
    /// # Errors
    ///
    /// As [`allowing_only`](Self::allowing_only).
    pub fn allowing<I>(mut self, entries: I) -> Result<Self, AddressError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        for entry in entries {
            self.allow.push(entry.as_ref().trim().parse()?);
        }
        Ok(self)
    }

    /// Checks a URL before anything is resolved: scheme, credentials, fragment,
    /// host and port. Returns the parsed URL.
    ///
    /// A host name that passes here can still be refused when it is connected
    /// to, because of what it resolves to.
    pub fn check_url(&self, text: &str) -> Result<http::Uri, AddressError> {
        url::check(self, text)
    }

    /// Checks a host as it stands in a URL: a name, an IPv4 address, or an IPv6
    /// address with or without brackets.
    pub fn check_host(&self, host: &str) -> Result<(), AddressError> {
        host::check(self, host)
    }

    /// Checks one address that `host` resolved to.
    pub fn check_address(&self, host: &str, address: IpAddr) -> Result<(), AddressError> {
        let Some(range) = ranges::refused(address) else { return Ok(()) };
        if self.allows_host(host) || self.allows_address(address) {
            return Ok(());
        }
        Err(AddressError::Address { host: host.into(), range })
    }

    /// Whether an entry names this host, by itself or by a suffix of it.
    fn allows_host(&self, host: &str) -> bool {
        let host = allow::normalize(host);
        self.allow.iter().any(|entry| entry.allows_host(&host))
    }

    /// Whether an entry is a network that contains this address.
    fn allows_address(&self, address: IpAddr) -> bool {
        // An IPv4 network also covers the address when it comes embedded.
        let embedded = ranges::embedded_v4(address).map(IpAddr::V4);
        self.allow.iter().any(|entry| {
            entry.allows_address(address) || embedded.is_some_and(|v4| entry.allows_address(v4))
        })
    }
}
