//! The address and the credentials of a proxy.
//!
//! Invariant: the credentials exist only as a header value marked sensitive.

use base64::prelude::{BASE64_STANDARD, Engine};
use http::{HeaderValue, Uri};

use crate::error::TransportError;

/// A proxy, ready to be connected to.
#[derive(Clone, Debug)]
pub(crate) struct ProxyUrl {
    /// Whether the proxy is spoken to over TLS.
    pub(crate) tls: bool,
    /// Without brackets.
    pub(crate) host: Box<str>,
    pub(crate) port: u16,
    /// Value of `proxy-authorization`.
    pub(crate) authorization: Option<HeaderValue>,
}

impl ProxyUrl {
    /// `host:port`, for messages.
    pub(crate) fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Parses `http://user:password@host:port`; the scheme defaults to `http`.
    pub(super) fn parse(name: &'static str, text: &str) -> Result<Self, TransportError> {
        let invalid = |reason: &'static str| TransportError::config(name, reason);
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(invalid("only `http://` and `https://` proxies are supported")),
        };
        let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (credentials, authority) = match rest.rsplit_once('@') {
            Some((credentials, authority)) => (Some(credentials), authority),
            None => (None, rest),
        };
        let uri: Uri = authority.parse().map_err(|_| invalid("it is not a URL"))?;
        let host = uri.host().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| invalid("it has no host"))?;
        Ok(Self {
            tls,
            host: host.trim_start_matches('[').trim_end_matches(']').into(),
            port: uri.port_u16().unwrap_or(if tls { 443 } else { 80 }),
            authorization: credentials
                .map(|it| basic(it).ok_or(()))
                .transpose()
                .map_err(|()| invalid("its user name or password has an invalid `%` escape"))?,
        })
    }
}

/// The value of a basic `proxy-authorization` (RFC 7617).
fn basic(credentials: &str) -> Option<HeaderValue> {
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    let mut plain = percent_decode(user)?;
    plain.push(b':');
    plain.extend(percent_decode(password)?);
    let mut value =
        HeaderValue::from_str(&format!("Basic {}", BASE64_STANDARD.encode(&plain))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn percent_decode(text: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex(bytes.next()?)? << 4 | hex(bytes.next()?)?,
            other => other,
        });
    }
    Some(decoded)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
