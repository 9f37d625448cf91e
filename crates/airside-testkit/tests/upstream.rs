//! The scripted upstream and the client, against each other.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use airside_testkit::{Answer, Gate, Upstream, client};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;

fn post(body: &'static str) -> Request<Full<Bytes>> {
    Request::post("/v1/x?q=1").header("x-a", "b").body(Full::from(body)).unwrap()
}

#[tokio::test]
async fn requests_are_kept_as_they_arrived() {
    let upstream = Upstream::start(|received| Answer::json(201, received.body.clone())).unwrap();
    let reply = client::send(upstream.address(), post("{ }")).await.unwrap().whole().await.unwrap();
    assert_eq!((reply.status.as_u16(), &*reply.body), (201, &b"{ }"[..]));
    assert_eq!(reply.headers["content-length"], "3");
    let received = &upstream.received()[0];
    assert_eq!((received.method.as_str(), received.uri.to_string()), ("POST", "/v1/x?q=1".into()));
    assert_eq!((&received.headers["x-a"], received.body_bytes), (&"b".parse().unwrap(), 3));
}

#[tokio::test]
async fn every_piece_of_a_stream_arrives_by_itself() {
    let upstream = Upstream::start(|_| Answer::stream().send("one").send("two")).unwrap();
    let mut reply = client::send(upstream.address(), post("")).await.unwrap();
    assert_eq!(reply.next().await.unwrap().unwrap(), "one");
    assert_eq!(reply.next().await.unwrap().unwrap(), "two");
    assert!(reply.next().await.is_none());
}

#[tokio::test]
async fn a_gate_holds_back_the_head_and_the_body() {
    let (head, body) = (Gate::default(), Gate::default());
    let (held, waiting) = (head.clone(), body.clone());
    let upstream = Upstream::start(move |_| {
        Answer::stream().held_by(&held).send("one").wait(&waiting).send("two")
    })
    .unwrap();
    let sending = client::send(upstream.address(), post(""));
    let opening = async {
        upstream.until_received(1).await;
        head.open();
    };
    let (reply, ()) = tokio::join!(sending, opening);
    let mut reply = reply.unwrap();
    assert_eq!(reply.next().await.unwrap().unwrap(), "one");
    body.open();
    assert_eq!(reply.next().await.unwrap().unwrap(), "two");
}

#[tokio::test]
async fn a_cut_breaks_the_body_after_what_was_sent() {
    let upstream = Upstream::start(|_| Answer::stream().send("one").cut()).unwrap();
    let mut reply = client::send(upstream.address(), post("")).await.unwrap();
    assert_eq!(reply.next().await.unwrap().unwrap(), "one");
    assert!(reply.next().await.unwrap().is_err());
}

#[tokio::test]
async fn a_reset_breaks_the_body() {
    let gate = Gate::default();
    let held = gate.clone();
    let upstream =
        Upstream::start(move |_| Answer::stream().send("one").wait(&held).reset()).unwrap();
    let mut reply = client::send(upstream.address(), post("")).await.unwrap();
    assert_eq!(reply.next().await.unwrap().unwrap(), "one");
    gate.open();
    assert!(reply.next().await.unwrap().is_err());
}

#[tokio::test]
async fn a_peer_that_goes_away_is_noticed_before_and_within_the_body() {
    let never = Gate::default();
    let held = never.clone();
    let upstream = Upstream::start(move |received| match received.uri.path() {
        "/held" => Answer::new(200).held_by(&held),
        _ => Answer::stream().send("one").hang(),
    })
    .unwrap();
    let mut reply = client::send(upstream.address(), post("")).await.unwrap();
    assert_eq!(reply.next().await.unwrap().unwrap(), "one");
    drop(reply);
    upstream.until_went_away(1).await;

    let request = Request::get("/held").body(Full::<Bytes>::default()).unwrap();
    let waiting = client::send(upstream.address(), request);
    tokio::select! {
        _ = waiting => panic!("the head is held back"),
        () = upstream.until_received(2) => {}
    }
    upstream.until_went_away(2).await;
}

#[tokio::test]
async fn a_large_body_is_counted_and_only_its_beginning_kept() {
    let upstream = Upstream::keeping(4, |_| Answer::new(204)).unwrap();
    client::send(upstream.address(), post("0123456789")).await.unwrap();
    let received = &upstream.received()[0];
    assert_eq!((&*received.body, received.body_bytes), (&b"0123"[..], 10));
    assert_eq!(upstream.body_bytes(), 10);
}

#[tokio::test]
async fn raw_bytes_go_out_as_they_are() {
    let upstream = Upstream::start(|_| Answer::new(200)).unwrap();
    let answer = client::raw(upstream.address(), b"NOT HTTP\r\n\r\n").await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 400"), "{answer:?}");
}

#[tokio::test]
async fn a_request_that_breaks_off_is_no_request_but_a_peer_that_went_away() {
    let upstream = Upstream::start(|_| Answer::new(200)).unwrap();
    let mut socket = tokio::net::TcpStream::connect(upstream.address()).await.unwrap();
    let head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nabc";
    tokio::io::AsyncWriteExt::write_all(&mut socket, head).await.unwrap();
    upstream.until_body_bytes(3).await;
    drop(socket);
    upstream.until_went_away(1).await;
    assert!(upstream.received().is_empty());
}
