//! A silent stream is kept alive by comments, which no client shows.

use airside_testkit::{Answer, Gate, Upstream, sse};

use crate::harness::{CALLERS, HELLO_STREAM, call, gateway, stream};

#[tokio::test]
async fn a_silent_upstream_is_bridged_by_comments() {
    let gateway = gateway(|config| config.listen.keep_alive_ms = 5);
    for (caller, provider) in CALLERS.into_iter().flat_map(|one| CALLERS.map(|other| (one, other)))
    {
        let (begin, end) = stream(provider);
        let gate = Gate::default();
        let held = gate.clone();
        // The silence begins within an event, where a comment would break it.
        let (first, second) = begin.split_at(begin.len() - 20);
        let (first, second) = (first.to_owned(), second.to_owned() + &end);
        let upstream = Upstream::start(move |_| {
            Answer::stream().send(first.clone()).wait(&held).send(second.clone())
        })
        .unwrap();
        let mut reply = gateway.send(call(caller, provider, &upstream, HELLO_STREAM)).await;
        let mut body = reply.until(": keep-alive").await.unwrap().into_bytes();
        gate.open();
        body.extend_from_slice(&reply.whole().await.unwrap().body);
        let received = sse::read(&body.into());
        assert!(received.comments > 0);
        let last = received.events.last().unwrap();
        assert!(last.data == "[DONE]" || last.name.as_deref() == Some("message_stop"), "{last:?}");
        for event in received.events.iter().filter(|event| event.data != "[DONE]") {
            serde_json::from_str::<serde_json::Value>(&event.data).unwrap();
        }
    }
}

#[tokio::test]
async fn nothing_is_added_to_a_stream_that_keeps_talking() {
    let gateway = gateway(|config| config.listen.keep_alive_ms = 0);
    let (begin, end) = stream(CALLERS[0]);
    let whole = begin + &end;
    let answer = Answer::stream().send(whole.clone());
    let upstream = Upstream::start(move |_| answer.clone()).unwrap();
    let reply = gateway.whole(call(CALLERS[0], CALLERS[0], &upstream, HELLO_STREAM)).await;
    assert_eq!(reply.body, whole);
}
