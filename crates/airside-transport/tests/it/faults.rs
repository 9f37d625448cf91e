//! Upstreams that misbehave.

use std::error::Error;

use airside_transport::{BoxError, RequestBody, TransportError};
use bytes::Bytes;
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use crate::support::*;

#[tokio::test]
async fn a_body_that_breaks_off_is_an_error_and_never_a_clean_end() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
    ] {
        let server = Server::answering_once(answer).await;
        let client = client();
        let error = fetch(&client, get(server.url("/"))).await.unwrap_err();
        assert!(matches!(error, TransportError::ResponseBody { .. }), "{answer:?}: {error}");
        assert!(error.to_string().starts_with("response body broke off"), "{error}");
        assert!(error.may_have_been_sent());
        assert_eq!(client.pool_status().http1_idle, 0);
    }
}

#[tokio::test]
async fn a_body_without_a_length_ends_with_the_connection() {
    let server = Server::answering_once("HTTP/1.1 200 OK\r\n\r\nhello").await;
    assert_eq!(fetch(&client(), get(server.url("/"))).await.unwrap(), "hello");
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_malformed() {
    for answer in [
        "SSH-2.0-OpenSSH_9.6\r\n",
        "HTTP/1.1 banana\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        "\u{1}\u{2}\u{3}\u{4}",
    ] {
        let server = Server::answering_once(answer).await;
        let error = fetch(&client(), get(server.url("/"))).await.unwrap_err();
        assert!(matches!(error, TransportError::Malformed { .. }), "{answer:?}: {error:?}");
        let wanted = format!("{} did not answer with usable HTTP", server.address);
        assert_eq!(error.to_string(), wanted);
        assert!(error.may_have_been_sent());
    }
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused_without_reading_it_all() {
    let server = Server::start(|_, mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nx: ").await.unwrap();
        while stream.write_all(&[b'a'; 4096]).await.is_ok() {}
    })
    .await;
    let client = client_with(|config| config.max_response_head_bytes = 16 * 1024);
    let error = fetch(&client, get(server.url("/"))).await.unwrap_err();
    assert!(matches!(error, TransportError::Malformed { .. }), "{error:?}");
}

#[tokio::test]
async fn a_connection_that_ends_without_an_answer_is_not_tried_again() {
    let server = Server::answering_once("").await;
    let error = fetch(&client(), post(server.url("/"), "x")).await.unwrap_err();
    assert!(matches!(error, TransportError::Disconnected { .. }), "{error:?}");
    assert_eq!(server.accepted(), 1);
    assert!(error.may_have_been_sent());

    // The same on a connection that has served before: the request was written.
    let server = Server::start(|_, mut stream| async move {
        read_request(&mut stream).await;
        stream.write_all(OK.as_bytes()).await.unwrap();
        read_request(&mut stream).await;
    })
    .await;
    let client = client();
    fetch(&client, get(server.url("/"))).await.unwrap();
    let error = fetch(&client, post(server.url("/"), "x")).await.unwrap_err();
    assert!(matches!(error, TransportError::Disconnected { .. }), "{error:?}");
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn a_refused_connection_is_named_by_host_and_port_and_nothing_secret() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut request = post(format!("http://{address}/secret-path?key=secret"), "secret-body");
    request.headers_mut().insert("authorization", "Bearer secret".parse().unwrap());
    let error = call(&client(), request).await.unwrap_err();
    assert_eq!(error.to_string(), format!("could not connect to {address}"));
    let full = error.with_causes().to_string();
    assert!(full.starts_with(&format!("could not connect to {address}: Connection refused")));
    assert!(!format!("{full} {error:?}").contains("secret"));
    assert!(!error.may_have_been_sent());
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_named() {
    let client = client_with(|config| config.resolver = Some(Names::of(&[])));
    let error = call(&client, get("http://nowhere.example/")).await.unwrap_err();
    assert_eq!(
        error.with_causes().to_string(),
        "could not resolve `nowhere.example`: no such host"
    );
}

#[tokio::test]
async fn a_request_body_that_fails_is_not_blamed_on_the_upstream() {
    let server = Server::answering(OK).await;
    let frames = futures_util::stream::iter([
        Ok(Frame::data(Bytes::from("part"))),
        Err(BoxError::from("the client went away")),
    ]);
    let request = post(server.url("/"), RequestBody::stream(StreamBody::new(frames)));
    let error = call(&client(), request).await.unwrap_err();
    assert!(matches!(error, TransportError::RequestBody { .. }), "{error:?}");
    assert!(error.with_causes().to_string().ends_with("the client went away"));
    assert!(error.source().is_some());
}

#[tokio::test]
async fn an_answer_before_the_end_of_the_request_is_delivered() {
    let server = Server::start(|_, mut stream| async move {
        read_head(&mut stream).await;
        let answer = "HTTP/1.1 413 Payload Too Large\r\ncontent-length: 2\r\n\r\nno";
        stream.write_all(answer.as_bytes()).await.unwrap();
        std::future::pending::<()>().await;
    })
    .await;
    let client = client();
    let endless = RequestBody::stream(StreamBody::new(futures_util::stream::pending::<
        Result<Frame<Bytes>, BoxError>,
    >()));
    let answer = fetch(&client, post(server.url("/"), endless)).await.unwrap();
    assert_eq!(answer, "no");
    assert_eq!(client.pool_status().http1_idle, 0, "the request was never finished");
}
