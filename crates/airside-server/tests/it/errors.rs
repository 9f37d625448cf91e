//! Errors of an upstream, told to a caller of the other dialect.

use airside_testkit::{Answer, Upstream};
use serde_json::Value;

use crate::harness::{CALLERS, Caller, HELLO, HELLO_STREAM, call, gateway};

#[tokio::test]
async fn status_type_and_message_survive_translation() {
    let gateway = gateway(|_| {});
    for (provider, status, kind) in [
        (Caller::Anthropic, 400, "invalid_request_error"),
        (Caller::Anthropic, 429, "rate_limit_error"),
        (Caller::Anthropic, 529, "overloaded_error"),
        (Caller::OpenAi, 401, "authentication_error"),
        (Caller::OpenAi, 404, "not_found_error"),
        (Caller::OpenAi, 500, "api_error"),
    ] {
        let body = match provider {
            Caller::Anthropic => format!(
                r#"{{"type":"error","error":{{"type":"{kind}","message":"so it is"}},"request_id":"r"}}"#
            ),
            Caller::OpenAi => {
                r#"{"error":{"message":"so it is","type":"t","param":null,"code":null}}"#.into()
            }
        };
        let upstream = Upstream::start(move |_| Answer::json(status, body.clone())).unwrap();
        // An error is a document even if a stream was asked for.
        for request in [HELLO, HELLO_STREAM] {
            let caller = provider.other();
            let reply = gateway.whole(call(caller, provider, &upstream, request)).await;
            assert_eq!(reply.status.as_u16(), status);
            assert!(caller.error(&reply.body).contains("so it is"));
            assert_eq!(reply.headers["content-type"], "application/json");
            if caller == Caller::Anthropic {
                let json: Value = serde_json::from_slice(&reply.body).unwrap();
                assert_eq!(json["error"]["type"], kind);
            }
        }
    }
}

#[tokio::test]
async fn an_error_that_is_no_json_is_quoted() {
    let gateway = gateway(|_| {});
    for caller in CALLERS {
        let upstream = Upstream::start(|_| {
            Answer::whole(503, "text/html", "<html><b>Down for maintenance</b></html>")
        })
        .unwrap();
        let reply = gateway.whole(call(caller, caller.other(), &upstream, HELLO)).await;
        assert_eq!(reply.status, 503);
        assert!(caller.error(&reply.body).contains("Down for maintenance"));
    }
}

#[tokio::test]
async fn an_upstream_nobody_listens_on_is_a_bad_gateway_and_names_no_key() {
    let gateway = gateway(|_| {});
    let upstream = Upstream::start(|_| Answer::new(200)).unwrap();
    for caller in CALLERS {
        let mut request = call(caller, caller, &upstream, HELLO);
        let headers = request.headers_mut();
        headers.insert("x-airside-custom-host", "http://127.0.0.1:1/v1".parse().unwrap());
        let reply = gateway.whole(request).await;
        assert!([502, 503].contains(&reply.status.as_u16()), "{}", reply.status);
        let message = caller.error(&reply.body);
        assert!(!message.contains("sk-test"), "{message}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let gateway = gateway(|_| {});
    let elsewhere = Upstream::start(|_| Answer::json(200, "{}")).unwrap();
    let location = format!("{}/v1/messages", elsewhere.url());
    let upstream =
        Upstream::start(move |_| Answer::new(307).header("location", &location)).unwrap();
    for caller in CALLERS {
        let reply = gateway.whole(call(caller, caller, &upstream, HELLO)).await;
        assert_eq!(reply.status, 502);
        assert!(caller.error(&reply.body).contains("redirect"));
    }
    assert!(elsewhere.received().is_empty());
}
