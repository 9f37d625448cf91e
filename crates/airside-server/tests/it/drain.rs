//! Going down: what is in flight finishes, nothing new begins.

use airside_testkit::{Answer, Gate, Upstream, client};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;

use crate::harness::{CALLERS, HELLO_STREAM, call, gateway, stream};

#[tokio::test]
async fn a_stream_in_flight_finishes_and_new_connections_are_refused() {
    let gateway = gateway(|config| config.listen.drain_timeout_ms = 20_000);
    for caller in [CALLERS[0]] {
        let (begin, end) = stream(caller);
        let gate = Gate::default();
        let held = gate.clone();
        let upstream = Upstream::start(move |_| {
            Answer::stream().send(begin.clone()).wait(&held).send(end.clone())
        })
        .unwrap();
        let mut reply = gateway.send(call(caller, caller, &upstream, HELLO_STREAM)).await;
        let begun = reply.until("Gr").await.unwrap();
        gateway.gateway.drain().start();
        refused(gateway.address).await;
        gate.open();
        let rest = reply.whole().await.unwrap().body;
        let whole = begun + &String::from_utf8_lossy(&rest);
        assert!(whole.ends_with("data: [DONE]\n\n"), "{whole}");
    }
    assert!(gateway.ended().iter().all(|record| !record.canceled && record.status == 200));
}

/// Waits until the listener is closed. Until then connections may still be accepted, or rest in
/// the backlog unanswered.
async fn refused(address: std::net::SocketAddr) {
    for _ in 0..10_000 {
        let request = Request::get("/livez").body(Full::<Bytes>::default()).unwrap();
        if client::send(address, request).await.is_err() {
            return;
        }
    }
    panic!("connections are still accepted");
}

#[tokio::test]
async fn a_stream_that_does_not_end_is_cut_at_the_time_limit() {
    let gateway = gateway(|config| config.listen.drain_timeout_ms = 50);
    let (begin, _) = stream(CALLERS[0]);
    let upstream = Upstream::start(move |_| Answer::stream().send(begin.clone()).hang()).unwrap();
    let mut reply = gateway.send(call(CALLERS[0], CALLERS[0], &upstream, HELLO_STREAM)).await;
    reply.until("Gr").await.unwrap();
    gateway.gateway.drain().start();
    assert!(reply.whole().await.is_err(), "a cut stream must not look complete");
    upstream.until_went_away(1).await;
}
