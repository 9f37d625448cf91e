//! The four time limits. A test runs in real time until the moment from which
//! nothing more will happen, and then pauses the clock, which makes it jump to
//! the next timer.

use std::sync::Arc;
use std::time::Duration;

use airside_transport::{Resolve, Resolving, ResponseBody, TimeoutKind, Timeouts, TransportError};
use http_body_util::BodyExt;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;
use tokio::time::{Instant, advance, pause};

use crate::support::*;

const SECOND: Duration = Duration::from_secs(1);
const HEAD: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

fn timeouts(change: impl FnOnce(&mut Timeouts)) -> Timeouts {
    let mut timeouts = Timeouts::default();
    change(&mut timeouts);
    timeouts
}

fn limit_of(error: &TransportError) -> (TimeoutKind, Duration) {
    match error {
        TransportError::Timeout { which, after } => (*which, *after),
        other => panic!("{other}"),
    }
}

/// A server that sends `parts` one by one, whenever it is told to, and says
/// when it has received a request.
async fn dripping(
    parts: &'static [&'static str],
) -> (Server, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (received, requests) = mpsc::channel(8);
    let (more, wanted) = mpsc::channel(8);
    let wanted = Arc::new(tokio::sync::Mutex::new(wanted));
    let server = Server::start(move |_, mut stream| {
        let (received, wanted) = (received.clone(), Arc::clone(&wanted));
        async move {
            while read_request(&mut stream).await.is_some() {
                received.send(()).await.unwrap();
                for part in parts {
                    if wanted.lock().await.recv().await.is_none() {
                        return;
                    }
                    stream.write_all(part.as_bytes()).await.unwrap();
                }
            }
        }
    })
    .await;
    (server, requests, more)
}

#[derive(Debug)]
struct Never;

impl Resolve for Never {
    fn resolve<'a>(&'a self, _: &'a str, _: u16) -> Resolving<'a> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn connecting_is_limited_from_the_resolution_of_the_name_on() {
    let client = client_with(|config| config.resolver = Some(Arc::new(Never)));
    let start = Instant::now();
    let error = call(&client, get("http://example.com/")).await.unwrap_err();
    assert_eq!(limit_of(&error), (TimeoutKind::Connect, 10 * SECOND));
    assert_eq!(start.elapsed().as_secs(), 10);
    assert_eq!(error.to_string(), "connect timeout of 10 s reached");
    assert!(!error.may_have_been_sent());
}

#[tokio::test]
async fn connecting_is_limited_up_to_the_end_of_the_tls_handshake() {
    let (accepted, mut accepting) = mpsc::channel(1);
    let server = Server::start(move |_, stream| {
        let accepted = accepted.clone();
        async move {
            accepted.send(()).await.unwrap();
            std::future::pending::<()>().await;
            drop(stream);
        }
    })
    .await;
    let client = client();
    let url = format!("https://{}/", server.address);
    let request = spawn(async move { call(&client, get(url)).await.map(|_| ()) });
    accepting.recv().await;
    pause();
    let error = request.await.unwrap().unwrap_err();
    assert_eq!(limit_of(&error), (TimeoutKind::Connect, 10 * SECOND));
}

#[tokio::test]
async fn an_upstream_that_never_answers_is_given_up_after_the_first_byte_limit() {
    let (server, mut requests, _more) = dripping(&[HEAD]).await;
    let client = client();
    let url = server.url("/");
    let request = spawn(async move { call(&client, post(url, "x")).await.map(|_| ()) });
    requests.recv().await;
    pause();
    let start = Instant::now();
    let error = request.await.unwrap().unwrap_err();
    assert_eq!(limit_of(&error), (TimeoutKind::FirstByte, 300 * SECOND));
    assert_eq!(start.elapsed().as_secs().next_multiple_of(10), 300);
    assert!(error.may_have_been_sent());
}

#[tokio::test]
async fn a_request_can_bring_its_own_limits() {
    let (server, mut requests, _more) = dripping(&[HEAD]).await;
    let client = client_with(|config| config.timeouts.first_byte = None);
    let mut request = get(server.url("/"));
    request.extensions_mut().insert(timeouts(|it| it.first_byte = Some(7 * SECOND)));
    let request = spawn(async move { call(&client, request).await.map(|_| ()) });
    requests.recv().await;
    pause();
    let error = request.await.unwrap().unwrap_err();
    assert_eq!(limit_of(&error), (TimeoutKind::FirstByte, 7 * SECOND));
}

async fn open_stream(
    limits: Timeouts,
    parts: &'static [&'static str],
) -> (ResponseBody, mpsc::Sender<()>, Server) {
    let (server, _requests, more) = dripping(parts).await;
    more.send(()).await.unwrap();
    let mut request = get(server.url("/"));
    request.extensions_mut().insert(limits);
    let response = call(&client(), request).await.unwrap();
    (response.into_body(), more, server)
}

#[tokio::test]
async fn a_body_that_falls_silent_is_given_up() {
    let limits = timeouts(|it| it.between_frames = Some(20 * SECOND));
    let (mut body, more, _server) = open_stream(limits, &[HEAD, "1\r\na\r\n"]).await;
    more.send(()).await.unwrap();
    assert_eq!(next_chunk(&mut body).await.unwrap(), "a");
    pause();
    let start = Instant::now();
    let error = next_chunk(&mut body).await.unwrap_err();
    assert_eq!(limit_of(&error), (TimeoutKind::BetweenFrames, 20 * SECOND));
    assert_eq!(start.elapsed().as_secs(), 20);
    assert!(body.frame().await.is_none(), "nothing follows an error");
}

#[tokio::test]
async fn each_frame_starts_the_wait_anew() {
    let limits = timeouts(|it| it.between_frames = Some(20 * SECOND));
    let parts = &[HEAD, "1\r\na\r\n", "1\r\nb\r\n", "1\r\nc\r\n", "0\r\n\r\n"];
    let (mut body, more, _server) = open_stream(limits, parts).await;
    pause();
    for wanted in ["a", "b", "c"] {
        // The wait begins, lasts almost too long, and is ended by a frame.
        let polled = std::future::poll_fn(|cx| {
            std::task::Poll::Ready(http_body::Body::poll_frame(std::pin::Pin::new(&mut body), cx))
        });
        assert!(polled.await.is_pending());
        advance(19 * SECOND).await;
        more.send(()).await.unwrap();
        settle().await;
        assert_eq!(next_chunk(&mut body).await.unwrap(), wanted);
    }
}

#[tokio::test]
async fn a_reader_who_takes_long_is_not_blamed_on_the_upstream() {
    let limits = timeouts(|it| it.between_frames = Some(20 * SECOND));
    let (mut body, more, _server) = open_stream(limits, &[HEAD, "1\r\na\r\n"]).await;
    pause();
    advance(3600 * SECOND).await;
    more.send(()).await.unwrap();
    settle().await;
    assert_eq!(next_chunk(&mut body).await.unwrap(), "a");
}

#[tokio::test]
async fn the_total_limit_covers_the_wait_for_the_head_and_the_body() {
    let limits = timeouts(|it| it.total = Some(30 * SECOND));
    let (mut body, _more, _server) = open_stream(limits, &[HEAD, "1\r\na\r\n"]).await;
    pause();
    let error = next_chunk(&mut body).await.unwrap_err();
    assert_eq!(limit_of(&error), (TimeoutKind::Total, 30 * SECOND));

    tokio::time::resume();
    let (server, mut requests, _more) = dripping(&[HEAD]).await;
    let client = client();
    let mut request = get(server.url("/"));
    request.extensions_mut().insert(limits);
    let request = spawn(async move { call(&client, request).await.map(|_| ()) });
    requests.recv().await;
    pause();
    let error = request.await.unwrap().unwrap_err();
    assert_eq!(limit_of(&error), (TimeoutKind::Total, 30 * SECOND));
}

#[tokio::test]
async fn the_total_limit_also_ends_a_body_that_never_pauses() {
    let limits = timeouts(|it| it.total = Some(30 * SECOND));
    let (mut body, more, _server) = open_stream(limits, &[HEAD, "1\r\na\r\n"]).await;
    more.send(()).await.unwrap();
    settle().await;
    pause();
    advance(31 * SECOND).await;
    let error = next_chunk(&mut body).await.unwrap_err();
    assert_eq!(limit_of(&error), (TimeoutKind::Total, 30 * SECOND));
}

#[tokio::test]
async fn limits_of_an_earlier_request_do_not_cut_a_later_one_on_the_same_connection() {
    let (server, mut requests, more) = dripping(&[OK]).await;
    let client = client();
    let mut first = get(server.url("/"));
    first.extensions_mut().insert(timeouts(|it| it.first_byte = Some(5 * SECOND)));
    more.send(()).await.unwrap();
    fetch(&client, first).await.unwrap();
    requests.recv().await;

    let mut second = get(server.url("/"));
    second.extensions_mut().insert(timeouts(|it| it.first_byte = Some(60 * SECOND)));
    let request = spawn(async move { call(&client, second).await.map(|_| ()) });
    requests.recv().await;
    pause();
    let start = Instant::now();
    let error = request.await.unwrap().unwrap_err();
    assert_eq!(limit_of(&error), (TimeoutKind::FirstByte, 60 * SECOND));
    assert!(start.elapsed() > 55 * SECOND);
    assert_eq!(server.accepted(), 1);
}
