//! Who takes part: an address to send requests to, and a process to look at if there is one.

use std::net::{SocketAddr, ToSocketAddrs};

use hyper::Uri;

use super::error::LoadError;
use super::process::{Launch, Running};

/// Headers every contestant gets unless it has its own of the same name. Gateways of the Portkey
/// family are routed by them.
const HEADERS: [(&str, &str); 3] = [
    ("authorization", "Bearer sk-bench"),
    ("x-portkey-provider", "{provider}"),
    ("x-portkey-custom-host", "{upstream}"),
];

/// A server under measurement.
#[derive(Debug)]
pub(crate) struct Contestant {
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) address: SocketAddr,
    /// Path before `/v1`, without a slash at its end.
    pub(crate) base_path: String,
    /// Header templates; [`super::call::Call::request`] fills them in.
    pub(crate) headers: Vec<(String, String)>,
    /// The process whose CPU time and memory are meant.
    pub(crate) pid: Option<u32>,
    /// How to start a fresh one, if the tool may.
    pub(crate) launch: Option<Launch>,
    /// Keeps the process alive.
    pub(crate) running: Option<Running>,
}

/// What a contestant stands for in the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The mock upstream called directly; latencies are compared with its.
    Direct,
    /// The bare pass-through; CPU times are compared with its.
    Floor,
    Gateway,
}

impl Contestant {
    /// A contestant that runs already, without a process to look at.
    pub(crate) fn at(name: &str, role: Role, address: SocketAddr) -> Self {
        let headers = HEADERS.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self {
            name: name.to_owned(),
            role,
            address,
            base_path: String::new(),
            headers: headers.into(),
            pid: None,
            launch: None,
            running: None,
        }
    }

    /// A gateway that runs already, at a URL such as `http://127.0.0.1:8787`.
    ///
    /// # Errors
    ///
    /// Fails on a URL that is not plain HTTP on the loopback interface.
    pub(crate) fn by_url(name: &str, url: &str) -> Result<Self, LoadError> {
        let wrong = |why: &str| {
            LoadError::Usage(format!("--gateway {name}={url}: {why}; use http://127.0.0.1:PORT"))
        };
        let uri: Uri = url.parse().map_err(|_| wrong("not a URL"))?;
        if uri.scheme_str() != Some("http") {
            return Err(wrong("not an http URL"));
        }
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let mut addresses = (host, uri.port_u16().unwrap_or(80))
            .to_socket_addrs()
            .map_err(|_| wrong("an unknown host"))?;
        let address = addresses.find(|address| address.ip().is_loopback());
        let address = address.ok_or_else(|| wrong("not on the loopback interface"))?;
        let base_path = uri.path().trim_end_matches('/').to_owned();
        Ok(Self { base_path, ..Self::at(name, Role::Gateway, address) })
    }

    /// Adds a header, in place of any other of that name.
    pub(crate) fn set_header(&mut self, name: &str, value: &str) {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_http_on_loopback_is_accepted() {
        let contestant = Contestant::by_url("x", "http://127.0.0.1:81/gateway/").unwrap();
        assert_eq!((contestant.address.port(), contestant.base_path.as_str()), (81, "/gateway"));
        assert!(Contestant::by_url("x", "http://[::1]:81").is_ok());
        for url in ["https://127.0.0.1:81", "http://192.0.2.1:81", "127.0.0.1:81", "http:/x y"] {
            assert!(Contestant::by_url("x", url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_header_replaces_the_one_of_its_name() {
        let mut contestant = Contestant::by_url("x", "http://127.0.0.1:81").unwrap();
        contestant.set_header("Authorization", "Bearer other");
        let values: Vec<_> = contestant
            .headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("authorization"))
            .map(|(_, value)| value.as_str())
            .collect();
        assert_eq!(values, ["Bearer other"]);
    }
}
