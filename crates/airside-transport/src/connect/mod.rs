//! From the key of an upstream to a stream that speaks HTTP: policy, name
//! resolution, TCP, proxy, TLS.
//!
//! Not HTTP itself. Invariant: for a checked destination, nothing is connected
//! to that the address policy has not judged.

mod resolve;
mod stream;
mod tcp;
mod tunnel;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio_rustls::TlsConnector;

pub use resolve::{Resolve, Resolving};
pub(crate) use stream::Stream;

use resolve::SystemResolver;

use crate::address::AddressPolicy;
use crate::config::{Http2, TransportConfig};
use crate::conn::Form;
use crate::error::TransportError;
use crate::key::{Destination, Key};
use crate::proxy::{ProxyConfig, ProxyUrl};
use crate::tls::{self, TlsSettings};

/// Opens streams to upstreams.
#[derive(Debug)]
pub(crate) struct Connector {
    policy: AddressPolicy,
    proxy: ProxyConfig,
    resolver: Arc<dyn Resolve>,
    tls: TlsSettings,
    http2: Http2,
    keepalive: Option<Duration>,
}

/// A stream and what is spoken on it.
#[derive(Debug)]
pub(crate) struct Connected {
    pub(crate) stream: Stream,
    pub(crate) protocol: Protocol,
}

/// The version of HTTP, and how requests name their target in it.
#[derive(Debug)]
pub(crate) enum Protocol {
    Http1(Form),
    Http2,
}

impl Connector {
    pub(crate) fn new(config: TransportConfig) -> Result<Self, TransportError> {
        Ok(Self {
            tls: tls::build(&config.tls, config.http2)?,
            policy: config.address_policy,
            proxy: config.proxy,
            resolver: config.resolver.unwrap_or_else(|| Arc::new(SystemResolver)),
            http2: config.http2,
            keepalive: config.tcp_keepalive,
        })
    }

    /// Whether a connection to this upstream can turn out to be HTTP/2.
    pub(crate) fn may_be_http2(&self, key: &Key) -> bool {
        match self.http2 {
            Http2::Off => false,
            Http2::Negotiated => key.https,
            Http2::PriorKnowledge => key.https || self.proxy_for(key).is_none(),
        }
    }

    /// Connects to an upstream, through a proxy if one is configured for it.
    pub(crate) async fn connect(&self, key: &Key) -> Result<Connected, TransportError> {
        key.check()?;
        if key.destination == Destination::Checked {
            self.policy.check_host(key.host())?;
        }
        match (self.proxy_for(key), key.https) {
            (None, false) => {
                let protocol = match self.http2 {
                    Http2::PriorKnowledge => Protocol::Http2,
                    Http2::Negotiated | Http2::Off => Protocol::Http1(Form::Origin),
                };
                Ok(Connected { stream: self.direct(key).await?, protocol })
            }
            (None, true) => self.secure(self.direct(key).await?, key).await,
            (Some(proxy), false) => {
                let stream = self.reach_proxy(proxy).await?;
                let form = Form::Absolute(proxy.authorization.clone());
                Ok(Connected { stream, protocol: Protocol::Http1(form) })
            }
            (Some(proxy), true) => self.secure(self.tunnel(proxy, key).await?, key).await,
        }
    }

    fn proxy_for(&self, key: &Key) -> Option<&ProxyUrl> {
        self.proxy.proxy_for(key.https, key.host(), key.port())
    }

    async fn direct(&self, key: &Key) -> Result<Stream, TransportError> {
        let addresses = self.resolve(key.host(), key.port()).await?;
        if key.destination == Destination::Checked {
            for address in &addresses {
                self.policy.check_address(key.host(), address.ip())?;
            }
        }
        self.connect_to(addresses, || key.host_and_port()).await
    }

    async fn reach_proxy(&self, proxy: &ProxyUrl) -> Result<Stream, TransportError> {
        let authority = || proxy.authority().into();
        let addresses = self.resolve(&proxy.host, proxy.port).await?;
        let stream = self.connect_to(addresses, authority).await?;
        if !proxy.tls {
            return Ok(stream);
        }
        handshake(stream, &self.tls.proxy, &proxy.host, authority).await.map(|(stream, _)| stream)
    }

    async fn tunnel(&self, proxy: &ProxyUrl, key: &Key) -> Result<Stream, TransportError> {
        let mut stream = self.reach_proxy(proxy).await?;
        let authority = key.host_and_port();
        match tunnel::open(&mut stream, &authority, proxy.authorization.as_ref()).await {
            Ok(()) => Ok(stream),
            Err(reason) => Err(TransportError::Proxy {
                proxy: proxy.authority().into(),
                authority,
                reason: reason.into(),
            }),
        }
    }

    async fn secure(&self, stream: Stream, key: &Key) -> Result<Connected, TransportError> {
        let authority = || key.host_and_port();
        let (stream, http2) = handshake(stream, &self.tls.upstream, key.host(), authority).await?;
        let protocol = if http2 { Protocol::Http2 } else { Protocol::Http1(Form::Origin) };
        Ok(Connected { stream, protocol })
    }

    async fn connect_to(
        &self,
        addresses: Vec<SocketAddr>,
        authority: impl Fn() -> Box<str>,
    ) -> Result<Stream, TransportError> {
        let connected = tcp::connect(addresses, self.keepalive).await;
        connected
            .map(Stream::Tcp)
            .map_err(|source| TransportError::Connect { authority: authority(), source })
    }

    async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, TransportError> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let resolved = self.resolver.resolve(host, port).await;
        resolved.map_err(|source| TransportError::Resolve { host: host.into(), source })
    }
}

/// Does the TLS handshake; also says whether HTTP/2 was negotiated.
async fn handshake(
    stream: Stream,
    tls: &Arc<ClientConfig>,
    host: &str,
    authority: impl Fn() -> Box<str>,
) -> Result<(Stream, bool), TransportError> {
    let failed = |source| TransportError::Tls { authority: authority(), source };
    let name = ServerName::try_from(host.to_owned())
        .map_err(|error| failed(io::Error::new(io::ErrorKind::InvalidInput, error)))?;
    // Boxed: a handshake in flight is large, and connecting is rare.
    let handshake = Box::pin(TlsConnector::from(Arc::clone(tls)).connect(name, stream));
    let stream = handshake.await.map_err(failed)?;
    let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    Ok((Stream::Tls(Box::new(stream)), http2))
}
