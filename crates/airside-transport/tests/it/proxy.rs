//! Requests through proxies.

use std::net::SocketAddr;

use airside_transport::{Destination, ProxyConfig, TransportError};
use tokio::io::{AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::support::*;
use crate::tls::{Authority, trusting};

fn through(name: &'static str, url: &str, no_proxy: &'static str) -> ProxyConfig {
    ProxyConfig::from_vars(|var| match var {
        "NO_PROXY" => Some(no_proxy.to_owned()),
        _ => (var == name).then(|| url.to_owned()),
    })
    .unwrap()
}

/// A proxy that connects everybody to `upstream` and hands on what it was asked.
async fn connecting(upstream: SocketAddr) -> (Server, mpsc::Receiver<String>) {
    let (asked, requests) = mpsc::channel(8);
    let server = Server::start(move |_, mut stream| {
        let asked = asked.clone();
        async move {
            asked.send(read_head(&mut stream).await.unwrap()).await.unwrap();
            stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
            let mut onward = TcpStream::connect(upstream).await.unwrap();
            let _ = copy_bidirectional(&mut stream, &mut onward).await;
        }
    })
    .await;
    (server, requests)
}

#[tokio::test]
async fn an_https_upstream_is_reached_through_a_tunnel_with_credentials() {
    let authority = Authority::new();
    let acceptor = authority.acceptor("upstream.example", &["http/1.1"], None);
    let upstream = Server::start(move |_, stream| {
        let acceptor = acceptor.clone();
        async move {
            use tokio::io::AsyncReadExt;
            let mut stream = acceptor.accept(stream).await.unwrap();
            let mut buffer = [0; 1024];
            while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                let request = String::from_utf8_lossy(&buffer[..count]).to_lowercase();
                assert!(!request.contains("proxy-authorization"), "{request}");
                stream.write_all(OK.as_bytes()).await.unwrap();
            }
        }
    })
    .await;
    let (proxy, mut asked) = connecting(upstream.address).await;
    let client = trusting(&authority, upstream.address, |config| {
        let url = format!("http://user:p%40ss@{}", proxy.address);
        config.proxy = through("HTTPS_PROXY", &url, "");
        // The name is the proxy's to resolve.
        config.resolver = Some(Names::of(&[]));
    });
    for _ in 0..2 {
        assert_eq!(fetch(&client, get("https://upstream.example/")).await.unwrap(), "ok");
    }
    assert_eq!(
        asked.recv().await.unwrap(),
        "CONNECT upstream.example:443 HTTP/1.1\r\nhost: upstream.example:443\r\n\
         proxy-authorization: Basic dXNlcjpwQHNz\r\n\r\n"
    );
    assert_eq!((proxy.accepted(), upstream.accepted()), (1, 1));
}

#[tokio::test]
async fn an_http_upstream_is_asked_for_by_its_whole_url() {
    let (asked, mut requests) = mpsc::channel(8);
    let proxy = Server::start(move |_, mut stream| {
        let asked = asked.clone();
        async move {
            while let Some(request) = read_request(&mut stream).await {
                asked.send(request).await.unwrap();
                stream.write_all(OK.as_bytes()).await.unwrap();
            }
        }
    })
    .await;
    let url = format!("http://user:pass@{}", proxy.address);
    let client = client_with(|config| config.proxy = through("HTTP_PROXY", &url, ""));
    for _ in 0..2 {
        fetch(&client, post("http://upstream.example:81/v1?a", "x")).await.unwrap();
        assert_eq!(
            requests.recv().await.unwrap(),
            "POST http://upstream.example:81/v1?a HTTP/1.1\r\nhost: upstream.example:81\r\n\
             proxy-authorization: Basic dXNlcjpwYXNz\r\ncontent-length: 1\r\n\r\nx"
        );
    }
    assert_eq!(proxy.accepted(), 1);
}

#[tokio::test]
async fn a_proxy_can_itself_be_reached_over_tls() {
    let authority = Authority::new();
    let acceptor = authority.acceptor("proxy.example", &[], None);
    let proxy = Server::start(move |_, stream| {
        let acceptor = acceptor.clone();
        async move {
            use tokio::io::AsyncReadExt;
            let mut stream = acceptor.accept(stream).await.unwrap();
            let mut buffer = [0; 1024];
            let count = stream.read(&mut buffer).await.unwrap();
            assert!(buffer[..count].starts_with(b"GET http://upstream.example/ HTTP/1.1\r\n"));
            stream.write_all(OK.as_bytes()).await.unwrap();
            stream.flush().await.unwrap();
            let _ = stream.read(&mut buffer).await;
        }
    })
    .await;
    let client = client_with(|config| {
        config.tls.extra_roots_pem = Some(authority.pem());
        config.proxy = through("HTTP_PROXY", "https://proxy.example:8443", "");
        config.resolver = Some(Names::of(&[("proxy.example", proxy.address)]));
    });
    assert_eq!(fetch(&client, get("http://upstream.example/")).await.unwrap(), "ok");
}

#[tokio::test]
async fn hosts_in_no_proxy_and_the_local_machine_are_reached_directly() {
    let upstream = Server::answering(OK).await;
    let client = client_with(|config| {
        config.proxy = through("ALL_PROXY", "http://127.0.0.1:1", "inner.example");
        config.resolver = Some(Names::of(&[("inner.example", upstream.address)]));
    });
    assert_eq!(fetch(&client, get("http://inner.example/")).await.unwrap(), "ok");
    assert_eq!(fetch(&client, get(upstream.url("/"))).await.unwrap(), "ok");
    let error = fetch(&client, get("http://outer.example/")).await.unwrap_err();
    assert_eq!(error.to_string(), "could not connect to 127.0.0.1:1");
}

#[tokio::test]
async fn a_proxy_that_opens_no_tunnel_is_quoted_without_its_credentials() {
    let table = [
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 4\r\n\r\npage",
            "it answered 407: check the user name and password in the proxy URL",
        ),
        ("HTTP/1.1 403 Forbidden\r\n\r\n", "it answered 403 Forbidden"),
        ("HTTP/1.0 502 x\r\n\r\n", "it answered 502 Bad Gateway"),
        ("SSH-2.0-OpenSSH\r\n\r\n", "it did not answer with HTTP"),
        ("", "it closed the connection without an answer"),
        ("HTTP/1.1 200 OK\r\n\r\nearly", "it sent data before the tunnel was used"),
    ];
    for (answer, reason) in table {
        let proxy = Server::start(move |_, mut stream| async move {
            read_head(&mut stream).await;
            stream.write_all(answer.as_bytes()).await.unwrap();
        })
        .await;
        let url = format!("http://user:hunter2@{}", proxy.address);
        let client = client_with(|config| config.proxy = through("HTTPS_PROXY", &url, ""));
        let error = fetch(&client, get("https://upstream.example/")).await.unwrap_err();
        assert!(matches!(error, TransportError::Proxy { .. }), "{error:?}");
        let wanted = format!("did not connect to upstream.example:443: {reason}");
        assert!(error.to_string().ends_with(&wanted), "{error}");
        assert!(!format!("{error} {error:?} {client:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn an_endless_answer_of_a_proxy_is_cut_off() {
    let proxy = Server::start(|_, mut stream| async move {
        read_head(&mut stream).await;
        while stream.write_all(&[b'a'; 1024]).await.is_ok() {}
    })
    .await;
    let url = format!("http://{}", proxy.address);
    let client = client_with(|config| config.proxy = through("HTTPS_PROXY", &url, ""));
    let error = fetch(&client, get("https://upstream.example/")).await.unwrap_err();
    assert!(error.to_string().ends_with("its answer is too long"), "{error}");
}

#[tokio::test]
async fn a_checked_host_is_judged_as_written_before_the_proxy_is_asked() {
    let proxy = Server::answering(OK).await;
    let url = format!("http://{}", proxy.address);
    let client = client_with(|config| config.proxy = through("ALL_PROXY", &url, ""));
    for host in ["10.0.0.1", "169.254.169.254", "metadata.google.internal", "[fd00::1]"] {
        let mut request = get(format!("http://{host}/"));
        request.extensions_mut().insert(Destination::Checked);
        let error = fetch(&client, request).await.unwrap_err();
        assert!(matches!(error, TransportError::Refused(_)), "{error}");
    }
    assert_eq!(proxy.accepted(), 0);
}
