//! Connecting to one of several addresses.
//!
//! Invariant: a host with one dead address (commonly a broken IPv6 route) costs
//! a short delay, not the whole connect timeout (RFC 8305, "Happy Eyeballs").

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;
use tokio::time::sleep;

/// How long an attempt goes on alone (RFC 8305, section 5).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Connects to whichever address answers first, beginning with the first one.
///
/// # Errors
///
/// The error of the attempt that failed last; `AddrNotAvailable` for no
/// addresses.
pub(crate) async fn connect(
    addresses: Vec<SocketAddr>,
    keepalive: Option<Duration>,
) -> io::Result<TcpStream> {
    let stream = match addresses.as_slice() {
        [address] => TcpStream::connect(*address).await?,
        _ => race(alternate_families(addresses)).await?,
    };
    // A request is written at once; waiting for more to send only delays it.
    stream.set_nodelay(true)?;
    if let Some(silence) = keepalive {
        SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(silence))?;
    }
    Ok(stream)
}

async fn race(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    let mut waiting = addresses.into_iter();
    let mut running = FuturesUnordered::new();
    let mut failure = io::Error::new(io::ErrorKind::AddrNotAvailable, "the host has no address");
    loop {
        match waiting.next() {
            Some(address) => running.push(TcpStream::connect(address)),
            None if running.is_empty() => return Err(failure),
            None => {}
        }
        let delay = if waiting.len() > 0 { ATTEMPT_DELAY } else { Duration::MAX };
        match select(running.next(), Box::pin(sleep(delay))).await {
            Either::Left((Some(Ok(stream)), _)) => return Ok(stream),
            Either::Left((Some(Err(error)), _)) => failure = error,
            Either::Left((None, _)) | Either::Right(_) => {}
        }
    }
}

/// Puts addresses of the two families in turn, keeping the order within each.
fn alternate_families(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let first_is_v6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) =
        addresses.into_iter().partition(|address| address.is_ipv6() == first_is_v6);
    let mut second = second.into_iter();
    let mut mixed: Vec<_> =
        first.into_iter().flat_map(|address| [Some(address), second.next()]).flatten().collect();
    mixed.extend(second);
    mixed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(list: &[&str]) -> Vec<SocketAddr> {
        list.iter().map(|address| address.parse().unwrap()).collect()
    }

    #[test]
    fn families_alternate_beginning_with_the_preferred_one() {
        let given = addresses(&["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1"]);
        let wanted = addresses(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "[::3]:1"]);
        assert_eq!(alternate_families(given), wanted);
        let given = addresses(&["1.1.1.1:1", "[::1]:1", "[::2]:1"]);
        let wanted = addresses(&["1.1.1.1:1", "[::1]:1", "[::2]:1"]);
        assert_eq!(alternate_families(given), wanted);
    }

    #[tokio::test]
    async fn the_address_that_answers_wins() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (open, dead) = (listener.local_addr().unwrap(), closed.local_addr().unwrap());
        drop(closed);
        let stream = connect(vec![dead, open], Some(Duration::from_secs(7))).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), open);
        assert!(stream.nodelay().unwrap());
        assert!(SockRef::from(&stream).keepalive().unwrap());
        let error = connect(vec![dead, dead], None).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        assert_eq!(
            connect(vec![], None).await.unwrap_err().kind(),
            io::ErrorKind::AddrNotAvailable
        );
    }
}
