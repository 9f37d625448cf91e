//! Names of calls: the request id and the trace id.

use airside_testkit::{Answer, Upstream};
use http::Request;
use http_body_util::Full;

use crate::harness::{CALLERS, HELLO, HELLO_STREAM, answer, call, gateway, stream};

#[tokio::test]
async fn every_reply_has_a_request_id_and_a_trace_id_of_its_own() {
    let gateway = gateway(|_| {});
    let upstream = Upstream::start(|_| Answer::json(200, answer(CALLERS[0]))).unwrap();
    let broken = call(CALLERS[0], CALLERS[0], &upstream, "{");
    let found = call(CALLERS[0], CALLERS[0], &upstream, HELLO);
    let get = |path: &str| Request::get(path).body(Full::default()).unwrap();
    let mut ids = Vec::new();
    for request in [found, broken, get("/"), get("/livez"), get("/nowhere"), get("/v1/models")] {
        let path = request.uri().path().to_owned();
        let reply = gateway.whole(request).await;
        let header = |name: &str| {
            let value = reply.headers.get(name).unwrap_or_else(|| panic!("{path} has no {name}"));
            value.to_str().unwrap().to_owned()
        };
        ids.push(header("x-airside-request-id"));
        assert!(!header("x-airside-trace-id").is_empty(), "{path}");
        assert!(!header("x-request-id").is_empty(), "{path}");
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "no two calls have the same name");
}

#[tokio::test]
async fn the_record_of_a_call_has_its_name() {
    let gateway = gateway(|_| {});
    let (begin, end) = stream(CALLERS[0]);
    let upstream = Upstream::start(move |_| Answer::stream().send(begin.clone() + &end)).unwrap();
    let reply = gateway.whole(call(CALLERS[0], CALLERS[0], &upstream, HELLO_STREAM)).await;
    let id = reply.headers["x-airside-request-id"].to_str().unwrap().to_owned();
    let records = gateway.ended();
    assert_eq!(records.len(), 1);
    let record = &records[0];
    assert_eq!(record.request_id.to_string(), id);
    assert_eq!((record.status, record.plan, record.stream), (200, Some("verbatim"), true));
    assert_eq!(record.response_bytes, reply.body.len() as u64);
}

#[tokio::test]
async fn a_trace_id_is_taken_from_the_caller() {
    let gateway = gateway(|_| {});
    let upstream = Upstream::start(|_| Answer::json(200, answer(CALLERS[0]))).unwrap();
    let w3c = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    for (name, value, header, expected) in [
        ("x-airside-trace-id", "mine", "x-airside-trace-id", "mine"),
        ("x-portkey-trace-id", "mine", "x-portkey-trace-id", "mine"),
        ("traceparent", w3c, "x-airside-trace-id", "0af7651916cd43dd8448eb211c80319c"),
    ] {
        let mut request = call(CALLERS[0], CALLERS[0], &upstream, HELLO);
        request.headers_mut().insert(name, value.parse().unwrap());
        assert_eq!(gateway.whole(request).await.headers[header], expected, "{name}");
    }
}

#[tokio::test]
async fn the_upstreams_request_id_stays_where_clients_look_for_it() {
    let gateway = gateway(|_| {});
    let upstream = Upstream::start(|_| {
        Answer::json(200, answer(CALLERS[0])).header("x-request-id", "req_upstream")
    })
    .unwrap();
    let reply = gateway.whole(call(CALLERS[0], CALLERS[0], &upstream, HELLO)).await;
    assert_eq!(reply.headers["x-request-id"], "req_upstream");
    assert_ne!(reply.headers["x-airside-request-id"], "req_upstream");
}
