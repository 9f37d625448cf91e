//! When a connection carries another request.

use std::time::Duration;

use airside_transport::Destination;
use http_body_util::BodyExt;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;

use crate::support::*;

#[tokio::test]
async fn requests_one_after_the_other_share_a_connection() {
    let answers = [
        OK,
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    ];
    for answer in answers {
        let server = Server::answering(answer).await;
        let client = client();
        for _ in 0..3 {
            fetch(&client, get(server.url("/"))).await.unwrap();
        }
        assert_eq!(server.accepted(), 1, "{answer}");
        assert_eq!(client.pool_status().http1_idle, 1);
    }
}

#[tokio::test]
async fn a_complete_answer_frees_its_connection_before_it_is_read() {
    let server = Server::answering(OK).await;
    let client = client();
    let first = call(&client, get(server.url("/"))).await.unwrap();
    assert_eq!(client.pool_status().http1_idle, 1);
    fetch(&client, get(server.url("/"))).await.unwrap();
    assert_eq!(first.into_body().collect().await.unwrap().to_bytes(), "ok");
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn requests_at_the_same_time_have_a_connection_each_and_all_are_kept() {
    let (release, _) = tokio::sync::broadcast::channel::<()>(1);
    let waiting = release.clone();
    let server = Server::start(move |_, mut stream| {
        let mut released = waiting.subscribe();
        async move {
            while read_request(&mut stream).await.is_some() {
                let _ = released.recv().await;
                stream.write_all(OK.as_bytes()).await.unwrap();
            }
        }
    })
    .await;
    let client = client_with(|config| config.max_idle_per_host = 2);
    let (url, shared) = (server.url("/"), client.clone());
    let requests: Vec<_> = (0..3)
        .map(|_| {
            let (client, url) = (shared.clone(), url.clone());
            spawn(async move { fetch(&client, get(url)).await })
        })
        .collect();
    while server.accepted() < 3 {
        tokio::task::yield_now().await;
    }
    settle().await;
    release.send(()).unwrap();
    for request in requests {
        assert_eq!(request.await.unwrap().unwrap(), "ok");
    }
    assert_eq!(client.pool_status().http1_idle, 2, "no more than the limit");
}

#[tokio::test]
async fn a_connection_closed_while_idle_is_replaced() {
    let (closing, mut closed) = mpsc::channel(1);
    let server = Server::start(move |_, mut stream| {
        let closing = closing.clone();
        async move {
            read_request(&mut stream).await;
            stream.write_all(OK.as_bytes()).await.unwrap();
            drop(stream);
            closing.send(()).await.unwrap();
        }
    })
    .await;
    let client = client();
    for _ in 0..3 {
        assert_eq!(fetch(&client, post(server.url("/"), "x")).await.unwrap(), "ok");
        closed.recv().await;
        settle().await;
    }
    assert_eq!(server.accepted(), 3);
}

#[tokio::test]
async fn a_connection_the_upstream_wants_closed_is_not_kept() {
    for answer in [
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
    ] {
        let server = Server::answering_once(answer).await;
        let client = client();
        assert_eq!(fetch(&client, get(server.url("/"))).await.unwrap(), "ok");
        assert_eq!(client.pool_status().http1_idle, 0);
        assert_eq!(fetch(&client, get(server.url("/"))).await.unwrap(), "ok");
        assert_eq!(server.accepted(), 2);
    }
}

#[tokio::test]
async fn a_body_dropped_at_its_end_still_frees_the_connection() {
    // As a reader of events does who stops at `[DONE]`, before the last chunk.
    let server = Server::answering(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n6\r\n[DONE]\r\n0\r\n\r\n",
    )
    .await;
    let client = client();
    for _ in 0..3 {
        let mut body = call(&client, get(server.url("/"))).await.unwrap().into_body();
        assert_eq!(next_chunk(&mut body).await.unwrap(), "[DONE]");
        drop(body);
    }
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn an_idle_connection_is_not_used_after_its_time_and_is_closed_by_then() {
    let (ended, mut endings) = mpsc::channel(4);
    let server = Server::start(move |_, mut stream| {
        let ended = ended.clone();
        async move {
            while read_request(&mut stream).await.is_some() {
                stream.write_all(OK.as_bytes()).await.unwrap();
            }
            ended.send(()).await.unwrap();
        }
    })
    .await;
    let client = client_with(|config| config.idle_timeout = Duration::from_secs(30));
    fetch(&client, get(server.url("/"))).await.unwrap();
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(31)).await;
    // The reaper closes it although no request comes.
    endings.recv().await.unwrap();
    assert_eq!(client.pool_status().http1_idle, 0);
    tokio::time::resume();
    fetch(&client, get(server.url("/"))).await.unwrap();
    assert_eq!(server.accepted(), 2);
}

#[tokio::test]
async fn checked_and_trusted_requests_never_share_a_connection() {
    let server = Server::answering(OK).await;
    let client = client();
    for destination in [Destination::Trusted, Destination::Checked] {
        for _ in 0..2 {
            let mut request = get(server.url("/"));
            request.extensions_mut().insert(destination);
            fetch(&client, request).await.unwrap();
        }
    }
    assert_eq!(server.accepted(), 2);
}

#[tokio::test]
async fn clones_share_a_pool_and_clients_with_their_own_do_not() {
    let server = Server::answering(OK).await;
    let client = client();
    let own = client.with_own_pool();
    for client in [&client, &client.clone(), &own, &own.clone()] {
        fetch(client, get(server.url("/"))).await.unwrap();
    }
    assert_eq!(server.accepted(), 2);
}

#[test]
fn a_client_outlives_the_runtime_its_connections_were_made_on() {
    let client = client();
    for _ in 0..2 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let server = Server::answering(OK).await;
            for _ in 0..2 {
                fetch(&client, get(server.url("/"))).await.unwrap();
            }
            // Kept across runtimes: the pool must not use it in the next one.
            assert_eq!(server.accepted(), 1);
        });
    }
}

#[test]
fn a_pooled_connection_of_a_runtime_that_is_gone_is_replaced() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let serve = |mut stream: std::net::TcpStream| {
            use std::io::{Read, Write};
            let mut buffer = [0; 1024];
            while stream.read(&mut buffer).is_ok_and(|count| count > 0) {
                stream.write_all(OK.as_bytes()).unwrap();
            }
        };
        let streams = listener.incoming().take(2).map(Result::unwrap);
        let threads: Vec<_> =
            streams.map(|stream| std::thread::spawn(move || serve(stream))).collect();
        for thread in threads {
            thread.join().unwrap();
        }
    });
    let client = client();
    for _ in 0..2 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        assert_eq!(runtime.block_on(fetch(&client, get(&url))).unwrap(), "ok");
    }
    drop(client);
    server.join().unwrap();
}

#[tokio::test]
async fn an_upstream_that_cannot_be_reached_is_not_remembered() {
    let client = client_with(|config| config.resolver = Some(Names::of(&[])));
    for scheme in ["http", "https"] {
        let url = format!("{scheme}://nowhere.example/");
        fetch(&client, get(url)).await.unwrap_err();
    }
    assert_eq!(client.pool_status(), airside_transport::PoolStatus::default());
}

#[tokio::test]
async fn a_task_that_has_used_up_its_budget_still_gets_its_answer() {
    use std::task::Poll;
    use tokio::task::coop::poll_proceed;

    let server = Server::answering_once(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
    )
    .await;
    // Without limits no timer wakes the task by chance.
    let client = client_with(|config| {
        config.timeouts.connect = None;
        config.timeouts.first_byte = None;
        config.timeouts.between_frames = None;
    });
    // tokio lets a task do 128 things each time it is polled.
    for used in 100..128 {
        let (client, url) = (client.clone(), server.url("/"));
        let mut request = Box::pin(async move { fetch(&client, get(url)).await });
        let busy = std::future::poll_fn(move |cx| {
            for _ in 0..used {
                if let Poll::Ready(unit) = poll_proceed(cx) {
                    unit.made_progress();
                }
            }
            request.as_mut().poll(cx)
        });
        // A task of its own, which is polled only when it is woken.
        let waited = tokio::time::timeout(Duration::from_secs(10), spawn(busy)).await;
        assert_eq!(waited.expect("no wake-up is lost").unwrap().unwrap(), "ok");
    }
}

#[tokio::test]
async fn an_answer_nobody_asked_for_is_not_taken_for_the_next_one() {
    let server = Server::start(|number, mut stream| async move {
        while read_request(&mut stream).await.is_some() {
            stream.write_all(OK.as_bytes()).await.unwrap();
            if number == 1 {
                let forged = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged";
                stream.write_all(forged.as_bytes()).await.unwrap();
            }
        }
    })
    .await;
    let client = client();
    for _ in 0..3 {
        assert_eq!(fetch(&client, get(server.url("/"))).await.unwrap(), "ok");
        settle().await;
    }
    assert_eq!(server.accepted(), 2);
}
