//! What an upstream needs of whoever opens sockets.

use std::future::Future;
use std::time::Duration;

use airside_call::{BodyStream, CallError};
use bytes::Bytes;
use http_body::Body;

/// Sends one request and gives back the reply's headers and body.
///
/// Dropping the future or the body gives the request up: the upstream must
/// notice at once. Errors are already told in terms of a call.
pub trait Transport: Clone + Send + Sync + 'static {
    /// The body of a reply. Its errors tell a broken stream from a timeout.
    type Body: Body<Data = Bytes, Error = CallError> + Send + Unpin + 'static;

    /// Sends a request.
    fn send(
        &self,
        outgoing: Outgoing,
    ) -> impl Future<Output = Result<http::Response<Self::Body>, CallError>> + Send;
}

/// A request on its way out.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outgoing {
    /// The request. Its headers hold credentials.
    pub request: http::Request<OutgoingBody>,
    /// Whether the host was chosen by the operator or by a caller.
    pub reach: Reach,
    /// How long connecting and waiting for the reply's headers may take
    /// together.
    pub headers_within: Option<Duration>,
}

/// Who chose the host of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The provider table or the operator's configuration.
    Trusted,
    /// A caller: resolved addresses must pass the address policy.
    Checked,
}

/// The body of a request on its way out.
pub enum OutgoingBody {
    /// Slices, sent one after the other. None means no body at all.
    Slices(Vec<Bytes>),
    /// A body that is sent while it arrives, and its length if announced.
    Stream(BodyStream, Option<u64>),
}

impl std::fmt::Debug for OutgoingBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Slices(slices) => {
                write!(f, "Slices({} bytes)", slices.iter().map(Bytes::len).sum::<usize>())
            }
            Self::Stream(..) => f.write_str("Stream"),
        }
    }
}
