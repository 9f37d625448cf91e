//! HTTP/1.1: several calls on one connection, one after the other.

use airside_testkit::{Answer, Gate, Upstream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{CALLERS, answer, gateway};

/// Reads until what has arrived ends with `end`.
async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut arrived = Vec::new();
    while !arrived.ends_with(end.as_bytes()) {
        let mut buffer = [0; 4096];
        let size = stream.read(&mut buffer).await.unwrap();
        let text = String::from_utf8_lossy(&arrived).into_owned();
        assert!(size > 0, "the connection ended after {text:?}");
        arrived.extend_from_slice(&buffer[..size]);
    }
    String::from_utf8(arrived).unwrap()
}

#[tokio::test]
async fn a_reply_does_not_wait_for_the_request_that_was_sent_behind_it() {
    let gateway = gateway(|_| {});
    let never = Gate::default();
    let upstream = Upstream::start(move |received| match &*received.body {
        b"{\"model\":\"slow\"}" => Answer::new(200).held_by(&never),
        _ => Answer::json(200, answer(CALLERS[0])),
    })
    .unwrap();
    let request = |body: &str| {
        format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k\r\n\
             x-airside-provider: openai\r\nx-airside-custom-host: {}/v1\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            upstream.url(),
            body.len()
        )
    };
    let mut stream = TcpStream::connect(gateway.address).await.unwrap();
    let (fast, slow) = (request("{\"model\":\"fast\"}"), request("{\"model\":\"slow\"}"));
    stream.write_all((fast + &slow + &slow).as_bytes()).await.unwrap();
    // The second call is in flight by now and stays there; the third one waits behind it.
    upstream.until_received(2).await;
    let reading = read_until(&mut stream, answer(CALLERS[0]));
    let read = tokio::time::timeout(std::time::Duration::from_secs(5), reading).await;
    assert!(read.expect("the first reply is held back").starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_connection_serves_one_call_after_the_other() {
    let gateway = gateway(|_| {});
    let mut stream = TcpStream::connect(gateway.address).await.unwrap();
    for _ in 0..3 {
        stream.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let reply = read_until(&mut stream, "}").await;
        assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    }
}
