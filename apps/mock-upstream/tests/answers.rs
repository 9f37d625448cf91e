//! The mock as a client sees it: over a socket, byte for byte.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;

use mock_upstream::{Mock, per_core};

/// Starts the mock on a free port. Its threads end with the test process.
fn start() -> SocketAddr {
    let listeners = per_core::bind(SocketAddr::from(([127, 0, 0, 1], 0)), 2).unwrap();
    let address = per_core::local_address(&listeners).unwrap();
    thread::spawn(|| per_core::serve(listeners, Mock::new));
    address
}

fn post(address: SocketAddr, path: &str, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: mock\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// The date header moves on; everything else may not.
fn without_date(head: &str) -> String {
    head.lines().filter(|line| !line.starts_with("date:")).collect()
}

#[test]
fn equal_requests_get_equal_bytes() {
    let address = start();
    for path in ["/v1/chat/completions", "/v1/messages"] {
        for body in [r#"{"model":"mock-bytes-70000"}"#, r#"{"model":"mock-50","stream":true}"#] {
            let first = post(address, path, body);
            let second = post(address, path, body);
            assert!(first.0.starts_with("HTTP/1.1 200 OK"), "{}", first.0);
            assert_eq!(without_date(&first.0), without_date(&second.0));
            assert_eq!(first.1, second.1);
        }
    }
}

#[test]
fn a_stream_has_as_many_content_chunks_as_the_model_name_says() {
    let address = start();
    for (path, mark) in
        [("/v1/chat/completions", r#"{"content":" chat "#), ("/v1/messages", "text_delta")]
    {
        let (_, body) = post(address, path, r#"{"model":"mock-37-slow-1","stream":true}"#);
        assert_eq!(body.matches(mark).count(), 37, "{body}");
        // Each of the opening, the chunks and the closing is an HTTP chunk of its own.
        let sizes = body
            .lines()
            .filter(|line| !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(sizes.count(), 37 + 2 + 1);
    }
}

#[test]
fn an_unknown_path_tells_the_length_of_the_body() {
    let (head, body) = post(start(), "/v1/embeddings?x=1", "0123456789");
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    assert_eq!(body, r#"{"bytes":10,"method":"POST","path":"/v1/embeddings"}"#);
}

#[test]
fn a_body_that_cannot_be_read_is_refused_with_the_reason() {
    let address = start();
    for (body, reason) in
        [("{", "EOF while parsing"), (r#"{"model":"mock-quick"}"#, "\\\"quick\\\"")]
    {
        let (head, answer) = post(address, "/v1/chat/completions", body);
        assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
        assert!(answer.contains(reason), "{answer}");
    }
}
