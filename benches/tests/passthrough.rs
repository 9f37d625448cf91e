//! The pass-through as a client and an upstream see it.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;

use mock_upstream::{Mock, per_core};

/// A pass-through of one thread; its process ends with the test.
struct PassThrough {
    child: Child,
    address: SocketAddr,
}

impl PassThrough {
    fn before(upstream: SocketAddr) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_passthrough"))
            .args(["--port", "0", "--threads", "1", "--upstream", &upstream.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).unwrap().split(',').next().unwrap();
        Self { child, address: address.parse().unwrap() }
    }
}

impl Drop for PassThrough {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn mock() -> SocketAddr {
    let listeners = per_core::bind(SocketAddr::from(([127, 0, 0, 1], 0)), 1).unwrap();
    let address = per_core::local_address(&listeners).unwrap();
    thread::spawn(|| per_core::serve(listeners, Mock::new));
    address
}

/// The head, its lines sorted and without the date, and the body.
fn post(server: SocketAddr, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(server).unwrap();
    let path = "/v1/chat/completions";
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut head: Vec<_> = head.lines().filter(|line| !line.starts_with("date:")).collect();
    head.sort_unstable();
    (head.join("\n"), body.to_owned())
}

#[test]
fn an_answer_comes_through_as_the_upstream_gave_it() {
    let upstream = mock();
    let proxy = PassThrough::before(upstream);
    for model in ["mock", "mock-bytes-300000", "mock-20\",\"stream\":true,\"x\":\""] {
        let body = format!("{{\"model\":\"{model}\"}}");
        let direct = post(upstream, &body);
        assert!(direct.0.starts_with("HTTP/1.1 200 OK"), "{}", direct.0);
        // Twice, so that the second goes over a pooled connection.
        for _ in 0..2 {
            assert_eq!(post(proxy.address, &body), direct);
        }
    }
}

#[test]
fn one_upstream_connection_serves_one_call_after_the_other_and_is_replaced_when_closed() {
    let upstream = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = PassThrough::before(upstream.local_addr().unwrap());
    let served = thread::spawn(move || {
        // Two calls on each of two connections; the first is closed while it is idle.
        for _ in 0..2 {
            let (stream, _) = upstream.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            for _ in 0..2 {
                answer_one(&mut reader, &stream);
            }
        }
    });
    for _ in 0..4 {
        let (head, body) = post(proxy.address, "ab");
        assert!(head.starts_with("HTTP/1.1 200 OK"), "{head} {body}");
        assert_eq!(body, "ok");
    }
    served.join().unwrap();
}

#[test]
fn an_upstream_that_is_not_there_is_a_bad_gateway() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let proxy = PassThrough::before(nobody);
    let (head, body) = post(proxy.address, "{}");
    assert!(head.starts_with("HTTP/1.1 502 "), "{head}");
    assert!(body.starts_with("passthrough: no connection to the upstream: "), "{body}");
}

/// Reads a request with a body of two bytes and answers it.
fn answer_one(reader: &mut impl BufRead, mut stream: &TcpStream) {
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        assert_ne!(reader.read_line(&mut line).unwrap(), 0, "closed early");
    }
    reader.read_exact(&mut [0; 2]).unwrap();
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").unwrap();
}
