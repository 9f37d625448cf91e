//! Which proxy, if any, a request goes through.
//!
//! Not how a proxy is spoken to (see `connect`). The values are those of the
//! customary environment variables, but are read by the caller. Invariant: the
//! password of a proxy is in no text and no `Debug` output.

mod bypass;
mod url;

#[cfg(test)]
mod tests;

use crate::error::TransportError;

pub(crate) use url::ProxyUrl;

use bypass::Bypass;

/// Proxies for `http://` and `https://` upstreams, and the hosts reached
/// without one.
///
/// # Behavior
///
/// `https://` upstreams are reached through a `CONNECT` tunnel, `http://`
/// upstreams by requests in absolute form. A proxy itself is reached over
/// `http://` or `https://`; SOCKS is not supported. The machine itself
/// (`localhost`, `*.localhost`, `127.0.0.0/8`, `::1`) is never asked for
/// through a proxy.
///
/// A proxy resolves the name of the upstream, so for a
/// [`Checked`](crate::Destination::Checked) destination only the host as
/// written is judged, not what it resolves to: let the proxy refuse private
/// addresses.
#[derive(Clone, Debug, Default)]
pub struct ProxyConfig {
    http: Option<ProxyUrl>,
    https: Option<ProxyUrl>,
    bypass: Bypass,
}

impl ProxyConfig {
    /// Reads `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` through
    /// `get`. The lower-case name wins over the upper-case one (as in curl), an
    /// empty value counts as none.
    ///
    /// `NO_PROXY` is a list separated by commas: `*` for every host, a domain
    /// for itself and everything below it (a leading `.` or `*.` makes no
    /// difference), an address, or a network such as `10.0.0.0/8` for hosts
    /// written as addresses. A domain or an address may end with a `:port`.
    ///
    /// # Errors
    ///
    /// [`TransportError::Config`] naming the variable (not its value) that
    /// holds no proxy URL.
    pub fn from_vars(get: impl Fn(&str) -> Option<String>) -> Result<Self, TransportError> {
        let read = |lower: &str, upper: &str| {
            let present = |name| get(name).filter(|value| !value.trim().is_empty());
            present(lower).or_else(|| present(upper))
        };
        let proxy = |name: &'static str, value: Option<String>| {
            value.map(|value| ProxyUrl::parse(name, value.trim())).transpose()
        };
        let all = proxy("ALL_PROXY", read("all_proxy", "ALL_PROXY"))?;
        let http = proxy("HTTP_PROXY", read("http_proxy", "HTTP_PROXY"))?;
        let https = proxy("HTTPS_PROXY", read("https_proxy", "HTTPS_PROXY"))?;
        let bypass = read("no_proxy", "NO_PROXY").unwrap_or_default();
        Ok(Self {
            http: http.or_else(|| all.clone()),
            https: https.or(all),
            bypass: Bypass::parse(&bypass),
        })
    }

    /// The proxy for an upstream; `host` without brackets.
    pub(crate) fn proxy_for(&self, https: bool, host: &str, port: u16) -> Option<&ProxyUrl> {
        let proxy = if https { self.https.as_ref() } else { self.http.as_ref() };
        proxy.filter(|_| !self.bypass.matches(host, port))
    }
}
