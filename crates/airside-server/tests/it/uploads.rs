//! Large uploads pass through; they are not collected.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use airside_testkit::{Answer, Upstream, client};
use bytes::Bytes;
use http::Request;
use http_body::{Body, Frame};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::harness::gateway;

const PIECE: usize = 64 * 1024;
const SIZE: u64 = 96 * 1024 * 1024;

static ZEROS: [u8; PIECE] = [0; PIECE];

/// A body that is made while it is sent and notes how far it is.
struct Upload {
    sent: Arc<AtomicU64>,
    arrived: Arc<dyn Fn() -> u64 + Send + Sync>,
    furthest: Arc<AtomicU64>,
}

impl Body for Upload {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let sent = self.sent.fetch_add(PIECE as u64, Ordering::Relaxed);
        if sent >= SIZE {
            return Poll::Ready(None);
        }
        // Whatever left the client and has not arrived is held by someone in between.
        let held = sent.saturating_sub((self.arrived)());
        self.furthest.fetch_max(held, Ordering::Relaxed);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&ZEROS)))))
    }
}

#[tokio::test]
async fn a_large_multipart_body_passes_in_bounded_memory() {
    let gateway = gateway(|_| {});
    let upstream =
        Arc::new(Upstream::keeping(1024, |_| Answer::json(200, r#"{"id":"file-1"}"#)).unwrap());
    let furthest = Arc::new(AtomicU64::new(0));
    let watched = Arc::clone(&upstream);
    let body = Upload {
        sent: Arc::default(),
        arrived: Arc::new(move || watched.body_bytes()),
        furthest: Arc::clone(&furthest),
    };
    let request = Request::post("/v1/files")
        .header("content-type", "multipart/form-data; boundary=x")
        .header("authorization", "Bearer sk-test")
        .header("x-airside-provider", "openai")
        .header("x-airside-custom-host", format!("{}/v1", upstream.url()))
        .body(body)
        .unwrap();
    let reply = client::send(gateway.address, request).await.unwrap().whole().await.unwrap();
    assert_eq!((reply.status.as_u16(), &*reply.body), (200, &br#"{"id":"file-1"}"#[..]));
    let received = &upstream.received()[0];
    assert_eq!(received.body_bytes, SIZE);
    assert_eq!(received.headers["content-type"], "multipart/form-data; boundary=x");
    // Sockets of the system on both sides hold some megabytes.
    let held = furthest.load(Ordering::Relaxed);
    assert!(held < 24 * 1024 * 1024, "{held} bytes were held between client and upstream");
}

#[tokio::test]
async fn an_upload_that_stops_arriving_is_given_up() {
    let gateway = gateway(|config| config.listen.body_timeout_ms = 20);
    let upstream = Upstream::start(|_| Answer::json(200, "{}")).unwrap();
    let head = format!(
        "POST /v1/files HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer k\r\n\
         x-airside-provider: openai\r\nx-airside-custom-host: {}/v1\r\n\
         content-type: multipart/form-data; boundary=x\r\ncontent-length: 100\r\n\r\n--x",
        upstream.url()
    );
    let waiting = client::raw(gateway.address, head.as_bytes());
    let answer = tokio::time::timeout(std::time::Duration::from_secs(5), waiting).await;
    let answer = answer.expect("the gateway waits for ever").unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn an_upload_whose_sender_goes_away_ends_at_the_upstream_too() {
    let gateway = gateway(|_| {});
    let upstream = Upstream::start(|_| Answer::json(200, "{}")).unwrap();
    let head = format!(
        "POST /v1/files HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k\r\n\
         x-airside-provider: openai\r\nx-airside-custom-host: {}/v1\r\n\
         content-type: multipart/form-data; boundary=x\r\ncontent-length: 100\r\n\r\n--x",
        upstream.url()
    );
    let mut socket = TcpStream::connect(gateway.address).await.unwrap();
    socket.write_all(head.as_bytes()).await.unwrap();
    upstream.until_body_bytes(3).await;
    drop(socket);
    upstream.until_went_away(1).await;
}
