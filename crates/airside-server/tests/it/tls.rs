//! TLS, with the protocol agreed on in the handshake.

use std::sync::Arc;

use airside_server::TlsFiles;
use airside_testkit::client;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;

use crate::harness::{Running, gateway};

struct Secured {
    running: Running,
    roots: rustls::RootCertStore,
    _files: tempfile::TempDir,
}

fn secured() -> Secured {
    let files = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (files.path().join("cert.pem"), files.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let running = gateway(|config| {
        let mut tls = TlsFiles::default();
        tls.certificate = certificate;
        tls.key = key;
        config.listen.tls = Some(tls);
    });
    Secured { running, roots, _files: files }
}

impl Secured {
    async fn connect(&self, protocols: &[&[u8]]) -> tokio_rustls::client::TlsStream<TcpStream> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(self.roots.clone())
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        let socket = TcpStream::connect(self.running.address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, socket).await.unwrap()
    }
}

#[tokio::test]
async fn http1_is_spoken_over_tls() {
    let secured = secured();
    for protocols in [&[b"http/1.1".as_slice()][..], &[]] {
        let io = secured.connect(protocols).await;
        let request = Request::get("/livez").body(Full::<Bytes>::default()).unwrap();
        let reply = client::over(io, secured.running.address, request).await.unwrap();
        assert_eq!(reply.whole().await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn http2_is_agreed_on_in_the_handshake() {
    let secured = secured();
    let io = secured.connect(&[b"h2", b"http/1.1"]).await;
    assert_eq!(io.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(io))
            .await
            .unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { connection.await.unwrap() });
    let request = Request::get("https://localhost/livez").body(Full::<Bytes>::default()).unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(!response.into_body().collect().await.unwrap().to_bytes().is_empty());
}

#[tokio::test]
async fn plain_text_on_a_tls_port_ends_that_connection_only() {
    let secured = secured();
    // What is answered to it, if anything, is an alert and no HTTP.
    let answer =
        client::raw(secured.running.address, b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(!answer.unwrap_or_default().starts_with(b"HTTP/"));
    let io = secured.connect(&[]).await;
    let request = Request::get("/livez").body(Full::<Bytes>::default()).unwrap();
    let reply = client::over(io, secured.running.address, request).await.unwrap();
    assert_eq!(reply.status, 200);
}
