//! What an upstream sees when nobody listens any more, and what it can send
//! while nobody reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

use crate::support::*;

/// A server that answers with an endless silent stream and says when the
/// request has come and when its connection has ended.
async fn watching(answer: &'static str) -> (Server, mpsc::Receiver<&'static str>) {
    let (events, receiver) = mpsc::channel(8);
    let server = Server::start(move |_, mut stream| {
        let events = events.clone();
        async move {
            read_request(&mut stream).await;
            events.send("request").await.unwrap();
            stream.write_all(answer.as_bytes()).await.unwrap();
            let ended = stream.read_u8().await;
            assert!(ended.is_err(), "no byte follows the request");
            events.send("end").await.unwrap();
        }
    })
    .await;
    (server, receiver)
}

const ENDLESS: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n";

#[tokio::test]
async fn dropping_a_body_midway_closes_the_connection() {
    let (server, mut events) = watching(ENDLESS).await;
    let client = client();
    let mut body = call(&client, get(server.url("/"))).await.unwrap().into_body();
    assert_eq!(next_chunk(&mut body).await.unwrap(), "hi");
    assert_eq!(events.recv().await, Some("request"));
    drop(body);
    assert_eq!(client.pool_status().http1_idle, 0);
    assert_eq!(events.recv().await, Some("end"));
}

#[tokio::test]
async fn dropping_an_unread_body_closes_the_connection() {
    let (server, mut events) = watching("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n").await;
    let response = call(&client(), get(server.url("/"))).await.unwrap();
    assert_eq!(events.recv().await, Some("request"));
    drop(response);
    assert_eq!(events.recv().await, Some("end"));
}

#[tokio::test]
async fn dropping_the_request_before_its_answer_closes_the_connection() {
    let (server, mut events) = watching("").await;
    let (client, url) = (client(), server.url("/"));
    let request = spawn(async move { call(&client, get(url)).await.map(|_| ()) });
    assert_eq!(events.recv().await, Some("request"));
    request.abort();
    assert_eq!(events.recv().await, Some("end"));
}

#[tokio::test]
async fn dropping_the_client_leaves_running_answers_alone() {
    let (server, _events) = watching(ENDLESS).await;
    let client = client();
    let mut body = call(&client, get(server.url("/"))).await.unwrap().into_body();
    drop(client);
    assert_eq!(next_chunk(&mut body).await.unwrap(), "hi");
}

#[tokio::test]
async fn an_upstream_is_slowed_down_by_a_reader_who_does_not_read() {
    const TOTAL: usize = 256 << 20;
    let sent = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&sent);
    let server = Server::start(move |_, mut stream| {
        let counter = Arc::clone(&counter);
        async move {
            read_request(&mut stream).await;
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {TOTAL}\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            let block = vec![0; 64 << 10];
            while stream.write_all(&block).await.is_ok() {
                counter.fetch_add(block.len(), Ordering::SeqCst);
            }
        }
    })
    .await;
    let mut body = call(&client(), get(server.url("/"))).await.unwrap().into_body();
    next_chunk(&mut body).await.unwrap();
    let mut before = usize::MAX;
    while before != sent.load(Ordering::SeqCst) {
        before = sent.load(Ordering::SeqCst);
        settle().await;
    }
    // What the socket buffers of the system hold, and no more.
    assert!(before < TOTAL / 8, "{before} bytes were taken although nobody read");
}
