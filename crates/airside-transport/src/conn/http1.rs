//! An HTTP/1 connection that is driven by whoever uses it.
//!
//! The usual way is a task per connection, to and from which every request and
//! every chunk of a response hops through a channel. Here the future of the
//! request, and then the body of the response, poll the connection themselves:
//! no task, no hop, and dropping them closes the connection on the spot.
//!
//! hyper's connection wakes the task that polled it last whenever the request
//! or the body hands something over. As both sides are the same task here, such
//! a wake-up would only poll everything once more for nothing. So a connection
//! is first polled with a waker that does nothing, and with the caller's only
//! if there was nothing to be had.
//!
//! Invariant: `Pending` is returned only after the caller's waker was given to
//! the connection.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use http::header::{CONTENT_LENGTH, HOST, PROXY_AUTHORIZATION, TRANSFER_ENCODING};
use http::{HeaderValue, Method, Request, Uri, Version};
use http_body::Body;
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::time::Instant;

use super::Answer;
use crate::body::RequestBody;
use crate::connect::Stream;
use crate::error::TransportError;
use crate::key::Key;
use crate::timeouts::Timer;

/// How requests on a connection name their target (RFC 9112, section 3.2).
#[derive(Clone, Debug)]
pub(crate) enum Form {
    /// By path, to the upstream itself or through a tunnel.
    Origin,
    /// By URL, to a proxy, with the value of `proxy-authorization` it wants.
    Absolute(Option<HeaderValue>),
}

/// One HTTP/1 connection.
#[derive(Debug)]
pub(crate) struct Http1 {
    pub(crate) key: Key,
    /// The timer of the last request, still running; see the watchdog.
    pub(crate) timer: Timer,
    /// When it was last put into the pool.
    pub(crate) idle_since: Instant,
    host: HeaderValue,
    form: Form,
    /// Whether a request was handed over and the connection not polled since.
    just_begun: bool,
    sender: SendRequest<RequestBody>,
    /// `None` once it is closed.
    connection: Option<Connection<TokioIo<Stream>, RequestBody>>,
}

impl Http1 {
    /// Prepares a connected stream for requests.
    pub(crate) async fn handshake(
        stream: Stream,
        key: Key,
        form: Form,
        max_head_bytes: usize,
    ) -> Result<Box<Self>, TransportError> {
        let handshake =
            Builder::new().max_header_size(max_head_bytes).handshake(TokioIo::new(stream));
        let (sender, connection) = handshake
            .await
            .map_err(|error| TransportError::from_exchange(key.host_and_port(), error))?;
        Ok(Box::new(Self {
            timer: None,
            idle_since: Instant::now(),
            host: key.host_header()?,
            key,
            form,
            just_begun: false,
            sender,
            connection: Some(connection),
        }))
    }

    /// Whether the last exchange is complete and another one can follow.
    pub(crate) fn is_idle(&self) -> bool {
        self.connection.is_some() && self.sender.is_ready()
    }

    /// As [`is_idle`](Self::is_idle), after taking note of what has arrived
    /// meanwhile, such as the end of the connection.
    pub(crate) fn is_still_idle(&mut self) -> bool {
        self.drive(&mut Context::from_waker(Waker::noop()));
        self.is_idle()
    }

    /// Hands a request to the connection.
    pub(super) fn begin(
        &mut self,
        mut request: Request<RequestBody>,
    ) -> impl Future<Output = Answer> + use<> {
        self.prepare(&mut request);
        self.just_begun = true;
        self.sender.try_send_request(request)
    }

    /// Polls what comes over this connection, driving the connection as far as
    /// necessary.
    pub(super) fn poll_with<T>(
        &mut self,
        cx: &mut Context<'_>,
        mut source: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let mut quiet = Context::from_waker(Waker::noop());
        // The first time there is only a request to be written.
        if !std::mem::take(&mut self.just_begun) {
            self.drive(&mut quiet);
            if let Poll::Ready(item) = source(&mut quiet) {
                return Poll::Ready(item);
            }
        }
        self.drive(cx);
        // Only the connection makes the source ready, and it was just given the
        // caller's waker.
        source(&mut quiet)
    }

    fn drive(&mut self, cx: &mut Context<'_>) {
        let Some(connection) = &mut self.connection else { return };
        // An error goes to the request or the body that waits for this
        // connection; without one, nobody is concerned.
        if Pin::new(connection).poll(cx).is_ready() {
            // Dropped at once, so that a request it has not taken comes back.
            self.connection = None;
        }
    }

    fn prepare(&self, request: &mut Request<RequestBody>) {
        *request.version_mut() = Version::HTTP_11;
        let path = request.uri().path_and_query().cloned();
        *request.uri_mut() = match (&self.form, path) {
            (Form::Origin, Some(path)) => Uri::from(path),
            (Form::Origin, None) => Uri::from_static("/"),
            (Form::Absolute(_), path) => self.key.absolute(path),
        };
        // hyper announces the length of a body, but not that there is none,
        // without which some servers refuse a POST (RFC 9110, section 8.6).
        let announce_none = request.body().is_end_stream()
            && matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH);
        let headers = request.headers_mut();
        // The length is that of the body given, whatever the caller's headers
        // say: two opinions about it are how requests are smuggled.
        headers.remove(CONTENT_LENGTH);
        headers.remove(TRANSFER_ENCODING);
        if announce_none {
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        if !headers.contains_key(HOST) {
            headers.insert(HOST, self.host.clone());
        }
        if let Form::Absolute(Some(authorization)) = &self.form {
            headers.insert(PROXY_AUTHORIZATION, authorization.clone());
        }
    }
}
