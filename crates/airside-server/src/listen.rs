//! Sockets to listen on: one a worker, all on the same port.

use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use socket2::{Domain, Protocol, Socket, Type};

use crate::ServerError;

/// Connections the system holds until a worker accepts them.
const BACKLOG: i32 = 1024;

/// Binds `count` listeners to one address; the system spreads connections
/// over them. Port 0 takes a free one, the same for all.
///
/// # Errors
///
/// If the address cannot be resolved or bound.
pub fn bind(host: &str, port: u16, count: usize) -> Result<Vec<TcpListener>, ServerError> {
    let name = format!("{host}:{port}");
    let failed = |source| ServerError::Listen { address: name.clone(), source };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let mut address =
        (bare, port).to_socket_addrs().map_err(failed)?.next().ok_or_else(|| {
            ServerError::setting("listen.host", format!("`{host}` has no address"))
        })?;
    let mut listeners = Vec::with_capacity(count);
    for _ in 0..count.max(1) {
        let listener = listen(address, count > 1).map_err(failed)?;
        address = listener.local_addr().map_err(failed)?;
        listeners.push(listener);
    }
    Ok(listeners)
}

fn listen(address: SocketAddr, shared: bool) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    if shared {
        socket.set_reuse_port(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
