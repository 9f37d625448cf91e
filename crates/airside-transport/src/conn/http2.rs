//! An HTTP/2 connection that many requests share.
//!
//! It runs in tasks of its own, which end when the pool and all requests have
//! let go of it. Invariant: the number of requests on it never exceeds the
//! limit, so a request is never queued behind the peer's limit of streams while
//! another connection could carry it.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use http::header::{CONTENT_LENGTH, HOST};
use http::{Request, Response, Version};
use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, Connection, SendRequest};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::time::Instant;

use super::Failure;
use crate::body::RequestBody;
use crate::connect::Stream;
use crate::error::TransportError;
use crate::key::Key;
use crate::spawn::{Spawner, spawn};
use crate::timeouts::Watchdog;

/// What one slow reader can leave unread in memory.
const STREAM_WINDOW: u32 = 256 * 1024;

/// A connection that dies silently is noticed while requests are waiting on it.
const PING_INTERVAL: Duration = Duration::from_secs(30);

/// One shared connection.
#[derive(Debug)]
pub(crate) struct Http2 {
    key: Key,
    sender: SendRequest<RequestBody>,
    in_flight: AtomicUsize,
    max_streams: usize,
    peer_max_streams: Arc<AtomicUsize>,
    idle_since: Mutex<Instant>,
}

impl Http2 {
    /// Opens the HTTP/2 session on a connected stream.
    pub(crate) async fn handshake(
        stream: Stream,
        key: Key,
        max_streams: usize,
        max_head_bytes: usize,
    ) -> Result<Arc<Self>, TransportError> {
        let max_streams = max_streams.max(1);
        // The window of the connection has room for every stream's, so that a
        // reader who stops cannot stall the others.
        let connection_window = u32::try_from(max_streams)
            .unwrap_or(u32::MAX)
            .saturating_mul(STREAM_WINDOW)
            .min(i32::MAX.unsigned_abs());
        let handshake = Builder::new(Spawner)
            .timer(TokioTimer::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(connection_window)
            .max_header_list_size(u32::try_from(max_head_bytes).unwrap_or(u32::MAX))
            .keep_alive_interval(PING_INTERVAL)
            .handshake(TokioIo::new(stream));
        let (sender, connection) = handshake
            .await
            .map_err(|error| TransportError::from_exchange(&key.host_and_port(), error))?;
        let peer_max_streams = Arc::new(AtomicUsize::new(usize::MAX));
        run(connection, Arc::clone(&peer_max_streams));
        Ok(Arc::new(Self {
            key,
            sender,
            in_flight: AtomicUsize::new(0),
            max_streams,
            peer_max_streams,
            idle_since: Mutex::new(Instant::now()),
        }))
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Relaxed)
    }

    /// Since when no request is on it; `None` if there are any.
    pub(crate) fn idle_since(&self) -> Option<Instant> {
        let since = *self.idle_since.lock().unwrap_or_else(PoisonError::into_inner);
        (self.in_flight() == 0).then_some(since)
    }

    /// Takes the first place on a new connection.
    pub(crate) fn first_lease(self: &Arc<Self>) -> Lease {
        self.in_flight.fetch_add(1, Relaxed);
        Lease { connection: Arc::clone(self) }
    }

    /// Takes a place on the connection, if there is one left.
    pub(crate) fn lease(self: &Arc<Self>) -> Option<Lease> {
        // A peer that permits no streams still gets one: it may permit it later.
        let limit = self.max_streams.min(self.peer_max_streams.load(Relaxed)).max(1);
        let taken = self
            .in_flight
            .fetch_update(Relaxed, Relaxed, |count| (count < limit).then_some(count + 1));
        taken.ok().map(|_| Lease { connection: Arc::clone(self) })
    }
}

/// A place on a shared connection, given back when dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    connection: Arc<Http2>,
}

impl Lease {
    /// Sends a request and waits for the head of its response.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future resets the stream.
    pub(crate) async fn exchange(
        self,
        mut request: Request<RequestBody>,
        watchdog: &mut Watchdog,
    ) -> Result<(Self, Response<Incoming>), Failure> {
        self.prepare(&mut request);
        let mut answer = pin!(self.connection.sender.clone().try_send_request(request));
        let answered = poll_fn(|cx| match answer.as_mut().poll(cx) {
            Poll::Ready(answered) => Poll::Ready(Ok(answered)),
            Poll::Pending => watchdog.poll_elapsed(cx).map(Err),
        });
        match answered.await? {
            Ok(response) => Ok((self, response)),
            Err(failure) => Err(Failure::new(&self.connection.key.host_and_port(), failure)),
        }
    }

    fn prepare(&self, request: &mut Request<RequestBody>) {
        *request.version_mut() = Version::HTTP_2;
        let path = request.uri().path_and_query().cloned();
        *request.uri_mut() = self.connection.key.absolute(path);
        // hyper removes the headers that belong to a connection and sets the
        // length; the host is in the URI.
        request.headers_mut().remove(CONTENT_LENGTH);
        request.headers_mut().remove(HOST);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let idle_since = &self.connection.idle_since;
        *idle_since.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        self.connection.in_flight.fetch_sub(1, Relaxed);
    }
}

/// Runs a connection until nobody uses it, noting how many streams the peer
/// permits.
fn run(
    mut connection: Connection<TokioIo<Stream>, RequestBody, Spawner>,
    peer_max_streams: Arc<AtomicUsize>,
) {
    spawn(async move {
        let ended = poll_fn(|cx| {
            let polled = Pin::new(&mut connection).poll(cx);
            peer_max_streams.store(connection.current_max_send_streams(), Relaxed);
            polled
        });
        if let Err(error) = ended.await {
            tracing::debug!(%error, "HTTP/2 connection ended");
        }
    });
}
