//! What distinguishes one pooled connection from another.
//!
//! Not an address: a key names an upstream as requests do. Invariant: two
//! requests share a connection only if they name the same upstream and are
//! under the same address policy.

use std::fmt;
use std::hash::{Hash, Hasher};

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Uri};

use crate::error::TransportError;

/// Whether the address policy applies to a request. Goes into the extensions of
/// the request; without it a request is checked.
///
/// Connections are pooled apart: a checked request never travels on a
/// connection that was opened for a trusted one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Destination {
    /// The upstream was chosen by the operator: any address may be reached.
    Trusted,
    /// The upstream was chosen by a caller: the host and every address it
    /// resolves to are judged by the [`AddressPolicy`](crate::AddressPolicy).
    #[default]
    Checked,
}

/// An upstream under a policy.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) https: bool,
    pub(crate) destination: Destination,
    authority: Authority,
}

impl Key {
    /// Reads the upstream from the URI of a request. Whether it can be connected
    /// to is [checked](Self::check) only when it has to be.
    pub(crate) fn new(uri: &Uri, destination: Destination) -> Result<Self, TransportError> {
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return refuse("its URI has to begin with `http://` or `https://`"),
        };
        match uri.authority() {
            Some(authority) => Ok(Self { https, destination, authority: authority.clone() }),
            None => refuse("its URI has to name a host"),
        }
    }

    /// Whether this names an upstream one can connect to. What is in the pool
    /// has passed.
    pub(crate) fn check(&self) -> Result<(), TransportError> {
        let authority = &self.authority;
        if authority.as_str().contains('@') {
            return refuse("its URI must not contain credentials");
        }
        let has_port = authority.as_str().len() != authority.host().len();
        if authority.host().is_empty() || (has_port && !matches!(authority.port_u16(), Some(1..))) {
            return refuse("its URI has to name a host and a port from 1 to 65535");
        }
        Ok(())
    }

    /// The host, without the brackets of an IPv6 address.
    pub(crate) fn host(&self) -> &str {
        let host = self.authority.host();
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    pub(crate) fn port(&self) -> u16 {
        self.authority.port_u16().unwrap_or(if self.https { 443 } else { 80 })
    }

    /// `host:port`, for `CONNECT` and for messages.
    pub(crate) fn host_and_port(&self) -> Box<str> {
        format!("{}:{}", self.authority.host(), self.port()).into()
    }

    /// The value of the `host` header.
    pub(crate) fn host_header(&self) -> Result<HeaderValue, TransportError> {
        HeaderValue::from_str(self.authority.as_str()).map_err(|_| TransportError::Request {
            reason: "its host contains characters that are not accepted",
        })
    }

    /// The URI of a resource of this upstream, in absolute form.
    pub(crate) fn absolute(&self, path: Option<PathAndQuery>) -> Uri {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(if self.https { Scheme::HTTPS } else { Scheme::HTTP });
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(path.unwrap_or(PathAndQuery::from_static("/")));
        Uri::from_parts(parts).unwrap_or_default()
    }
}

fn refuse<T>(reason: &'static str) -> Result<T, TransportError> {
    Err(TransportError::Request { reason })
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{:?} {scheme}://{}", self.destination, self.authority)
    }
}

// The authority is compared as written: a host in another case gets its own
// connections, which is harmless, and hashing is one call per key.
impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.https == other.https
            && self.destination == other.destination
            && self.authority.as_str() == other.authority.as_str()
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(self.authority.as_str().as_bytes());
        state.write_u8(u8::from(self.https) << 1 | self.destination as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(uri: &str) -> Result<Key, TransportError> {
        let key = Key::new(&uri.parse().unwrap(), Destination::Checked)?;
        key.check().map(|()| key)
    }

    #[test]
    fn host_and_port_are_read_from_the_uri() {
        let table = [
            ("http://example.com/x", "example.com", 80),
            ("https://example.com", "example.com", 443),
            ("https://example.com:8443/", "example.com", 8443),
            ("http://[::1]:8080/", "::1", 8080),
            ("http://[::1]/", "::1", 80),
        ];
        for (uri, host, port) in table {
            let key = key(uri).unwrap();
            assert_eq!((key.host(), key.port()), (host, port), "{uri}");
        }
    }

    #[test]
    fn a_uri_that_names_no_upstream_is_refused() {
        for uri in ["/path", "ftp://example.com/", "http://u:p@example.com/", "http://a:0/"] {
            let error = key(uri).unwrap_err().to_string();
            assert!(error.starts_with("the request cannot be sent: its URI"), "{error}");
        }
        for uri in ["http://example.com:/", "http://example.com:99999/"] {
            // Some of these do not even parse; none may fall back to port 80.
            let parsed = uri.parse::<Uri>();
            assert!(parsed.is_err() || key(uri).is_err(), "{uri}");
        }
    }

    #[test]
    fn scheme_host_port_and_policy_all_distinguish_keys() {
        let base = key("http://example.com/a").unwrap();
        assert_eq!(base, key("http://example.com/b?c").unwrap());
        for other in ["https://example.com/", "http://example.org/", "http://example.com:81/"] {
            assert_ne!(base, key(other).unwrap());
        }
        let uri = "http://example.com/a".parse().unwrap();
        assert_ne!(base, Key::new(&uri, Destination::Trusted).unwrap());
    }
}
