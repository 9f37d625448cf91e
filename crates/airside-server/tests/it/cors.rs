//! Which web pages may call.

use bytes::Bytes;
use http::Request;
use http_body_util::Full;

use crate::harness::gateway;

fn preflight(origin: &str) -> Request<Full<Bytes>> {
    Request::options("/v1/chat/completions")
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization, x-airside-provider")
        .body(Full::default())
        .unwrap()
}

#[tokio::test]
async fn a_page_of_a_named_origin_may_call() {
    let gateway = gateway(|config| config.cors.origins = vec!["https://app.example.com".into()]);
    let reply = gateway.whole(preflight("https://app.example.com")).await;
    assert!(reply.status.is_success(), "{}", reply.status);
    assert_eq!(reply.headers["access-control-allow-origin"], "https://app.example.com");
    let allowed = reply.headers["access-control-allow-headers"].to_str().unwrap().to_lowercase();
    assert!(
        allowed.contains("authorization") && allowed.contains("x-airside-provider"),
        "{allowed}"
    );
    assert!(reply.headers["access-control-allow-methods"].to_str().unwrap().contains("POST"));
}

#[tokio::test]
async fn a_page_of_another_origin_may_not() {
    let gateway = gateway(|config| config.cors.origins = vec!["https://app.example.com".into()]);
    let reply = gateway.whole(preflight("https://evil.example.com")).await;
    assert_ne!(
        reply.headers.get("access-control-allow-origin").map(http::HeaderValue::as_bytes),
        Some(&b"https://evil.example.com"[..])
    );
}

#[tokio::test]
async fn without_origins_no_page_may() {
    let gateway = gateway(|_| {});
    let reply = gateway.whole(preflight("https://app.example.com")).await;
    assert!(!reply.headers.contains_key("access-control-allow-origin"));
}
