//! HTTP/2 with prior knowledge: several calls on one connection.

use airside_testkit::{Answer, Upstream};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::harness::{CALLERS, HELLO, HELLO_STREAM, answer, call, gateway, stream};

#[tokio::test]
async fn calls_share_a_connection_and_keep_their_answers_apart() {
    let gateway = gateway(|_| {});
    let (begin, end) = stream(CALLERS[0]);
    let whole = begin + &end;
    let streamed = whole.clone();
    let upstream = Upstream::start(move |received| {
        if received.body == HELLO {
            return Answer::json(200, answer(CALLERS[0]));
        }
        Answer::stream().send(streamed.clone())
    })
    .unwrap();
    let socket = TcpStream::connect(gateway.address).await.unwrap();
    let io = TokioIo::new(socket);
    let (sender, connection) =
        hyper::client::conn::http2::handshake::<_, _, Full<Bytes>>(TokioExecutor::new(), io)
            .await
            .unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { connection.await.unwrap() });
    let calls = (0..16).map(|number| {
        let body = if number % 2 == 0 { HELLO } else { HELLO_STREAM };
        let mut request = call(CALLERS[0], CALLERS[0], &upstream, body);
        *request.uri_mut() = "http://gateway.test/v1/chat/completions".parse().unwrap();
        let mut sender = sender.clone();
        async move {
            let response = sender.send_request(request).await.unwrap();
            assert_eq!(response.status(), 200);
            (body, response.into_body().collect().await.unwrap().to_bytes())
        }
    });
    for (asked, body) in futures_util::future::join_all(calls).await {
        let expected = if asked == HELLO { answer(CALLERS[0]) } else { &whole };
        assert_eq!(body, expected);
    }
}
