//! One worker: accepts connections and serves them until the drain.

use std::net::TcpListener;
use std::time::Duration;

use airside_call::spawn::Spawner;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tower::Service;

use crate::edge::EdgeBody;
use crate::{Drain, ListenConfig, ServerError};

/// The most bytes read from a connection at once. Large bodies cost a third
/// more if read in pieces of 64 KiB; idle connections do not use it.
const READ_BUFFER_BYTES: usize = 400 * 1024;

/// What a connection needs of the configuration.
#[derive(Clone)]
pub(crate) struct Serving {
    builder: auto::Builder<TokioExecutor>,
    tls: Option<TlsAcceptor>,
    handshake: Duration,
    drain_timeout: Duration,
}

impl Serving {
    pub(crate) fn new(config: &ListenConfig, tls: Option<TlsAcceptor>) -> Self {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        let head = Duration::from_millis(config.head_timeout_ms);
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(head)
            .max_buf_size(config.max_head_bytes.max(READ_BUFFER_BYTES));
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_header_list_size(u32::try_from(config.max_head_bytes).unwrap_or(u32::MAX))
            .max_concurrent_streams(1024)
            .keep_alive_interval(Some(Duration::from_secs(30)))
            .keep_alive_timeout(Duration::from_secs(20));
        let drain_timeout = Duration::from_millis(config.drain_timeout_ms);
        Self { builder, tls, handshake: head, drain_timeout }
    }

    /// Accepts connections until the drain, then waits for those in flight, up
    /// to the drain's time limit.
    pub(crate) async fn run(
        self,
        listener: TcpListener,
        service: impl Answers,
        drain: Drain,
    ) -> Result<(), ServerError> {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let connections = Spawner::default();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = drain.wait() => break,
            };
            match accepted {
                Ok((socket, _)) => {
                    let (serving, service, drain) = (self.clone(), service.clone(), drain.clone());
                    connections
                        .spawn(async move { serving.connection(socket, service, drain).await });
                }
                Err(error) => refused(&error).await,
            }
        }
        drop(listener);
        if tokio::time::timeout(self.drain_timeout, connections.drained()).await.is_err() {
            tracing::warn!(
                open = connections.running(),
                "connections were still open at the drain's time limit"
            );
        }
        Ok(())
    }

    async fn connection(self, socket: TcpStream, service: impl Answers, drain: Drain) {
        // Frames of a stream are small and must not wait for each other.
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "a connection closed at once");
            return;
        }
        match &self.tls {
            None => self.http(socket, service, drain).await,
            Some(tls) => match tokio::time::timeout(self.handshake, tls.accept(socket)).await {
                Ok(Ok(socket)) => self.http(socket, service, drain).await,
                Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
                Err(_) => tracing::debug!("a TLS handshake took too long"),
            },
        }
    }

    async fn http<I>(&self, socket: I, service: impl Answers, drain: Drain)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = AlwaysReady(service);
        let connection = self.builder.serve_connection(TokioIo::new(socket), service);
        let mut connection = std::pin::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = drain.wait() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(error = %error, "a connection ended early");
        }
    }
}

/// Anything that answers the requests of a connection: our service, bare or
/// under a layer.
pub(crate) trait Answers:
    Service<
        http::Request<hyper::body::Incoming>,
        Response = http::Response<EdgeBody>,
        Future: Send,
        Error: std::error::Error + Send + Sync + 'static,
    > + Clone
    + Send
    + 'static
{
}

impl<S> Answers for S where
    S: Service<
            http::Request<hyper::body::Incoming>,
            Response = http::Response<EdgeBody>,
            Future: Send,
            Error: std::error::Error + Send + Sync + 'static,
        > + Clone
        + Send
        + 'static
{
}

/// A tower service as hyper calls it. Services between our layers are always
/// ready, so a call needs no more than a clone.
#[derive(Debug, Clone)]
struct AlwaysReady<S>(S);

impl<S, R> hyper::service::Service<R> for AlwaysReady<S>
where
    S: Service<R> + Clone,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn call(&self, request: R) -> S::Future {
        self.0.clone().call(request)
    }
}

/// Accepting failed: the connection was gone already, or the process has too
/// many open files. A short pause keeps the latter from becoming a busy loop.
async fn refused(error: &std::io::Error) {
    tracing::warn!(%error, "a connection could not be accepted");
    tokio::time::sleep(Duration::from_millis(20)).await;
}
