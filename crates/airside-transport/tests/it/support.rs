//! Servers and shorthands for the tests.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use airside_transport::{
    Client, Destination, RequestBody, Resolve, Resolving, ResponseBody, TransportConfig,
    TransportError,
};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower_service::Service;

/// A server that counts its connections and runs a script on each.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    accepted: Arc<AtomicUsize>,
}

impl Server {
    /// Runs `script` for every connection; it is told the connection's number,
    /// beginning with 1.
    pub(crate) async fn start<S, F>(script: S) -> Self
    where
        S: Fn(usize, TcpStream) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&accepted);
        spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = count.fetch_add(1, Ordering::SeqCst) + 1;
                spawn(script(number, stream));
            }
        });
        Self { address, accepted }
    }

    /// Answers every request with the same bytes and keeps connections open.
    pub(crate) async fn answering(answer: &'static str) -> Self {
        Self::start(move |_, mut stream| async move {
            while read_request(&mut stream).await.is_some() {
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        })
        .await
    }

    /// Sends the same bytes to whoever has sent a request, and hangs up.
    pub(crate) async fn answering_once(answer: &'static str) -> Self {
        Self::start(move |_, mut stream| async move {
            read_request(&mut stream).await;
            stream.write_all(answer.as_bytes()).await.unwrap();
        })
        .await
    }

    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[expect(clippy::disallowed_methods, reason = "the servers of a test end with its runtime")]
pub(crate) fn spawn<F>(task: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(task)
}

/// Reads one request with its body; `None` if the connection ends first.
pub(crate) async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut request = read_head(stream).await?;
    let length = request
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    request.push_str(&String::from_utf8(body).unwrap());
    Some(request)
}

/// Reads up to the empty line.
pub(crate) async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8(head).unwrap())
}

pub(crate) fn client() -> Client {
    client_with(|_| {})
}

pub(crate) fn client_with(change: impl FnOnce(&mut TransportConfig)) -> Client {
    let mut config = TransportConfig::default();
    change(&mut config);
    Client::new(config).unwrap()
}

/// A request to an upstream the operator chose.
pub(crate) fn get(url: impl AsRef<str>) -> Request<RequestBody> {
    Request::get(url.as_ref()).extension(Destination::Trusted).body(RequestBody::empty()).unwrap()
}

pub(crate) fn post(url: impl AsRef<str>, body: impl Into<RequestBody>) -> Request<RequestBody> {
    Request::post(url.as_ref()).extension(Destination::Trusted).body(body.into()).unwrap()
}

pub(crate) async fn call(
    client: &Client,
    request: Request<RequestBody>,
) -> Result<Response<ResponseBody>, TransportError> {
    client.clone().call(request).await
}

/// Sends a request and reads the whole answer.
pub(crate) async fn fetch(
    client: &Client,
    request: Request<RequestBody>,
) -> Result<String, TransportError> {
    let response = call(client, request).await?;
    let body = response.into_body().collect().await?.to_bytes();
    Ok(String::from_utf8(body.to_vec()).unwrap())
}

/// The next frame of a body, which has to be data.
pub(crate) async fn next_chunk(body: &mut ResponseBody) -> Result<Bytes, TransportError> {
    let frame = body.frame().await.expect("the body goes on")?;
    Ok(frame.into_data().expect("data"))
}

/// Lets everything happen that can happen without time passing. Frees the
/// runtime to look at its sockets many times over.
pub(crate) async fn settle() {
    for _ in 0..500 {
        tokio::task::yield_now().await;
    }
}

/// Resolves names from a table.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) table: HashMap<&'static str, Vec<SocketAddr>>,
}

impl Names {
    pub(crate) fn of(entries: &[(&'static str, SocketAddr)]) -> Arc<dyn Resolve> {
        let table = entries.iter().map(|(name, address)| (*name, vec![*address])).collect();
        Arc::new(Self { table })
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolving<'a> {
        let known = self.table.get(host).cloned();
        Box::pin(async move {
            let known = known.ok_or_else(|| io::Error::other("no such host"))?;
            // Port 0 stands for the port asked for.
            let ported = |mut address: SocketAddr| {
                if address.port() == 0 {
                    address.set_port(port);
                }
                address
            };
            Ok(known.into_iter().map(ported).collect())
        })
    }
}
