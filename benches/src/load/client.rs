//! A client connection that costs little: requests are bytes made before the run, responses are
//! read past by [`Reader`].
//!
//! It is not a pool; whoever drives load decides how many there are. A request is repeated once
//! only if its connection had been used before and closed before a byte of the response came,
//! which is how servers end idle connections.

use std::io::ErrorKind;
use std::net::SocketAddr;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::error::LoadError;
use super::http1::{Ended, Reader};

/// A client of one server with at most one connection.
#[derive(Debug)]
pub(crate) struct Client {
    server: SocketAddr,
    connection: Option<Connection>,
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    received: BytesMut,
    reader: Reader,
}

impl Client {
    /// A client that connects with its first request.
    pub(crate) fn new(server: SocketAddr) -> Self {
        Self { server, connection: None }
    }

    /// Sends a request and reads the response to its end; the status has to be 200.
    pub(crate) async fn exchange(
        &mut self,
        request: &[u8],
        mut body: impl FnMut(&[u8]),
    ) -> Result<(), LoadError> {
        let reused = self.connection.is_some();
        self.send(request).await?;
        let mut first = self.receive(&mut body).await;
        if reused && matches!(first, Received::Nothing) {
            self.connection = None;
            self.send(request).await?;
            first = self.receive(&mut body).await;
        }
        while let Received::Part = first {
            first = self.receive(&mut body).await;
        }
        self.settle(first)
    }

    /// Sends a request and reads the response only until `enough` says so. The rest comes in
    /// unread for as long as the client lives.
    pub(crate) async fn begin(
        &mut self,
        request: &[u8],
        mut enough: impl FnMut(&[u8]) -> bool,
    ) -> Result<(), LoadError> {
        self.send(request).await?;
        let mut satisfied = false;
        loop {
            let received = self.receive(|data| satisfied |= enough(data)).await;
            match received {
                _ if satisfied => return Ok(()),
                Received::Part => {}
                other => {
                    self.settle(other)?;
                    return Err(LoadError::Answer("the response ended too early".to_owned()));
                }
            }
        }
    }

    async fn send(&mut self, request: &[u8]) -> Result<(), LoadError> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(Connection::open(self.server).await?),
        };
        let written = connection.stream.write_all(request).await;
        match written {
            Ok(()) => Ok(()),
            // An answer may have been sent before the connection was closed; reading tells.
            Err(error)
                if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) =>
            {
                Ok(())
            }
            Err(error) => Err(LoadError::io("writing the request")(error)),
        }
    }

    async fn receive(&mut self, body: impl FnMut(&[u8])) -> Received {
        match &mut self.connection {
            Some(connection) => connection.receive(body).await,
            None => Received::Nothing,
        }
    }

    fn settle(&mut self, received: Received) -> Result<(), LoadError> {
        match received {
            Received::Whole(ended) => {
                if ended.close {
                    self.connection = None;
                }
                if ended.status == 200 {
                    return Ok(());
                }
                Err(LoadError::Answer(format!("answered with status {}", ended.status)))
            }
            Received::Nothing | Received::Part => {
                Err(LoadError::Answer("the connection was closed without an answer".to_owned()))
            }
            Received::Broken(reason) => Err(LoadError::Answer(reason)),
        }
    }
}

enum Received {
    /// The connection was closed before the first byte of a response.
    Nothing,
    Part,
    Whole(Ended),
    Broken(String),
}

impl Connection {
    async fn open(server: SocketAddr) -> Result<Self, LoadError> {
        let stream = TcpStream::connect(server).await;
        let stream = stream.map_err(LoadError::io(format!("connecting to {server}")))?;
        stream.set_nodelay(true).map_err(LoadError::io("setting TCP_NODELAY"))?;
        Ok(Self { stream, received: BytesMut::with_capacity(16 << 10), reader: Reader::default() })
    }

    /// One read of the socket, and what it brought.
    async fn receive(&mut self, body: impl FnMut(&[u8])) -> Received {
        let fresh = self.received.is_empty() && self.reader.is_fresh();
        self.received.reserve(4 << 10);
        match self.stream.read_buf(&mut self.received).await {
            Ok(0) | Err(_) if fresh => return Received::Nothing,
            Ok(0) => return self.reader.closed().map_or_else(Received::Broken, Received::Whole),
            Err(error) => return Received::Broken(format!("reading the response: {error}")),
            Ok(_) => {}
        }
        match self.reader.read(&self.received, body) {
            Ok(progress) => {
                self.received.advance(progress.consumed);
                progress.ended.map_or(Received::Part, Received::Whole)
            }
            Err(reason) => Received::Broken(reason),
        }
    }
}
