//! What a client may send wrong, and what it is told. The process goes on.

use airside_testkit::{Answer, Upstream, client};
use bytes::Bytes;
use http_body_util::Full;

use crate::harness::{CALLERS, Caller, HELLO, Running, call, gateway};

/// An upstream that must not be called.
fn nobody() -> Upstream {
    Upstream::start(|_| Answer::json(200, "{}")).unwrap()
}

/// Asserts that every body is refused to callers of both dialects, and that all these words are
/// in the message.
async fn refused(
    gateway: &Running,
    provider: impl Fn(Caller) -> Caller,
    cases: &[(&[u8], u16, &[&str])],
) {
    let upstream = nobody();
    for (body, status, words) in cases {
        let shown = String::from_utf8_lossy(&body[..body.len().min(100)]).into_owned();
        for caller in CALLERS {
            let request = call(caller, provider(caller), &upstream, body.to_vec());
            let reply = gateway.whole(request).await;
            let answer = String::from_utf8_lossy(&reply.body).into_owned();
            assert_eq!(reply.status.as_u16(), *status, "{caller:?} {shown}: {answer}");
            let message = caller.error(&reply.body);
            for word in *words {
                assert!(message.contains(word), "{caller:?} {shown}: no `{word}` in {message}");
            }
        }
    }
    assert!(upstream.received().is_empty(), "the upstream was called: {:?}", upstream.received());
    assert!(gateway.lives().await);
}

#[tokio::test]
async fn documents_that_are_none_are_refused_with_their_place() {
    let gateway = gateway(|_| {});
    let cases: [(&[u8], u16, &[&str]); 12] = [
        (b"", 400, &["JSON"]),
        (b"   ", 400, &["JSON"]),
        (b"{", 400, &["line 1"]),
        (b"{\"model\":\"m\",\n\"messages\":[}", 400, &["line 2"]),
        (b"{\"model\":\"m\"} {}", 400, &["JSON"]),
        (b"{\"model\":\"m\",}", 400, &["JSON"]),
        (b"{'model':'m'}", 400, &["JSON"]),
        (b"[1]", 400, &["object"]),
        (b"null", 400, &["object"]),
        (b"\"text\"", 400, &["object"]),
        (b"{\"model\":\"\xff\xfe\"}", 400, &["UTF-8"]),
        (b"{\"model\":\"a\nb\"}", 400, &["JSON"]),
    ];
    refused(&gateway, |caller| caller, &cases).await;
    refused(&gateway, Caller::other, &cases).await;
}

#[tokio::test]
async fn a_document_cut_at_any_byte_is_refused() {
    let gateway = gateway(|_| {});
    let upstream = nobody();
    for caller in CALLERS {
        for length in 0..HELLO.len() {
            let body = &HELLO.as_bytes()[..length];
            let reply =
                gateway.whole(call(caller, caller, &upstream, Bytes::from_static(body))).await;
            assert_eq!(reply.status, 400, "{length} bytes");
            caller.error(&reply.body);
        }
    }
    assert!(upstream.received().is_empty());
}

#[tokio::test]
async fn governed_fields_of_the_wrong_type_are_named() {
    let gateway = gateway(|_| {});
    let cases: [(&[u8], u16, &[&str]); 6] = [
        (br#"{"model":5,"max_tokens":9,"messages":[]}"#, 400, &["`model`", "string"]),
        (br#"{"model":["m"],"max_tokens":9,"messages":[]}"#, 400, &["`model`"]),
        (br#"{"model":"m","max_tokens":9,"messages":"hi"}"#, 400, &["`messages`"]),
        (br#"{"model":"m","max_tokens":9,"messages":{}}"#, 400, &["`messages`"]),
        (br#"{"model":"m","max_tokens":9,"messages":[],"stream":"yes"}"#, 400, &["`stream`"]),
        (br#"{"model":"m","max_tokens":9,"messages":[],"stream":1}"#, 400, &["`stream`"]),
    ];
    refused(&gateway, |caller| caller, &cases).await;
    refused(&gateway, Caller::other, &cases).await;
}

#[tokio::test]
async fn what_cannot_be_translated_is_named() {
    let gateway = gateway(|_| {});
    let cases: [(&[u8], u16, &[&str]); 8] = [
        (br#"{"model":"m","max_tokens":9,"messages":[null]}"#, 400, &["messages[0]"]),
        (br#"{"model":"m","max_tokens":9,"messages":[[]]}"#, 400, &["messages[0]"]),
        (br#"{"model":"m","max_tokens":9,"messages":["hi"]}"#, 400, &["messages[0]"]),
        (br#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"a"},{"content":"b"}]}"#, 400, &["messages[1]"]),
        (br#"{"model":"m","max_tokens":9,"messages":[{"role":7,"content":"b"}]}"#, 400, &["messages[0].role"]),
        (br#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":5}]}"#, 400, &["messages[0].content"]),
        (br#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[7]}]}"#, 400, &["messages[0].content[0]"]),
        (br#"{"model":"m","max_tokens":9,"messages":[],"tools":"all"}"#, 400, &["tools"]),
    ];
    refused(&gateway, Caller::other, &cases).await;
}

#[tokio::test]
async fn a_governed_key_given_twice_is_refused_so_that_nobody_reads_another_one() {
    let gateway = gateway(|_| {});
    let cases: [(&[u8], u16, &[&str]); 4] = [
        (br#"{"model":"cheap","max_tokens":9,"messages":[],"model":"dear"}"#, 400, &["model"]),
        // The same key in another spelling.
        (br#"{"model":"cheap","max_tokens":9,"messages":[],"mod\u0065l":"dear"}"#, 400, &["model"]),
        (br#"{"model":"m","max_tokens":9,"messages":[],"messages":[]}"#, 400, &["messages"]),
        (
            br#"{"model":"m","max_tokens":9,"stream":false,"messages":[],"stream":true}"#,
            400,
            &["stream"],
        ),
    ];
    refused(&gateway, |caller| caller, &cases).await;
    refused(&gateway, Caller::other, &cases).await;
}

#[tokio::test]
async fn deep_documents_are_refused() {
    let gateway = gateway(|_| {});
    let nested = |depth: usize| {
        format!(
            r#"{{"model":"m","max_tokens":9,"messages":[],"x":{}{}}}"#,
            "[".repeat(depth),
            "]".repeat(depth)
        )
    };
    let (deep, deeper) = (nested(200), nested(200_000));
    let unclosed = format!(r#"{{"model":"m","x":{}"#, "[".repeat(1_000_000));
    let cases: [(&[u8], u16, &[&str]); 3] = [
        (deep.as_bytes(), 400, &["128"]),
        (deeper.as_bytes(), 400, &["128"]),
        (unclosed.as_bytes(), 400, &["128"]),
    ];
    refused(&gateway, |caller| caller, &cases).await;
}

#[tokio::test]
async fn large_bodies_are_refused_announced_or_not() {
    let gateway = gateway(|config| config.listen.max_body_bytes = 1000);
    let large =
        format!(r#"{{"model":"m","max_tokens":9,"messages":[],"x":"{}"}}"#, "y".repeat(2000));
    refused(
        &gateway,
        |caller| caller,
        &[(large.as_bytes(), 413, &["1000 bytes", "max_body_bytes"])],
    )
    .await;

    // Announced and never sent: refused without waiting for it.
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-airside-provider: openai\r\n\
                content-type: application/json\r\ncontent-length: 1000000000000\r\n\r\n";
    let answer = client::raw(gateway.address, head.as_bytes()).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 413"), "{}", String::from_utf8_lossy(&answer));

    // Not announced.
    let chunk = "400\r\n".to_owned() + &"z".repeat(1024) + "\r\n";
    let head = "POST /v1/messages HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-airside-provider: anthropic\r\n\
                content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    let answer =
        client::raw(gateway.address, (head.to_owned() + &chunk + &chunk).as_bytes()).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 413"), "{}", String::from_utf8_lossy(&answer));
    assert!(gateway.lives().await);
}

#[tokio::test]
async fn slow_bodies_are_given_up() {
    let gateway = gateway(|config| config.listen.body_timeout_ms = 20);
    for caller in CALLERS {
        let head = format!(
            "POST {} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-airside-provider: openai\r\n\
             content-type: application/json\r\ncontent-length: 100\r\n\r\n{{\"model\"",
            caller.path()
        );
        let answer = client::raw(gateway.address, head.as_bytes()).await.unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(caller.error(body.as_bytes()).contains("body"));
    }
    assert!(gateway.lives().await);
}

#[tokio::test]
async fn slow_heads_are_given_up() {
    let gateway = gateway(|config| config.listen.head_timeout_ms = 20);
    let answer = client::raw(gateway.address, b"GET /livez HTTP/1.1\r\nhost: ").await;
    assert!(!answer.unwrap_or_default().starts_with(b"HTTP/1.1 200"));
    assert!(gateway.lives().await);
}

#[tokio::test]
async fn heads_that_are_none_are_refused() {
    let gateway = gateway(|config| config.listen.max_head_bytes = 8192);
    let huge = format!("GET / HTTP/1.1\r\nhost: x\r\nx-a: {}\r\n\r\n", "a".repeat(100_000));
    let many = "GET / HTTP/1.1\r\nhost: x\r\n".to_owned() + &"x-a: b\r\n".repeat(1000) + "\r\n";
    for (head, status) in [
        (&b"\x00\x01\x02\r\n\r\n"[..], "400"),
        (b"GET / HTTP/1.1\r\nhost: x\r\nx a: b\r\n\r\n", "400"),
        (b"GET / HTTP/1.1\r\nhost: x\r\nx-a: b\x00c\r\n\r\n", "400"),
        (b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n", "400"),
        (b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", "400"),
        (huge.as_bytes(), "431"),
        (many.as_bytes(), "431"),
    ] {
        let shown = String::from_utf8_lossy(&head[..head.len().min(60)]).into_owned();
        let answer = client::raw(gateway.address, head).await.unwrap();
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{shown:?}: {answer}");
    }
    assert!(gateway.lives().await);
}

#[tokio::test]
async fn headers_cannot_be_injected_through_values() {
    let gateway = gateway(|_| {});
    let upstream = nobody();
    for (name, value) in [
        ("x-airside-custom-host", "http://127.0.0.1%0d%0ax-evil/"),
        ("x-airside-custom-host", "http://user:hunter2@127.0.0.1/"),
        ("x-airside-custom-host", "http://127.0.0.1#.openai.com"),
        ("x-airside-custom-host", "http://169.254.169.254/latest"),
        ("x-airside-custom-host", "http://10.0.0.1/v1"),
        ("x-airside-custom-host", "file:///etc/passwd"),
        ("x-airside-custom-host", "gopher://127.0.0.1/"),
        ("x-airside-forward-headers", "x-ok, x-airside-forward-headers"),
        ("x-airside-request-timeout", "soon"),
        ("x-airside-config", "{\"provider\":"),
        ("x-airside-provider", "no such provider"),
    ] {
        for caller in CALLERS {
            let mut request = call(caller, caller, &upstream, HELLO);
            request.headers_mut().insert(name, value.parse().unwrap());
            let reply = gateway.whole(request).await;
            let answer = String::from_utf8_lossy(&reply.body).into_owned();
            assert_eq!(reply.status, 400, "{name}: {value}: {answer}");
            let message = caller.error(&reply.body);
            assert!(!message.contains("hunter2"), "{message}");
        }
    }
    assert!(upstream.received().is_empty());
    assert!(gateway.lives().await);
}

#[tokio::test]
async fn other_media_types_wrong_methods_and_unknown_routes_are_refused() {
    let gateway = gateway(|_| {});
    let request = |method: &str, path: &str, media_type: &str| {
        http::Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", media_type)
            .header("authorization", "Bearer sk-test")
            .header("x-airside-provider", "openai")
            .body(Full::from(HELLO))
            .unwrap()
    };
    for (method, path, media_type, status) in [
        ("POST", "/v1/chat/completions", "text/plain", 400),
        ("PUT", "/v1/chat/completions", "application/json", 405),
        ("PATCH", "/v1/messages", "application/json", 405),
        ("POST", "/nowhere", "application/json", 404),
        ("POST", "/v1", "application/json", 404),
        ("POST", "/livez", "application/json", 405),
    ] {
        let reply = gateway.whole(request(method, path, media_type)).await;
        assert_eq!(reply.status.as_u16(), status, "{method} {path} {media_type}");
        Caller::OpenAi.error(&reply.body);
    }
}
