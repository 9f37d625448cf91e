//! A client that sees everything and can go away at any moment. One connection per request.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body::Body;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// Why a request was not answered, or not to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// No connection.
    #[error("no connection: {0}")]
    Connect(#[from] std::io::Error),
    /// The connection broke, or what came over it is not HTTP.
    #[error("the exchange broke: {0}")]
    Http(#[from] hyper::Error),
}

/// The head of a reply whose body is still arriving. Dropping it closes the connection, as a
/// client that goes away does.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    body: Incoming,
    _connection: Connection,
}

/// A reply that has arrived whole.
#[derive(Debug, Clone)]
pub struct Whole {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// Drives a connection until it is dropped.
#[derive(Debug)]
struct Connection(JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Sends a request over a connection of its own (HTTP/1.1) and waits for the head of the reply.
/// A `host` header is added if the request has none.
pub async fn send<B>(address: SocketAddr, request: Request<B>) -> Result<Reply, ClientError>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: std::error::Error + Send + Sync,
{
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    over(stream, address, request).await
}

/// Sends a request over a connection that exists already, such as one with TLS.
pub async fn over<I, B>(
    io: I,
    address: SocketAddr,
    mut request: Request<B>,
) -> Result<Reply, ClientError>
where
    I: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: std::error::Error + Send + Sync,
{
    if !request.headers().contains_key(http::header::HOST)
        && let Ok(host) = address.to_string().parse()
    {
        request.headers_mut().insert(http::header::HOST, host);
    }
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(io)).await?;
    #[expect(clippy::disallowed_methods, reason = "a test has no drain that counts its tasks")]
    let connection = Connection(tokio::spawn(async move {
        // What breaks a connection is seen by whoever waits for the reply.
        let _ = connection.await;
    }));
    let (parts, body) = sender.send_request(request).await?.into_parts();
    Ok(Reply { status: parts.status, headers: parts.headers, body, _connection: connection })
}

impl Reply {
    /// The next piece of the body; `None` at its end.
    ///
    /// # Cancel safety
    ///
    /// Safe to cancel and call again.
    pub async fn next(&mut self) -> Option<Result<Bytes, ClientError>> {
        loop {
            match self.body.frame().await? {
                Err(error) => return Some(Err(error.into())),
                Ok(frame) => {
                    if let Ok(data) = frame.into_data() {
                        return Some(Ok(data));
                    }
                }
            }
        }
    }

    /// Reads until what has arrived contains `text`, and gives what has arrived.
    pub async fn until(&mut self, text: &str) -> Result<String, ClientError> {
        let mut arrived = Vec::new();
        while let Some(piece) = self.next().await {
            arrived.extend_from_slice(&piece?);
            if String::from_utf8_lossy(&arrived).contains(text) {
                break;
            }
        }
        Ok(String::from_utf8_lossy(&arrived).into_owned())
    }

    /// The whole reply.
    ///
    /// # Errors
    ///
    /// If the body breaks off.
    pub async fn whole(mut self) -> Result<Whole, ClientError> {
        let mut body = bytes::BytesMut::new();
        while let Some(piece) = self.next().await {
            body.extend_from_slice(&piece?);
        }
        let body = body.freeze();
        Ok(Whole { status: self.status, headers: self.headers.clone(), body })
    }
}

/// Writes bytes as they are and gives back everything until the peer closes: for requests no
/// client library would send.
pub async fn raw(address: SocketAddr, bytes: &[u8]) -> std::io::Result<Bytes> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(bytes).await?;
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer).await {
        // A peer that refuses a request it has not read whole may reset the connection.
        Err(error) if answer.is_empty() => Err(error),
        _ => Ok(answer.into()),
    }
}
