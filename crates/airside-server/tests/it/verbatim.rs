//! Same dialect on both sides: bytes in are bytes out.

use airside_testkit::{Answer, Rng, Upstream, json, rechunk};
use airside_wire::RawJson;
use bytes::Bytes;

use crate::harness::{CALLERS, HELLO, HELLO_STREAM, answer, call, gateway, stream};

fn odd(document: &str, rng: &mut Rng) -> Bytes {
    json::respelled(&RawJson::parse(document.to_owned()).unwrap(), rng).into()
}

#[tokio::test]
async fn a_document_passes_unchanged_both_ways() {
    let gateway = gateway(|_| {});
    for (caller, seed) in CALLERS.into_iter().flat_map(|caller| (0..20).map(move |n| (caller, n))) {
        let rng = &mut Rng::new(seed);
        let (request, response) = (odd(HELLO, rng), odd(answer(caller), rng));
        let answer = Answer::json(200, response.clone()).header("x-upstream", "yes");
        let upstream = Upstream::start(move |_| answer.clone()).unwrap();
        let reply = gateway.whole(call(caller, caller, &upstream, request.clone())).await;
        assert_eq!(upstream.received()[0].body, request);
        assert_eq!(reply.body, response);
        assert_eq!(
            (reply.status.as_u16(), &reply.headers["x-upstream"]),
            (200, &"yes".parse().unwrap())
        );
        assert!(!reply.headers.contains_key("x-airside-translation-loss"));
    }
}

#[tokio::test]
async fn a_stream_passes_unchanged_however_it_is_cut() {
    let gateway = gateway(|_| {});
    for caller in CALLERS {
        let (begin, end) = stream(caller);
        // Line ends of other systems and comments are part of a stream, too.
        let text = format!(": hello\n\n{}{}", begin.replace('\n', "\r\n"), end);
        let bytes = Bytes::from(text);
        for longest in [1, 2, 3, 7, 64, 1000] {
            let pieces = rechunk::random(&bytes, &mut Rng::new(longest as u64), longest);
            let upstream = Upstream::start(move |_| Answer::pieces(pieces.clone())).unwrap();
            let request = odd(HELLO_STREAM, &mut Rng::new(1));
            let reply = gateway.whole(call(caller, caller, &upstream, request.clone())).await;
            assert_eq!(reply.body, bytes, "{caller:?}, pieces of up to {longest} bytes");
            assert_eq!(upstream.received()[0].body, request);
        }
    }
}

#[tokio::test]
async fn an_error_of_the_upstream_passes_unchanged() {
    let gateway = gateway(|_| {});
    for caller in CALLERS {
        let body =
            r#"{ "type":"error", "error" : {"type":"overloaded_error","message":"later","x":1 } }"#;
        let upstream = Upstream::start(move |_| {
            Answer::json(529, body).header("retry-after", "7").header("x-should-retry", "true")
        })
        .unwrap();
        let reply = gateway.whole(call(caller, caller, &upstream, HELLO)).await;
        assert_eq!((reply.status.as_u16(), &*reply.body), (529, body.as_bytes()));
        assert_eq!(reply.headers["retry-after"], "7");
        assert_eq!(reply.headers["x-should-retry"], "true");
    }
}

#[tokio::test]
async fn a_model_with_its_provider_is_the_only_splice() {
    let gateway = gateway(|config| config.custom_hosts.allow = vec!["127.0.0.0/8".into()]);
    let upstream =
        Upstream::start(|_| Answer::json(200, answer(crate::harness::Caller::OpenAi))).unwrap();
    let request = "{ \"messages\" :[ {\"role\":\"user\",\"content\":\"\\u0048i\"}],\n \"model\":\"@openai/gpt-x\" , \"n\":1.0}";
    let sent = http::Request::post("/v1/chat/completions")
        .header("authorization", "Bearer sk-test")
        .header("x-airside-custom-host", format!("{}/v1", upstream.url()))
        .body(http_body_util::Full::from(request))
        .unwrap();
    assert_eq!(gateway.whole(sent).await.status, 200);
    assert_eq!(upstream.received()[0].body, request.replace("@openai/gpt-x", "gpt-x"));
}
