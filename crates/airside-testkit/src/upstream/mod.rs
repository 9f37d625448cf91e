//! A scripted upstream on loopback: a function from a request to an [`Answer`].
//!
//! It speaks HTTP/1.1 without TLS, on a thread of its own, so that it serves tests with any
//! runtime or none. It keeps what arrived as it arrived and knows when a peer goes away.

mod answer;
mod body;
mod log;
mod socket;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

pub use answer::Answer;
pub use log::Received;

use crate::Gate;
use body::{Broken, Script};
use log::{Log, Watched};
use socket::Socket;

/// The most bytes of a request's body that are kept.
const KEPT_BODY: usize = 64 * 1024 * 1024;

/// A running upstream. Dropping it closes every connection.
#[derive(Debug)]
pub struct Upstream {
    address: SocketAddr,
    log: Arc<Log>,
    stop: Gate,
    thread: Option<JoinHandle<()>>,
}

type Answering = dyn Fn(&Received) -> Answer + Send + Sync;

impl Upstream {
    /// Starts an upstream on a free port. `answering` is called for every request once it has
    /// arrived whole.
    ///
    /// # Errors
    ///
    /// If the system gives no port or no thread.
    pub fn start(
        answering: impl Fn(&Received) -> Answer + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Self::keeping(KEPT_BODY, answering)
    }

    /// Starts an upstream that keeps at most `kept` bytes of every request's body and counts the
    /// rest.
    pub fn keeping(
        kept: usize,
        answering: impl Fn(&Received) -> Answer + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let (log, stop) = (Arc::new(Log::default()), Gate::default());
        let shared = Shared { answering: Arc::new(answering), kept, log: Arc::clone(&log) };
        let stopped = stop.clone();
        let thread =
            std::thread::Builder::new().name("testkit-upstream".into()).spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = accept(listener, shared) => {}
                        () = stopped.passed() => {}
                    }
                });
            })?;
        Ok(Self { address, log, stop, thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its base URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request that arrived, in order.
    pub fn received(&self) -> Vec<Received> {
        self.log.received()
    }

    /// Bytes of request bodies that arrived, also of those that are still arriving.
    pub fn body_bytes(&self) -> u64 {
        self.log.body_bytes()
    }

    /// Waits until `count` requests have arrived.
    ///
    /// # Panics
    ///
    /// If that takes 20 s. Not for tests with paused time, where that is no time at all.
    pub async fn until_received(&self, count: usize) {
        self.log.until_received(count).await;
    }

    /// Waits until `count` bytes of request bodies have arrived, whole or not.
    ///
    /// # Panics
    ///
    /// As [`Upstream::until_received`].
    pub async fn until_body_bytes(&self, count: u64) {
        self.log.until_body_bytes(count).await;
    }

    /// Waits until `count` peers have gone away before they were answered whole.
    ///
    /// # Panics
    ///
    /// As [`Upstream::until_received`].
    pub async fn until_went_away(&self, count: usize) {
        self.log.until_went_away(count).await;
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.stop.open();
        if let Some(thread) = self.thread.take() {
            // A panic of its thread was a panic of the script, which its test has seen as a
            // closed connection.
            let _ = thread.join();
        }
    }
}

#[derive(Clone)]
struct Shared {
    answering: Arc<Answering>,
    kept: usize,
    log: Arc<Log>,
}

async fn accept(listener: TcpListener, shared: Shared) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                connections.spawn(connection(stream, shared.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, shared: Shared) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let reset = Arc::new(AtomicBool::new(false));
    let socket = Socket { stream, reset: Arc::clone(&reset) };
    let service = service_fn(move |request| {
        let (shared, reset) = (shared.clone(), Arc::clone(&reset));
        async move { exchange(request, shared, reset).await }
    });
    // How a connection ends is part of the script, not an error.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(socket), service)
        .await;
}

async fn exchange(
    request: http::Request<Incoming>,
    shared: Shared,
    reset: Arc<AtomicBool>,
) -> Result<http::Response<Script>, Broken> {
    let mut watched = Watched::new(Arc::clone(&shared.log));
    let (parts, body) = request.into_parts();
    let Some((body, body_bytes)) = keep(body, &shared).await else {
        // Dropping what watches over the exchange tells that the peer went away.
        return Err(Broken);
    };
    let http::request::Parts { method, uri, headers, .. } = parts;
    let received = Received { method, uri, headers, body, body_bytes };
    let answer = (shared.answering)(&received);
    shared.log.add(received);
    if let Some(gate) = &answer.before {
        gate.passed().await;
    }
    let Answer { status, headers, steps, length, .. } = answer;
    if steps.is_empty() {
        watched.complete();
    }
    let script = Script { steps, length, waiting: None, reset, watched };
    let mut response = http::Response::new(script);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// The beginning of a body and its size; none if it breaks off.
async fn keep(mut body: Incoming, shared: &Shared) -> Option<(Bytes, u64)> {
    let mut kept = BytesMut::new();
    let mut size = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.ok()?.into_data() else { continue };
        size += data.len() as u64;
        shared.log.body_piece(data.len());
        let room = shared.kept.saturating_sub(kept.len()).min(data.len());
        kept.extend_from_slice(data.get(..room).unwrap_or_default());
    }
    Some((kept.freeze(), size))
}
