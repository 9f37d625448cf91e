//! HTTP over a connected stream.
//!
//! Not connecting and not pooling. Invariant: a request is handed to exactly
//! one connection; if it comes back, not a byte of it was written.

mod http1;
mod http2;

use http::Request;

use crate::body::RequestBody;
use crate::error::TransportError;

pub(crate) use http1::{Form, Http1};
pub(crate) use http2::{Http2, Lease};

/// A connection a request can use.
#[derive(Debug)]
pub(crate) enum Lane {
    /// One request at a time.
    Http1(Box<Http1>),
    /// A place on a shared connection.
    Http2(Lease),
}

/// Why there is no response.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: TransportError,
    /// The request, if not a byte of it was written.
    pub(crate) unsent: Option<Box<Request<RequestBody>>>,
}

impl Failure {
    fn new(
        authority: &str,
        mut failure: hyper::client::conn::TrySendError<Request<RequestBody>>,
    ) -> Self {
        let unsent = failure.take_message().map(Box::new);
        Self { error: TransportError::from_exchange(authority, failure.into_error()), unsent }
    }
}

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        Self { error, unsent: None }
    }
}
