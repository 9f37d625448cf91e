//! Requests that share connections.

use std::convert::Infallible;
use std::sync::Arc;

use airside_transport::{Client, Http2, TransportError};
use bytes::Bytes;
use futures_util::stream;
use http::{Request, Response, Version};
use http_body::Frame;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

use crate::support::*;
use crate::tls::{Authority, trusting};

type Reply = Response<UnsyncBoxBody<Bytes, Infallible>>;

/// Serves HTTP/2 on one connection. A request to `/wait` is answered when the
/// semaphore gives a permit; `/endless` with a chunk and then silence; others
/// with what they were.
async fn serve<S>(stream: S, max_streams: u32, gate: Arc<Semaphore>, events: mpsc::Sender<String>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let (gate, events) = (Arc::clone(&gate), events.clone());
        async move {
            let path = request.uri().path().to_owned();
            events.send(format!("begin {path}")).await.unwrap();
            let guard = Finished(events, path.clone());
            let reply = match path.as_str() {
                "/wait" => {
                    gate.acquire().await.unwrap().forget();
                    echo(request).await
                }
                "/endless" => endless(guard),
                _ => echo(request).await,
            };
            Ok::<_, Infallible>(reply)
        }
    });
    let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .max_concurrent_streams(max_streams)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// Says that the upstream has let go of a request.
struct Finished(mpsc::Sender<String>, String);

impl Drop for Finished {
    fn drop(&mut self) {
        let _ = self.0.try_send(format!("end {}", self.1));
    }
}

async fn echo(request: Request<Incoming>) -> Reply {
    let line = format!("{} {} {:?} ", request.method(), request.uri(), request.headers());
    let body = request.into_body().collect().await.unwrap().to_bytes();
    Response::new(Full::new(Bytes::from([line.as_bytes(), &body].concat())).boxed_unsync())
}

fn endless(guard: Finished) -> Reply {
    let chunks = stream::unfold((guard, true), |(guard, first)| async move {
        if !first {
            std::future::pending::<()>().await;
        }
        Some((Ok(Frame::data(Bytes::from("hi"))), (guard, false)))
    });
    Response::new(StreamBody::new(chunks).boxed_unsync())
}

struct Upstream {
    server: Server,
    gate: Arc<Semaphore>,
    events: mpsc::Receiver<String>,
}

async fn plain(max_streams: u32) -> Upstream {
    let gate = Arc::new(Semaphore::new(0));
    let (sender, events) = mpsc::channel(1024);
    let for_server = Arc::clone(&gate);
    let server = Server::start(move |_, stream| {
        serve(stream, max_streams, Arc::clone(&for_server), sender.clone())
    })
    .await;
    Upstream { server, gate, events }
}

fn prior_knowledge(streams: usize) -> Client {
    client_with(|config| {
        config.http2 = Http2::PriorKnowledge;
        config.http2_max_streams = streams;
    })
}

/// Starts requests to `/wait`.
fn waiting(client: &Client, url: &str, count: usize) -> Vec<JoinHandle<()>> {
    let request = || {
        let (client, url) = (client.clone(), url.to_owned());
        spawn(async move {
            fetch(&client, get(url)).await.unwrap();
        })
    };
    (0..count).map(|_| request()).collect()
}

async fn begun(upstream: &mut Upstream, count: usize) {
    for _ in 0..count {
        while !upstream.events.recv().await.unwrap().starts_with("begin") {}
    }
}

async fn all(requests: Vec<JoinHandle<()>>) {
    for request in requests {
        request.await.unwrap();
    }
}

#[tokio::test]
async fn with_prior_knowledge_requests_share_one_connection() {
    let mut upstream = plain(100).await;
    let client = prior_knowledge(80);
    let requests = waiting(&client, &upstream.server.url("/wait"), 20);
    begun(&mut upstream, 20).await;
    let status = client.pool_status();
    assert_eq!((status.http2_open, status.http2_in_flight), (1, 20));
    upstream.gate.add_permits(20);
    all(requests).await;
    assert_eq!(upstream.server.accepted(), 1);
    assert_eq!(client.pool_status().http2_in_flight, 0);
}

#[tokio::test]
async fn another_connection_is_opened_when_one_has_its_fill() {
    let mut upstream = plain(100).await;
    let client = prior_knowledge(2);
    let requests = waiting(&client, &upstream.server.url("/wait"), 5);
    // All five are being served: none waits for a place.
    begun(&mut upstream, 5).await;
    assert_eq!(upstream.server.accepted(), 3);
    upstream.gate.add_permits(5);
    all(requests).await;
}

#[tokio::test]
async fn the_limit_of_the_upstream_counts_if_it_is_lower() {
    let mut upstream = plain(1).await;
    let client = prior_knowledge(80);
    // The first exchange tells the client what the upstream permits.
    fetch(&client, get(upstream.server.url("/"))).await.unwrap();
    settle().await;
    begun(&mut upstream, 1).await;
    let requests = waiting(&client, &upstream.server.url("/wait"), 3);
    begun(&mut upstream, 3).await;
    assert_eq!(upstream.server.accepted(), 3);
    upstream.gate.add_permits(3);
    all(requests).await;
}

#[tokio::test]
async fn dropping_a_body_resets_its_stream_and_leaves_the_others_alone() {
    let mut upstream = plain(100).await;
    let client = prior_knowledge(80);
    let waits = waiting(&client, &upstream.server.url("/wait"), 1);
    begun(&mut upstream, 1).await;
    let response = call(&client, get(upstream.server.url("/endless"))).await.unwrap();
    begun(&mut upstream, 1).await;
    assert_eq!(response.version(), Version::HTTP_2);
    let mut body = response.into_body();
    assert_eq!(next_chunk(&mut body).await.unwrap(), "hi");
    assert_eq!(client.pool_status().http2_in_flight, 2);
    drop(body);
    assert_eq!(upstream.events.recv().await.as_deref(), Some("end /endless"));
    assert_eq!(client.pool_status().http2_in_flight, 1);
    upstream.gate.add_permits(1);
    all(waits).await;
    assert_eq!(upstream.server.accepted(), 1);
}

#[tokio::test]
async fn dropping_a_request_before_its_answer_resets_its_stream() {
    let mut upstream = plain(100).await;
    let client = prior_knowledge(80);
    let requests = waiting(&client, &upstream.server.url("/wait"), 1);
    begun(&mut upstream, 1).await;
    for request in requests {
        request.abort();
    }
    assert_eq!(upstream.events.recv().await.as_deref(), Some("end /wait"));
    assert_eq!(client.pool_status().http2_in_flight, 0);
    fetch(&client, get(upstream.server.url("/"))).await.unwrap();
    assert_eq!(upstream.server.accepted(), 1, "the connection goes on");
}

#[tokio::test]
async fn the_host_moves_into_the_target_and_the_body_has_its_length() {
    let upstream = plain(100).await;
    let mut request =
        post(upstream.server.url("/v1?a=b"), vec![Bytes::from("he"), Bytes::from("llo")]);
    request.headers_mut().insert("host", "ignored.example".parse().unwrap());
    request.headers_mut().insert("connection", "keep-alive".parse().unwrap());
    request.headers_mut().insert("x-key", "value".parse().unwrap());
    let seen = fetch(&prior_knowledge(80), request).await.unwrap();
    let url = upstream.server.url("/v1?a=b");
    let headers = r#"{"x-key": "value", "content-length": "5"}"#;
    assert_eq!(seen, format!("POST {url} {headers} hello"));
}

#[tokio::test]
async fn a_connection_the_upstream_has_closed_is_replaced() {
    let (ended, mut endings) = mpsc::channel(4);
    let server = Server::start(move |_, stream| {
        let ended = ended.clone();
        async move {
            // One request, then the connection is shut down.
            let (gate, (events, _keep)) = (Arc::new(Semaphore::new(0)), mpsc::channel(8));
            let served = serve(stream, 100, gate, events.clone());
            let once = async {
                while events.capacity() > 6 {
                    tokio::task::yield_now().await;
                }
            };
            futures_util::future::select(Box::pin(served), Box::pin(once)).await;
            ended.send(()).await.unwrap();
        }
    })
    .await;
    let client = prior_knowledge(80);
    for _ in 0..2 {
        fetch(&client, get(server.url("/"))).await.unwrap();
        endings.recv().await;
        settle().await;
    }
    assert_eq!(server.accepted(), 2);
}

/// A frame of HTTP/2 on stream `stream`.
fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    [&[0, 0, length, kind, flags, 0, 0, 0, stream], payload].concat()
}

#[tokio::test]
async fn a_stream_reset_before_its_end_is_an_error_whatever_the_reason_given() {
    let (cancel, no_error) = (8, 0);
    for reason in [cancel, no_error] {
        let server = Server::start(move |_, mut stream| async move {
            let settings = frame(4, 0, 0, &[]);
            let head = frame(1, 4, 1, &[0x88]); // `:status: 200`
            let data = frame(0, 0, 1, b"hi");
            let reset = frame(3, 0, 1, &[0, 0, 0, reason]);
            read_head(&mut stream).await; // The first half of the preface.
            stream.write_all(&[settings, head, data].concat()).await.unwrap();
            settle().await;
            stream.write_all(&reset).await.unwrap();
            std::future::pending::<()>().await;
        })
        .await;
        let mut body = call(&prior_knowledge(80), get(server.url("/"))).await.unwrap().into_body();
        assert_eq!(next_chunk(&mut body).await.unwrap(), "hi");
        let error = next_chunk(&mut body).await.unwrap_err();
        assert!(matches!(error, TransportError::ResponseBody { .. }), "{reason}: {error:?}");
        assert!(body.frame().await.is_none());
    }
}

/// A server for `upstream.example` over TLS that offers `alpn`.
async fn secure(authority: &Authority, alpn: &[&str]) -> Upstream {
    let acceptor = authority.acceptor("upstream.example", alpn, None);
    let gate = Arc::new(Semaphore::new(0));
    let (sender, events) = mpsc::channel(1024);
    let for_server = Arc::clone(&gate);
    let server = Server::start(move |_, stream| {
        let (acceptor, sender, gate) = (acceptor.clone(), sender.clone(), Arc::clone(&for_server));
        async move {
            let stream = acceptor.accept(stream).await.unwrap();
            serve(stream, 100, gate, sender).await;
        }
    })
    .await;
    Upstream { server, gate, events }
}

#[tokio::test]
async fn over_tls_http2_is_negotiated_and_a_burst_opens_no_more_connections_than_needed() {
    let authority = Authority::new();
    let mut upstream = secure(&authority, &["h2", "http/1.1"]).await;
    let client =
        trusting(&authority, upstream.server.address, |config| config.http2_max_streams = 4);
    // All at once, and nothing is known about the upstream yet.
    let requests = waiting(&client, "https://upstream.example/wait", 10);
    begun(&mut upstream, 10).await;
    assert_eq!(upstream.server.accepted(), 3);
    let status = client.pool_status();
    assert_eq!((status.http2_open, status.http2_in_flight, status.http1_idle), (3, 10, 0));
    upstream.gate.add_permits(10);
    all(requests).await;
}

#[tokio::test]
async fn http2_can_be_turned_off() {
    let authority = Authority::new();
    let upstream = secure(&authority, &["h2"]).await;
    let client = trusting(&authority, upstream.server.address, |config| config.http2 = Http2::Off);
    // The server insists on HTTP/2, so that there is no protocol in common.
    let error = fetch(&client, get("https://upstream.example/")).await.unwrap_err();
    assert!(error.to_string().starts_with("TLS handshake"), "{error}");
}

#[tokio::test]
async fn idle_connections_are_closed_after_their_time() {
    let mut upstream = plain(100).await;
    let client = prior_knowledge(80);
    fetch(&client, get(upstream.server.url("/"))).await.unwrap();
    begun(&mut upstream, 1).await;
    assert_eq!(client.pool_status().http2_open, 1);
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(136)).await;
    settle().await;
    assert_eq!(client.pool_status().http2_open, 0);
}
