//! A bare HTTP/1.1 reverse proxy: the floor against which gateways are measured.
//!
//! It does what no HTTP proxy on hyper can do without: read a head, take a pooled connection,
//! write the head, hand body frames over as they come, and the same back. It looks at no body and
//! leaves every header alone but `Connection`, which is meant for one hop only. It is not slowed down in any way: one current-thread runtime per core, a
//! connection pool per thread, nothing shared, nothing locked.

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::CONNECTION;
use hyper::service::Service;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::spawn_local;

/// The proxy of one thread. Clones share the thread's connection pool.
#[derive(Clone)]
pub struct PassThrough {
    upstream: SocketAddr,
    pool: Pool,
}

/// Idle connections; the one used last is taken first.
type Pool = Rc<RefCell<Vec<SendRequest<Incoming>>>>;

impl PassThrough {
    /// A proxy to one upstream, with no connection open yet.
    pub fn new(upstream: SocketAddr) -> Self {
        Self { upstream, pool: Pool::default() }
    }

    async fn relay(self, mut request: Request<Incoming>) -> Result<Response<Relayed>, RelayError> {
        request.headers_mut().remove(CONNECTION);
        loop {
            let (mut connection, reused) = match self.take_idle().await {
                Some(connection) => (connection, true),
                None => (self.connect().await?, false),
            };
            match connection.try_send_request(request).await {
                Ok(mut response) => {
                    response.headers_mut().remove(CONNECTION);
                    let pool = Rc::clone(&self.pool);
                    return Ok(response.map(|body| Relayed {
                        finished: body.is_end_stream(),
                        body,
                        connection: Some(connection),
                        pool,
                    }));
                }
                // The upstream closed an idle connection just as it was taken, and nothing of
                // the request was written.
                Err(mut error) => match error.take_message() {
                    Some(unsent) if reused => request = unsent,
                    _ => return Err(RelayError::Exchange(error.into_error())),
                },
            }
        }
    }

    async fn take_idle(&self) -> Option<SendRequest<Incoming>> {
        loop {
            let mut connection = self.pool.borrow_mut().pop()?;
            if connection.ready().await.is_ok() {
                return Some(connection);
            }
        }
    }

    async fn connect(&self) -> Result<SendRequest<Incoming>, RelayError> {
        let stream = TcpStream::connect(self.upstream).await.map_err(RelayError::Connect)?;
        stream.set_nodelay(true).map_err(RelayError::Connect)?;
        let (sender, connection) =
            handshake(TokioIo::new(stream)).await.map_err(RelayError::Exchange)?;
        spawn_local(async move {
            // Whoever uses the connection hears of its end.
            drop(connection.await);
        });
        Ok(sender)
    }
}

impl Service<Request<Incoming>> for PassThrough {
    type Response = Response<Either<Relayed, Full<Bytes>>>;
    type Error = std::convert::Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>>>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let proxy = self.clone();
        Box::pin(async move {
            let relayed = proxy.relay(request).await;
            Ok(relayed.map_or_else(|error| error.respond(), |response| response.map(Either::Left)))
        })
    }
}

/// A response body on its way. Once it has ended, its connection goes back to the pool; dropped
/// before, it takes its connection along, because unread bytes would be in the way.
#[derive(Debug)]
pub struct Relayed {
    body: Incoming,
    finished: bool,
    connection: Option<SendRequest<Incoming>>,
    pool: Pool,
}

impl Body for Relayed {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.finished = frame.is_none() || self.body.is_end_stream();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Relayed {
    fn drop(&mut self) {
        if self.finished {
            self.pool.borrow_mut().extend(self.connection.take());
        }
    }
}

impl fmt::Debug for PassThrough {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PassThrough")
            .field("upstream", &self.upstream)
            .finish_non_exhaustive()
    }
}

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
enum RelayError {
    #[error("no connection to the upstream: {0}")]
    Connect(#[source] io::Error),
    #[error("no answer from the upstream: {0}")]
    Exchange(#[source] hyper::Error),
}

impl RelayError {
    fn respond(&self) -> Response<Either<Relayed, Full<Bytes>>> {
        let text = format!("passthrough: {self}\n");
        let mut response = Response::new(Either::Right(Full::from(text)));
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        response
    }
}
