//! A caller who goes away takes the upstream's work with it.

use airside_testkit::{Answer, Gate, Upstream, client};

use crate::harness::{CALLERS, HELLO, HELLO_STREAM, call, gateway, stream};

#[tokio::test]
async fn going_away_before_the_reply_cancels_the_upstream() {
    let gateway = gateway(|_| {});
    for (caller, provider) in CALLERS.into_iter().flat_map(|one| CALLERS.map(|other| (one, other)))
    {
        let never = Gate::default();
        let upstream = Upstream::start(move |_| Answer::new(200).held_by(&never)).unwrap();
        let waiting = client::send(gateway.address, call(caller, provider, &upstream, HELLO));
        tokio::select! {
            _ = waiting => panic!("the upstream never answers"),
            () = upstream.until_received(1) => {}
        }
        upstream.until_went_away(1).await;
    }
    let canceled = gateway.ended().iter().filter(|record| record.canceled).count();
    assert_eq!(canceled, 4);
}

#[tokio::test]
async fn going_away_within_a_stream_cancels_the_upstream() {
    let gateway = gateway(|_| {});
    for (caller, provider) in CALLERS.into_iter().flat_map(|one| CALLERS.map(|other| (one, other)))
    {
        let (begin, _) = stream(provider);
        let upstream =
            Upstream::start(move |_| Answer::stream().send(begin.clone()).hang()).unwrap();
        let mut reply = gateway.send(call(caller, provider, &upstream, HELLO_STREAM)).await;
        assert!(reply.until("Gr").await.unwrap().contains("Gr"), "{caller:?} from {provider:?}");
        drop(reply);
        upstream.until_went_away(1).await;
    }
    assert!(gateway.ended().iter().all(|record| record.canceled));
}

#[tokio::test]
async fn going_away_within_a_document_cancels_the_upstream() {
    let gateway = gateway(|_| {});
    let upstream = Upstream::start(|_| {
        Answer::new(200).header("content-type", "application/json").send("{\"id\":").hang()
    })
    .unwrap();
    let waiting = client::send(gateway.address, call(CALLERS[0], CALLERS[0], &upstream, HELLO));
    tokio::select! {
        _ = waiting => panic!("the upstream never ends its answer"),
        () = upstream.until_received(1) => {}
    }
    upstream.until_went_away(1).await;
}
