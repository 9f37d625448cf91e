//! What arrives at the upstream.

use airside_transport::RequestBody;
use bytes::Bytes;
use http::Request;
use http_body::Body;
use http_body_util::{BodyExt, Full};
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;

use crate::support::*;

/// A server that hands on every request it reads.
async fn recording() -> (Server, mpsc::Receiver<String>) {
    let (sender, receiver) = mpsc::channel(8);
    let server = Server::start(move |_, mut stream| {
        let sender = sender.clone();
        async move {
            while let Some(request) = read_request(&mut stream).await {
                sender.send(request).await.unwrap();
                stream.write_all(OK.as_bytes()).await.unwrap();
            }
        }
    })
    .await;
    (server, receiver)
}

#[tokio::test]
async fn the_target_is_the_path_and_the_host_is_added() {
    let (server, mut requests) = recording().await;
    let client = client();
    for (path, target) in [("/v1/models?a=b%20c", "/v1/models?a=b%20c"), ("", "/"), ("?a", "/?a")] {
        fetch(&client, get(server.url(path))).await.unwrap();
        let wanted = format!("GET {target} HTTP/1.1\r\nhost: {}\r\n\r\n", server.address);
        assert_eq!(requests.recv().await.unwrap(), wanted);
    }
}

#[tokio::test]
async fn headers_are_sent_as_given_except_the_length() {
    let (server, mut requests) = recording().await;
    let mut request = post(server.url("/"), "hello");
    let headers = request.headers_mut();
    headers.insert("host", "other.example".parse().unwrap());
    headers.insert("authorization", "Bearer key".parse().unwrap());
    headers.insert("content-length", "4".parse().unwrap());
    headers.insert("transfer-encoding", "chunked".parse().unwrap());
    fetch(&client(), request).await.unwrap();
    assert_eq!(
        requests.recv().await.unwrap(),
        "POST / HTTP/1.1\r\nhost: other.example\r\nauthorization: Bearer key\r\n\
         content-length: 5\r\n\r\nhello"
    );
}

#[tokio::test]
async fn every_kind_of_body_arrives_with_its_length() {
    let (server, mut requests) = recording().await;
    let client = client();
    let document = Bytes::from_static(b"{\"model\":\"a\",\"n\":1}");
    let slices = vec![document.slice(..9), "\"b\"".into(), document.slice(12..)];
    let bodies = [
        (RequestBody::slices(slices), "{\"model\":\"b\",\"n\":1}"),
        (RequestBody::from(document.clone()), "{\"model\":\"a\",\"n\":1}"),
        (RequestBody::stream(Full::new(Bytes::from("stream"))), "stream"),
        (RequestBody::empty(), ""),
    ];
    for (body, wanted) in bodies {
        fetch(&client, post(server.url("/"), body)).await.unwrap();
        let request = requests.recv().await.unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert_eq!(body, wanted);
        assert!(head.contains(&format!("\r\ncontent-length: {}", wanted.len())), "{head}");
    }
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn a_request_that_names_no_upstream_is_refused_before_anything_happens() {
    let connect = Request::connect("http://example.com:443").body(RequestBody::empty()).unwrap();
    let relative = Request::get("/v1/models").body(RequestBody::empty()).unwrap();
    for request in [connect, relative] {
        let error = call(&client(), request).await.unwrap_err();
        assert!(error.to_string().starts_with("the request cannot be sent: "), "{error}");
        assert!(!error.may_have_been_sent());
    }
}

#[tokio::test]
async fn an_answer_to_head_has_no_body_whatever_its_length_says() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n").await;
    let client = client();
    for _ in 0..2 {
        let mut request = get(server.url("/"));
        *request.method_mut() = http::Method::HEAD;
        let response = call(&client, request).await.unwrap();
        assert_eq!(response.headers()["content-length"], "99");
        assert!(response.into_body().is_end_stream());
    }
    assert_eq!(server.accepted(), 1);
}

#[test]
fn everything_can_be_sent_between_threads() {
    fn send<T: Send>() {}
    fn sync<T: Sync>() {}
    send::<airside_transport::Client>();
    sync::<airside_transport::Client>();
    send::<airside_transport::ResponseFuture>();
    send::<airside_transport::ResponseBody>();
    send::<RequestBody>();
    send::<airside_transport::TransportError>();
    sync::<airside_transport::TransportError>();
}

#[tokio::test]
async fn trailers_of_the_answer_arrive() {
    let server = Server::answering(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-end\r\n\r\n\
         2\r\nok\r\n0\r\nx-end: yes\r\n\r\n",
    )
    .await;
    let response = call(&client(), get(server.url("/"))).await.unwrap();
    let collected = response.into_body().collect().await.unwrap();
    assert_eq!(collected.trailers().unwrap()["x-end"], "yes");
    assert_eq!(collected.to_bytes(), "ok");
}

#[tokio::test]
async fn informational_answers_are_skipped_and_redirects_are_not_followed() {
    let server = Server::answering(
        "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n\
         HTTP/1.1 302 Found\r\nlocation: http://127.0.0.2/\r\ncontent-length: 0\r\n\r\n",
    )
    .await;
    let response = call(&client(), get(server.url("/"))).await.unwrap();
    assert_eq!(response.status(), 302);
    assert_eq!(server.accepted(), 1);
}
