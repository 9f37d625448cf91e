//! The settings of a client.
//!
//! Not read from anywhere: the environment and files are somebody else's.
//! Invariant: the defaults are fit for production.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::address::AddressPolicy;
use crate::connect::Resolve;
use crate::proxy::ProxyConfig;
use crate::timeouts::Timeouts;

/// How a [`Client`](crate::Client) connects, pools and waits.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TransportConfig {
    /// Time limits of a request that brings none of its own.
    pub timeouts: Timeouts,
    /// When HTTP/2 is spoken. Default: when TLS negotiates it.
    pub http2: Http2,
    /// HTTP/1 connections kept idle per upstream. Default: 256.
    pub max_idle_per_host: usize,
    /// HTTP/1 connections kept idle in all. Default: 1024.
    pub max_idle: usize,
    /// How long a connection may stay idle. Default: 90 s.
    pub idle_timeout: Duration,
    /// Silence after which the operating system probes a TCP connection; `None`
    /// for never. Keeps connections alive on which an upstream thinks for
    /// minutes, through firewalls that forget silent ones. Default: 60 s.
    pub tcp_keepalive: Option<Duration>,
    /// Requests in flight on one HTTP/2 connection before another one is
    /// opened; never more than the upstream permits. Default: 80, as upstreams
    /// commonly permit 100.
    pub http2_max_streams: usize,
    /// Size of the head of a response, in bytes. Default: 64 KiB. An HTTP/1
    /// response may have 100 header fields.
    pub max_response_head_bytes: usize,
    /// What requests to a [`Destination::Checked`] may reach.
    ///
    /// [`Destination::Checked`]: crate::Destination::Checked
    pub address_policy: AddressPolicy,
    /// Proxies on the way. Default: none.
    pub proxy: ProxyConfig,
    /// Certificates trusted and shown.
    pub tls: TlsConfig,
    /// Resolves names. Default: the operating system.
    pub resolver: Option<Arc<dyn Resolve>>,
}

impl Default for TransportConfig {
    fn default() -> Self {
        Self {
            timeouts: Timeouts::default(),
            http2: Http2::default(),
            max_idle_per_host: 256,
            max_idle: 1024,
            idle_timeout: Duration::from_secs(90),
            tcp_keepalive: Some(Duration::from_mins(1)),
            http2_max_streams: 80,
            max_response_head_bytes: 64 * 1024,
            address_policy: AddressPolicy::default(),
            proxy: ProxyConfig::default(),
            tls: TlsConfig::default(),
            resolver: None,
        }
    }
}

/// When HTTP/2 is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Http2 {
    /// Over TLS if the upstream chooses it (ALPN); `http://` is HTTP/1.1.
    #[default]
    Negotiated,
    /// As `Negotiated`, and to every `http://` upstream as well (prior
    /// knowledge, "h2c"). Requests through a proxy to `http://` stay HTTP/1.1.
    PriorKnowledge,
    /// Never.
    Off,
}

/// Certificates for TLS.
///
/// Trusted are the roots of the operating system (if there are none, Mozilla's,
/// built in) and those added here. Verification cannot be turned off.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TlsConfig {
    /// Certificates of further authorities, PEM.
    pub extra_roots_pem: Option<Vec<u8>>,
    /// The certificate shown to upstreams that ask for one.
    pub client_certificate: Option<ClientCertificate>,
}

/// A client certificate and its private key.
#[derive(Clone)]
pub struct ClientCertificate {
    /// The certificate, followed by its intermediates, PEM.
    pub chain_pem: Vec<u8>,
    /// The private key, PEM (PKCS#8, PKCS#1 or SEC1).
    pub key_pem: Vec<u8>,
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate").finish_non_exhaustive()
    }
}
