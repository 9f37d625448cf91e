//! The client: a tower service from requests to responses.
//!
//! Not a policy: it follows no redirect and repeats no request the upstream may
//! have seen. Invariant: a request is sent again only when hyper gives it back
//! unwritten because a pooled connection was closed, and only once.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Method, Request, Response};
use hyper::body::Incoming;
use tokio::task::coop::unconstrained;
use tokio::time::Instant;
use tower_service::Service;

use crate::body::{RequestBody, ResponseBody};
use crate::config::TransportConfig;
use crate::conn::{Http1, Http2, Lane};
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
        ResponseFuture { inner: Box::pin(send(Arc::clone(&self.shared), request)) }
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

async fn send(
    shared: Arc<Shared>,
    mut request: Request<RequestBody>,
) -> Result<Response<ResponseBody>, TransportError> {
    if request.method() == Method::CONNECT {
        return Err(TransportError::Request { reason: "CONNECT is not supported" });
    }
    let destination = request.extensions().get::<Destination>().copied().unwrap_or_default();
    let timeouts = request.extensions().get::<Timeouts>().copied().unwrap_or(shared.timeouts);
    let key = Key::new(request.uri(), destination)?;
    let now = Instant::now();
    let mut watchdog = Watchdog::new(&timeouts, now);

    if let Some(mut lane) = shared.pool.check_out(&key, now) {
        watchdog.start(TimeoutKind::FirstByte, timeouts.first_byte, now);
        match exchange(&mut lane, request, &mut watchdog).await {
            Ok(response) => return Ok(shared.finish(response, lane, watchdog, &timeouts)),
            // Closed by the upstream at this very moment: not a byte is out.
            Err(Failure { unsent: Some(unsent), .. }) => request = *unsent,
            Err(failure) => return Err(failure.error),
        }
    }
    watchdog.start(TimeoutKind::Connect, timeouts.connect, Instant::now());
    // Boxed: connecting is rare and its future large.
    let mut lane = watchdog.limit(Box::pin(shared.open(&key))).await??;
    watchdog.start(TimeoutKind::FirstByte, timeouts.first_byte, Instant::now());
    let response = exchange(&mut lane, request, &mut watchdog).await;
    let response = response.map_err(|failure| failure.error)?;
    Ok(shared.finish(response, lane, watchdog, &timeouts))
}

/// Why there is no response.
struct Failure {
    error: TransportError,
    /// The request, if not a byte of it was written.
    unsent: Option<Box<Request<RequestBody>>>,
}

/// Sends a request and waits for the head of its response.
async fn exchange(
    lane: &mut Lane,
    request: Request<RequestBody>,
    watchdog: &mut Watchdog,
) -> Result<Response<Incoming>, Failure> {
    if let Lane::Http1(connection) = lane {
        watchdog.adopt(connection.timer.take());
    }
    // Without the budget tokio gives each task: the answer is handed over by the
    // connection within this very task, so nobody else would wake it again.
    let mut answer = pin!(unconstrained(lane.begin(request)));
    let answered = poll_fn(|cx| match lane.poll_with(cx, |cx| answer.as_mut().poll(cx)) {
        Poll::Ready(answered) => Poll::Ready(Ok(answered)),
        Poll::Pending => watchdog.poll_elapsed(cx).map(Err),
    });
    match answered.await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(mut failure)) => {
            let unsent = failure.take_message().map(Box::new);
            let error = TransportError::from_exchange(lane.authority(), failure.into_error());
            Err(Failure { error, unsent })
        }
        Err(timeout) => Err(Failure { error: timeout, unsent: None }),
    }
}

impl Shared {
    fn finish(
        &self,
        response: Response<Incoming>,
        lane: Lane,
        watchdog: Watchdog,
        timeouts: &Timeouts,
    ) -> Response<ResponseBody> {
        let between_frames = timeouts.between_frames;
        response
            .map(|incoming| ResponseBody::new(incoming, lane, &self.pool, watchdog, between_frames))
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
        if lane.is_err() {
            self.pool.forget_unused(key);
        }
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
