//! An HTTP/2 connection that many requests share.
//!
//! It runs in tasks of its own, which end when the pool and all requests have
//! let go of it. Invariant: once the peer has answered, the number of requests
//! on it never exceeds what the peer permits, so that none is queued while
//! another connection could carry it. (A first burst is sent without waiting to
//! learn the limit; what exceeds it is queued by hyper.)

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::Waker;
use std::time::Duration;

use http::header::{CONTENT_LENGTH, HOST};
use http::{Request, Version};
use hyper::client::conn::http2::{Builder, Connection, SendRequest};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::time::Instant;

use super::Answer;
use crate::body::RequestBody;
use crate::connect::Stream;
use crate::error::TransportError;
use crate::key::Key;
use crate::spawn::{Spawner, spawn};

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
    peer: Arc<Peer>,
    idle_since: Mutex<Instant>,
}

/// What is known about the other end.
#[derive(Debug)]
struct Peer {
    /// How many streams it permits, as far as is known.
    max_streams: AtomicUsize,
    /// Whether it has said so itself.
    known: AtomicBool,
    /// Wakes the task that can tell.
    driver: OnceLock<Waker>,
}

impl Peer {
    /// What the peer permits, once it has said so.
    fn said(&self) -> Option<usize> {
        self.known.load(Relaxed).then(|| self.max_streams.load(Relaxed))
    }

    /// Called with the head of a response: the settings of the peer precede it,
    /// but hyper's task has no reason of its own to look at them again.
    fn learn(&self) {
        if !self.known.swap(true, Relaxed)
            && let Some(driver) = self.driver.get()
        {
            driver.wake_by_ref();
        }
    }
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
            .map_err(|error| TransportError::from_exchange(key.host_and_port(), error))?;
        let peer = Arc::new(Peer {
            max_streams: AtomicUsize::new(usize::MAX),
            known: AtomicBool::new(false),
            driver: OnceLock::new(),
        });
        run(connection, Arc::clone(&peer));
        Ok(Arc::new(Self {
            key,
            sender,
            in_flight: AtomicUsize::new(0),
            max_streams,
            peer,
            idle_since: Mutex::new(Instant::now()),
        }))
    }

    /// Expects of the peer what it permitted on another connection, until it
    /// speaks for itself.
    pub(crate) fn expect_like(&self, other: &Self) {
        if let Some(max_streams) = other.peer.said() {
            self.peer.max_streams.store(max_streams, Relaxed);
        }
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
        let limit = self.max_streams.min(self.peer.max_streams.load(Relaxed)).max(1);
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
    /// Hands a request to the connection.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future resets the stream.
    pub(super) fn begin(
        &self,
        mut request: Request<RequestBody>,
    ) -> impl Future<Output = Answer> + use<> {
        self.prepare(&mut request);
        let answer = self.connection.sender.clone().try_send_request(request);
        let peer = Arc::clone(&self.connection.peer);
        async move {
            let answer = answer.await;
            if answer.is_ok() {
                peer.learn();
            }
            answer
        }
    }

    pub(super) fn key(&self) -> &Key {
        &self.connection.key
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
fn run(mut connection: Connection<TokioIo<Stream>, RequestBody, Spawner>, peer: Arc<Peer>) {
    spawn(async move {
        let ended = poll_fn(|cx| {
            peer.driver.get_or_init(|| cx.waker().clone());
            let polled = Pin::new(&mut connection).poll(cx);
            if peer.known.load(Relaxed) {
                peer.max_streams.store(connection.current_max_send_streams(), Relaxed);
            }
            polled
        });
        if let Err(error) = ended.await {
            tracing::debug!(%error, "HTTP/2 connection ended");
        }
    });
}
