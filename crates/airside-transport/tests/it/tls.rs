//! Connections over TLS, with authorities made for the test.

use std::net::SocketAddr;
use std::sync::Arc;

use airside_transport::{Client, ClientCertificate, TransportConfig, TransportError};
use rcgen::{CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::crypto::aws_lc_rs;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use crate::support::*;

/// A certificate authority.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self { issuer }
    }

    pub(crate) fn pem(&self) -> Vec<u8> {
        self.issuer.pem().into_bytes()
    }

    fn der(&self) -> CertificateDer<'static> {
        self.issuer.der().clone()
    }

    fn issue(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// A server's settings for `name`; asks for client certificates of
    /// `clients`.
    pub(crate) fn acceptor(
        &self,
        name: &str,
        alpn: &[&str],
        clients: Option<&Authority>,
    ) -> TlsAcceptor {
        let (certificate, key) = self.issue(name);
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.der()).unwrap();
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let chain = vec![certificate.der().clone()];
        let mut config = builder.with_single_cert(chain, key).unwrap();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// A client that trusts `authority` and finds `upstream.example` at `address`.
pub(crate) fn trusting(
    authority: &Authority,
    address: SocketAddr,
    change: impl FnOnce(&mut TransportConfig),
) -> Client {
    client_with(|config| {
        config.tls.extra_roots_pem = Some(authority.pem());
        config.resolver = Some(Names::of(&[("upstream.example", address)]));
        change(config);
    })
}

/// Serves HTTP/1.1 over TLS and hands on the name and the ALPN of each
/// handshake.
async fn serving(acceptor: TlsAcceptor) -> (Server, mpsc::Receiver<(Option<String>, bool)>) {
    let (seen, handshakes) = mpsc::channel(8);
    let server = Server::start(move |_, stream| {
        let (acceptor, seen) = (acceptor.clone(), seen.clone());
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let session = stream.get_ref().1;
            let name = session.server_name().map(ToOwned::to_owned);
            let http1 = session.alpn_protocol() == Some(b"http/1.1");
            seen.send((name, http1)).await.unwrap();
            let mut buffer = [0; 1024];
            while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {
                stream.write_all(OK.as_bytes()).await.unwrap();
            }
        }
    })
    .await;
    (server, handshakes)
}

#[tokio::test]
async fn an_authority_of_the_operator_is_trusted_and_the_connection_kept() {
    let authority = Authority::new();
    let acceptor = authority.acceptor("upstream.example", &["http/1.1"], None);
    let (server, mut handshakes) = serving(acceptor).await;
    let client = trusting(&authority, server.address, |_| {});
    for _ in 0..2 {
        assert_eq!(fetch(&client, get("https://upstream.example/")).await.unwrap(), "ok");
    }
    assert_eq!(handshakes.recv().await, Some((Some("upstream.example".to_owned()), true)));
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn an_unknown_authority_and_a_wrong_name_are_not_trusted() {
    let authority = Authority::new();
    let (server, _) = serving(authority.acceptor("upstream.example", &[], None)).await;
    let strangers = trusting(&Authority::new(), server.address, |_| {});
    let (other, _) = serving(authority.acceptor("other.example", &[], None)).await;
    let misled = trusting(&authority, other.address, |_| {});
    for client in [strangers, misled] {
        let error = fetch(&client, get("https://upstream.example/")).await.unwrap_err();
        assert!(matches!(error, TransportError::Tls { .. }), "{error:?}");
        assert_eq!(error.to_string(), "TLS handshake with upstream.example:443 failed");
        let full = error.with_causes().to_string();
        assert!(full.contains("invalid peer certificate"), "{full}");
        assert!(!error.may_have_been_sent());
    }
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_an_upstream_that_asks() {
    let authority = Authority::new();
    let acceptor = authority.acceptor("upstream.example", &[], Some(&authority));
    let (server, _handshakes) = serving(acceptor).await;
    let (certificate, key) = authority.issue("client.example");
    let with = trusting(&authority, server.address, |config| {
        config.tls.client_certificate = Some(ClientCertificate {
            chain_pem: certificate.pem().into_bytes(),
            key_pem: key.serialize_pem().into_bytes(),
        });
    });
    assert_eq!(fetch(&with, get("https://upstream.example/")).await.unwrap(), "ok");
    let without = trusting(&authority, server.address, |_| {});
    assert!(fetch(&without, get("https://upstream.example/")).await.is_err());
}

#[tokio::test]
async fn a_body_cut_by_a_lost_tls_connection_is_an_error() {
    let authority = Authority::new();
    let acceptor = authority.acceptor("upstream.example", &[], None);
    let server = Server::start(move |_, stream| {
        let acceptor = acceptor.clone();
        async move {
            let mut stream = acceptor.accept(stream).await.unwrap();
            assert!(stream.read(&mut [0; 1024]).await.unwrap() > 0);
            // Without a length, only the end of the TLS session tells the end.
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nhalf").await.unwrap();
            stream.flush().await.unwrap();
        }
    })
    .await;
    let client = trusting(&authority, server.address, |_| {});
    let error = fetch(&client, get("https://upstream.example/")).await.unwrap_err();
    assert!(matches!(error, TransportError::ResponseBody { .. }), "{error:?}");
}
