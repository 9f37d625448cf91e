//! Which provider a call goes to, for callers who can and cannot send headers.

use airside_providers::Row;
use airside_server::GatewayConfig;
use airside_testkit::{Answer, Upstream};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::Value;

use crate::harness::{Caller, Running, answer, gateway};

/// A gateway that knows a provider `mine`, which is the scripted upstream.
fn with_mine(upstream: &Upstream, edit: impl FnOnce(&mut GatewayConfig)) -> Running {
    let row = format!(r#"{{"base_url":"{}/v1","auth":"bearer"}}"#, upstream.url());
    let row: Row = serde_json::from_str(&row).unwrap();
    gateway(|config| {
        config.providers.insert("mine".into(), row);
        edit(config);
    })
}

fn post(path: &str, model: &str) -> Request<Full<Bytes>> {
    let body = format!(r#"{{"model":"{model}","messages":[]}}"#);
    Request::post(path).header("authorization", "Bearer sk-test").body(Full::from(body)).unwrap()
}

#[tokio::test]
async fn path_model_and_default_choose_the_provider() {
    let upstream = Upstream::start(|_| Answer::json(200, answer(Caller::OpenAi))).unwrap();
    let gateway = with_mine(&upstream, |config| config.default_provider = Some("mine".into()));
    for (path, model, sent) in [
        ("/mine/v1/chat/completions", "gpt-x", "gpt-x"),
        ("/v1/chat/completions", "@mine/gpt-x", "gpt-x"),
        ("/v1/chat/completions", "mine/gpt-x", "gpt-x"),
        ("/v1/chat/completions", "gpt-x", "gpt-x"),
        // A name with a slash whose beginning is no provider is a name.
        ("/v1/chat/completions", "meta-llama/x", "meta-llama/x"),
        ("/mine/v1/chat/completions", "meta-llama/x", "meta-llama/x"),
    ] {
        let reply = gateway.whole(post(path, model)).await;
        let body = String::from_utf8_lossy(&reply.body);
        assert_eq!(reply.status, 200, "{path} {model}: {body}");
        assert_eq!(reply.headers["x-airside-provider"], "mine", "{path} {model}");
        let received = upstream.received();
        let json: Value = serde_json::from_slice(&received.last().unwrap().body).unwrap();
        assert_eq!(json["model"], sent, "{path} {model}");
        assert_eq!(received.last().unwrap().uri, "/v1/chat/completions");
    }
}

#[tokio::test]
async fn nothing_that_chooses_a_provider_is_an_error_that_says_how() {
    let gateway = gateway(|_| {});
    for caller in crate::harness::CALLERS {
        let reply = gateway.whole(post(caller.path(), "gpt-x")).await;
        assert_eq!(reply.status, 400);
        let message = caller.error(&reply.body);
        assert!(
            message.contains("x-airside-provider") && message.contains("provider/model"),
            "{message}"
        );
    }
}

#[tokio::test]
async fn an_unknown_provider_is_named_with_a_suggestion() {
    let gateway = gateway(|_| {});
    let mut request = post("/v1/chat/completions", "m");
    request.headers_mut().insert("x-airside-provider", "opnai".parse().unwrap());
    let reply = gateway.whole(request).await;
    assert_eq!(reply.status, 400);
    let message = Caller::OpenAi.error(&reply.body);
    assert!(message.contains("opnai") && message.contains("openai"), "{message}");
}

#[tokio::test]
async fn any_other_path_is_proxied_with_method_query_and_body() {
    let upstream =
        Upstream::start(|_| Answer::whole(206, "audio/mpeg", &b"\xff\xfb\x00"[..])).unwrap();
    let gateway = with_mine(&upstream, |_| {});
    let request = Request::put("/mine/v1/things/1?a=%20b&c")
        .header("authorization", "Bearer sk-test")
        .header("x-custom", "1")
        .header("content-type", "text/plain")
        .body(Full::from("not json"))
        .unwrap();
    let reply = gateway.whole(request).await;
    assert_eq!((reply.status.as_u16(), &*reply.body), (206, &b"\xff\xfb\x00"[..]));
    assert_eq!(reply.headers["content-type"], "audio/mpeg");
    let received = &upstream.received()[0];
    assert_eq!(
        (received.method.as_str(), received.uri.to_string()),
        ("PUT", "/v1/things/1?a=%20b&c".into())
    );
    assert_eq!(
        (&*received.body, &received.headers["x-custom"]),
        (&b"not json"[..], &"1".parse().unwrap())
    );
}

#[tokio::test]
async fn echo_answers_both_dialects_without_key_and_network() {
    let gateway = gateway(|_| {});
    for caller in crate::harness::CALLERS {
        let body = r#"{"model":"echo/echo","max_tokens":50,"messages":[{"role":"user","content":"Hello there"}]}"#;
        let request = Request::post(caller.path()).body(Full::from(body)).unwrap();
        let reply = gateway.whole(request).await;
        let body = String::from_utf8_lossy(&reply.body);
        assert_eq!(reply.status, 200, "{body}");
        assert!(body.contains("Hello there"), "{body}");
    }
}
