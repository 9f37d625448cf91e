//! Between the leaf service and what opens sockets: the HTTP client, or the
//! built-in echo upstream.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use airside_call::{BodyStream, CallError, ErrorKind, TimeoutKind};
use airside_transport::{Client, Destination, RequestBody, ResponseBody, TransportError};
use airside_upstream::echo::{Echo, EchoBody};
use airside_upstream::{Outgoing, OutgoingBody, Reach, Transport};
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tower_service::Service;

/// Sends over the network, or to the built-in upstream for `echo://` URLs.
#[derive(Debug, Clone)]
pub(crate) struct Sockets {
    client: Client,
    echo: Echo,
}

impl Sockets {
    pub(crate) fn new(client: Client, echo: Echo) -> Self {
        Self { client, echo }
    }
}

impl Transport for Sockets {
    type Body = ReplyPieces;

    fn send(
        &self,
        outgoing: Outgoing,
    ) -> impl Future<Output = Result<http::Response<ReplyPieces>, CallError>> + Send {
        let (client, echo) = (self.client.clone(), self.echo.clone());
        async move {
            let within = outgoing.headers_within;
            if outgoing.request.uri().scheme_str() == Some("echo") {
                let response = limited(within, echo.send(outgoing)).await?;
                return Ok(response.map(ReplyPieces::Echo));
            }
            let response = limited(within, network(client, outgoing)).await?;
            Ok(response.map(ReplyPieces::Network))
        }
    }
}

/// Runs a send under the time the caller or the configuration gave it.
async fn limited<T>(
    within: Option<std::time::Duration>,
    send: impl Future<Output = Result<T, CallError>>,
) -> Result<T, CallError> {
    let Some(within) = within else { return send.await };
    match tokio::time::timeout(within, send).await {
        Ok(result) => result,
        // The text is the compatible gateway's; clients match on it.
        Err(_) => Err(CallError::new(
            ErrorKind::Timeout(TimeoutKind::Request),
            format!("Request exceeded the timeout sent in the request: {}ms", within.as_millis()),
        )
        .with_type("timeout_error")),
    }
}

async fn network(
    mut client: Client,
    outgoing: Outgoing,
) -> Result<http::Response<ResponseBody>, CallError> {
    let reach = outgoing.reach;
    let (head, body) = outgoing.request.into_parts();
    let (body, failure) = sent(body);
    let mut request = http::Request::from_parts(head, body);
    request.extensions_mut().insert(match reach {
        Reach::Trusted => Destination::Trusted,
        Reach::Checked => Destination::Checked,
    });
    client.call(request).await.map_err(|error| {
        // A request whose body failed did not fail because of the upstream.
        let cause = failure.and_then(|failure| failure.get().cloned());
        cause.unwrap_or_else(|| told(&error))
    })
}

/// Why a streamed body failed, if it did. HTTP/2 tells its sender only that the
/// request was reset.
type Failure = Arc<OnceLock<CallError>>;

fn sent(body: OutgoingBody) -> (RequestBody, Option<Failure>) {
    match body {
        OutgoingBody::Slices(slices) => (RequestBody::slices(slices), None),
        OutgoingBody::Stream(pieces, length) => {
            let failure = Failure::default();
            let upload = Upload { pieces, length, failure: Arc::clone(&failure) };
            (RequestBody::stream(upload), Some(failure))
        }
    }
}

/// A request's body that is sent while it arrives.
struct Upload {
    pieces: BodyStream,
    /// The length the caller announced.
    length: Option<u64>,
    failure: Failure,
}

impl Body for Upload {
    type Data = Bytes;
    type Error = CallError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CallError>>> {
        let next = ready!(self.pieces.as_mut().poll_next(cx));
        if let Some(Err(error)) = &next {
            // The first failure ends the body, so there is no second one.
            let _ = self.failure.set(error.clone());
        }
        Poll::Ready(next.map(|piece| piece.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// Tells a transport error in terms of a call.
fn told(error: &TransportError) -> CallError {
    let kind = match error {
        TransportError::Timeout { which, .. } => ErrorKind::Timeout(match which {
            airside_transport::TimeoutKind::Connect => TimeoutKind::Connect,
            airside_transport::TimeoutKind::FirstByte => TimeoutKind::FirstByte,
            airside_transport::TimeoutKind::BetweenFrames => TimeoutKind::BetweenFrames,
            _ => TimeoutKind::Total,
        }),
        TransportError::Refused(_) | TransportError::Request { .. } => ErrorKind::InvalidRequest,
        TransportError::Resolve { .. }
        | TransportError::Connect { .. }
        | TransportError::Tls { .. }
        | TransportError::Proxy { .. } => ErrorKind::UpstreamUnavailable,
        TransportError::Config { .. } => ErrorKind::Internal,
        _ => ErrorKind::UpstreamFailed,
    };
    let message = match error {
        TransportError::Refused(_) => format!("Invalid custom host: {}", error.with_causes()),
        _ => error.with_causes().to_string(),
    };
    CallError::new(kind, message)
}

/// The body of a reply, wherever it comes from.
#[derive(Debug)]
pub(crate) enum ReplyPieces {
    Network(ResponseBody),
    Echo(EchoBody),
}

impl Body for ReplyPieces {
    type Data = Bytes;
    type Error = CallError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CallError>>> {
        match self.get_mut() {
            Self::Network(body) => Pin::new(body)
                .poll_frame(cx)
                .map(|next| next.map(|frame| frame.map_err(|error| told(&error)))),
            Self::Echo(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Network(body) => body.is_end_stream(),
            Self::Echo(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Network(body) => body.size_hint(),
            Self::Echo(body) => body.size_hint(),
        }
    }
}
