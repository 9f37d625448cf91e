//! The client: a tower service from requests to responses.
//!
//! Not a policy: it follows no redirect and repeats no request the upstream may
//! have seen. Invariant: a request is sent again only when hyper gives it back
//! unwritten because a pooled connection was closed, and only once.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Method, Request, Response};
use tokio::time::Instant;
use tower_service::Service;

use crate::body::{RequestBody, ResponseBody};
use crate::config::TransportConfig;
use crate::conn::{Failure, Http1, Http2, Lane};
use crate::connect::{Connected, Connector, Protocol};
use crate::error::TransportError;
use crate::key::{Destination, Key};
use crate::pool::{Pool, PoolStatus};
use crate::timeouts::{TimeoutKind, Timeouts, Watchdog};

/// Sends requests to upstreams.
///
/// Clones are cheap and share one pool of connections. For a server with one
/// runtime per thread, give each its own pool with
/// [`with_own_pool`](Self::with_own_pool).
///
/// # Behavior
///
/// - The URI of a request is absolute; `host` is added if missing, and
///   `content-length` and `transfer-encoding` are replaced by what the body is.
///   All other headers are sent as they are.
/// - [`Timeouts`] and [`Destination`] are read from the extensions of the
///   request; without a `Destination` the address policy applies.
/// - Redirects are responses like others. Nothing is decompressed.
/// - The service is always ready: how many requests run at a time is for a
///   layer above to decide.
///
/// # Panics
///
/// The futures have to run on a tokio runtime with I/O and time enabled.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    connector: Arc<Connector>,
    pool: Arc<Pool>,
    timeouts: Timeouts,
    http2_max_streams: usize,
    max_head_bytes: usize,
}

impl Client {
    /// Creates a client; nothing is connected yet.
    ///
    /// This reads the certificates of the operating system, which takes some
    /// milliseconds.
    ///
    /// # Errors
    ///
    /// [`TransportError::Config`] for certificates that cannot be used.
    pub fn new(config: TransportConfig) -> Result<Self, TransportError> {
        let shared = Shared {
            pool: Pool::new(&config),
            timeouts: config.timeouts,
            http2_max_streams: config.http2_max_streams,
            max_head_bytes: config.max_response_head_bytes,
            connector: Arc::new(Connector::new(config)?),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// A client with the same settings (and TLS sessions) and a pool of its own.
    #[must_use]
    pub fn with_own_pool(&self) -> Self {
        let shared = &self.shared;
        let own = Shared {
            connector: Arc::clone(&shared.connector),
            pool: shared.pool.emptied(),
            ..**shared
        };
        Self { shared: Arc::new(own) }
    }

    /// The time limits of requests that bring none of their own.
    pub fn timeouts(&self) -> Timeouts {
        self.shared.timeouts
    }

    /// How many connections the pool holds.
    pub fn pool_status(&self) -> PoolStatus {
        self.shared.pool.status()
    }
}

impl Service<Request<RequestBody>> for Client {
    type Response = Response<ResponseBody>;
    type Error = TransportError;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> ResponseFuture {
        let shared = Arc::clone(&self.shared);
        ResponseFuture { inner: Box::pin(async move { shared.send(request).await }) }
    }
}

/// The response, up to its head, to come.
///
/// # Cancel safety
///
/// Dropping it cancels the request: the HTTP/1 connection is closed, the HTTP/2
/// stream reset, at once.
#[must_use = "a request is sent only when its future is polled"]
pub struct ResponseFuture {
    inner: Pin<Box<dyn Future<Output = Result<Response<ResponseBody>, TransportError>> + Send>>,
}

impl Future for ResponseFuture {
    type Output = Result<Response<ResponseBody>, TransportError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.inner.as_mut().poll(cx)
    }
}

impl Shared {
    async fn send(
        &self,
        mut request: Request<RequestBody>,
    ) -> Result<Response<ResponseBody>, TransportError> {
        if request.method() == Method::CONNECT {
            return Err(TransportError::Request { reason: "CONNECT is not supported" });
        }
        let destination = request.extensions().get::<Destination>().copied().unwrap_or_default();
        let timeouts = request.extensions().get::<Timeouts>().copied().unwrap_or(self.timeouts);
        let key = Key::new(request.uri(), destination)?;
        let now = Instant::now();
        let mut exchange = Exchange { watchdog: Watchdog::new(&timeouts, now), timeouts };

        if let Some(lane) = self.pool.check_out(&key, now) {
            match exchange.run(lane, request, now).await {
                Ok((response, lane)) => return Ok(exchange.finish(response, lane, &self.pool)),
                // Closed by the upstream at the very moment: not a byte is out.
                Err(Failure { unsent: Some(unsent), .. }) => request = *unsent,
                Err(failure) => return Err(failure.error),
            }
        }
        exchange.watchdog.start(TimeoutKind::Connect, timeouts.connect, Instant::now());
        // Boxed: connecting is rare and its future large.
        let lane = exchange.watchdog.limit(Box::pin(self.open(&key))).await??;
        let result = exchange.run(lane, request, Instant::now()).await;
        let (response, lane) = result.map_err(|failure| failure.error)?;
        Ok(exchange.finish(response, lane, &self.pool))
    }

    /// Opens a connection, or takes a place on one that another request has
    /// opened meanwhile.
    async fn open(&self, key: &Key) -> Result<Lane, TransportError> {
        // Without a gate, a burst of requests to an upstream that speaks HTTP/2
        // would open a connection each.
        let mut permit = None;
        if self.connector.may_be_http2(key)
            && let Some(gate) = self.pool.gate(key)
        {
            permit = gate.acquire_owned().await.ok();
            if let Some(lease) = self.pool.lease(key) {
                return Ok(Lane::Http2(lease));
            }
            if self.pool.gate(key).is_none() {
                // It speaks HTTP/1: everybody connects for themselves.
                permit = None;
            }
        }
        let lane = self.connect(key).await;
        drop(permit);
        lane
    }

    async fn connect(&self, key: &Key) -> Result<Lane, TransportError> {
        let Connected { stream, protocol } = self.connector.connect(key).await?;
        match protocol {
            Protocol::Http1(form) => {
                self.pool.speaks_http1(key);
                Http1::handshake(stream, key.clone(), form, self.max_head_bytes)
                    .await
                    .map(Lane::Http1)
            }
            Protocol::Http2 => {
                let streams = self.http2_max_streams;
                let connection =
                    Http2::handshake(stream, key.clone(), streams, self.max_head_bytes).await?;
                Ok(Lane::Http2(self.pool.share(key, connection)))
            }
        }
    }
}

/// One request and its response, under its time limits.
struct Exchange {
    watchdog: Watchdog,
    timeouts: Timeouts,
}

impl Exchange {
    async fn run(
        &mut self,
        lane: Lane,
        request: Request<RequestBody>,
        now: Instant,
    ) -> Result<(Response<hyper::body::Incoming>, Lane), Failure> {
        self.watchdog.start(TimeoutKind::FirstByte, self.timeouts.first_byte, now);
        match lane {
            Lane::Http1(connection) => {
                let (connection, response) =
                    connection.exchange(request, &mut self.watchdog).await?;
                Ok((response, Lane::Http1(connection)))
            }
            Lane::Http2(lease) => {
                let (lease, response) = lease.exchange(request, &mut self.watchdog).await?;
                Ok((response, Lane::Http2(lease)))
            }
        }
    }

    fn finish(
        self,
        response: Response<hyper::body::Incoming>,
        lane: Lane,
        pool: &Arc<Pool>,
    ) -> Response<ResponseBody> {
        let between_frames = self.timeouts.between_frames;
        response
            .map(|incoming| ResponseBody::new(incoming, lane, pool, self.watchdog, between_frames))
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("pool", &self.pool_status()).finish_non_exhaustive()
    }
}

impl fmt::Debug for ResponseFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
