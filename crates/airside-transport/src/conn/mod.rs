//! HTTP over a connected stream.
//!
//! Not connecting and not pooling. Invariant: a request is handed to exactly
//! one connection; if it comes back, not a byte of it was written.

mod http1;
mod http2;

use std::future::Future;
use std::task::{Context, Poll};

use futures_util::future::Either;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;

use crate::body::RequestBody;

pub(crate) use http1::{Form, Http1};
pub(crate) use http2::{Http2, Lease};

/// hyper's answer to a request: a response, or an error that may contain the
/// request.
type Answer = Result<Response<Incoming>, TrySendError<Request<RequestBody>>>;

/// A connection a request can use.
///
/// # Cancel safety
///
/// Dropping it closes an HTTP/1 connection at once, whatever is going on.
#[derive(Debug)]
pub(crate) enum Lane {
    /// One request at a time.
    Http1(Box<Http1>),
    /// A place on a shared connection.
    Http2(Lease),
}

impl Lane {
    /// Hands a request to the connection. The answer comes as long as it is
    /// polled with [`poll_with`](Self::poll_with).
    pub(crate) fn begin(
        &mut self,
        request: Request<RequestBody>,
    ) -> impl Future<Output = Answer> + use<> {
        match self {
            Self::Http1(connection) => Either::Left(connection.begin(request)),
            Self::Http2(lease) => Either::Right(lease.begin(request)),
        }
    }

    /// Polls an answer, or a body, that comes over this connection.
    pub(crate) fn poll_with<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut source: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        match self {
            Self::Http1(connection) => connection.poll_with(cx, source),
            Self::Http2(_) => source(cx),
        }
    }

    /// `host:port` of the upstream, for messages.
    pub(crate) fn authority(&self) -> Box<str> {
        match self {
            Self::Http1(connection) => connection.key.host_and_port(),
            Self::Http2(lease) => lease.key().host_and_port(),
        }
    }
}
