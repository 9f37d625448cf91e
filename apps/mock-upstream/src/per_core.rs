//! Runs a hyper service on one current-thread runtime per core, each with its own listening
//! socket on the same port (`SO_REUSEPORT`), so that a connection never leaves its thread.
//!
//! It knows nothing of what the service does. Services need be neither `Send` nor `Sync`: each
//! thread makes its own.

use std::error::Error;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::task::{LocalSet, spawn_local};

/// Connections the kernel holds for a thread that is busy. Enough for the load tool's largest
/// burst, which opens 500 at once.
const BACKLOG: i32 = 1024;

/// Pause after an `accept` that failed, so that running out of file descriptors does not spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// Opens one listening socket per thread on the same address.
///
/// Port 0 takes one free port for all of them.
pub fn bind(address: SocketAddr, threads: usize) -> io::Result<Vec<TcpListener>> {
    let first = reusable_listener(address)?;
    let address = first.local_addr()?;
    let mut listeners = vec![first];
    for _ in 1..threads {
        listeners.push(reusable_listener(address)?);
    }
    Ok(listeners)
}

/// The address all listeners of [`bind`] share.
///
/// # Errors
///
/// Fails if there is no listener.
pub fn local_address(listeners: &[TcpListener]) -> io::Result<SocketAddr> {
    listeners.first().ok_or(io::ErrorKind::InvalidInput)?.local_addr()
}

/// Serves HTTP/1.1 on every listener, one thread each, with a service made on that thread.
///
/// Returns only when a runtime cannot be started; connections are served until the process ends.
pub fn serve<M, S, B>(listeners: Vec<TcpListener>, make: M) -> io::Result<()>
where
    M: Fn() -> S + Sync,
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    thread::scope(|scope| {
        let threads: Vec<_> = listeners
            .into_iter()
            .map(|listener| scope.spawn(|| serve_one(listener, make())))
            .collect();
        for thread in threads {
            thread.join().map_err(|_| io::Error::other("a serving thread panicked"))??;
        }
        Ok(())
    })
}

fn serve_one<S, B>(listener: TcpListener, service: S) -> io::Result<()>
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(LocalSet::new().run_until(async move {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(None);
        loop {
            let Ok((stream, _peer)) = listener.accept().await else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            // Without it Nagle's algorithm would hold small chunks back for an acknowledgment.
            if stream.set_nodelay(true).is_err() {
                continue;
            }
            let connection = http.serve_connection(TokioIo::new(stream), service.clone());
            spawn_local(async move {
                // A peer that goes away in the middle is the peer's affair.
                drop(connection.await);
            });
        }
    }))
}

fn reusable_listener(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_port(true)?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
