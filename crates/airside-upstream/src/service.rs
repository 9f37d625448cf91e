//! The leaf service.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use airside_call::{Attempt, Call, CallError, ErrorKind, Reply, ReplyBody, ServedBy};
use airside_dialects::Reader;
use airside_schema::DialectId;
use airside_wire::Str;
use http::{HeaderMap, StatusCode, header};
use tower_service::Service;

use crate::decompress::{self, Readable};
use crate::request::{self, Prepared};
use crate::{Target, Transport, body, fault, headers, stream, unary};

/// Limits of what is kept of one reply.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct UpstreamConfig {
    /// The most bytes of a reply that has to be read whole.
    pub max_reply_bytes: usize,
    /// The most bytes of one frame of a stream.
    pub max_frame_bytes: usize,
    /// The most bytes of an error reply.
    pub max_fault_bytes: usize,
}

impl Default for UpstreamConfig {
    fn default() -> Self {
        let mib = 1024 * 1024;
        Self { max_reply_bytes: 128 * mib, max_frame_bytes: 32 * mib, max_fault_bytes: mib }
    }
}

/// Calls providers over a transport.
#[derive(Debug, Clone)]
pub struct Upstream<T> {
    transport: T,
    config: Arc<UpstreamConfig>,
}

impl<T: Transport> Upstream<T> {
    /// Calls providers over `transport`.
    pub fn new(transport: T, config: UpstreamConfig) -> Self {
        Self { transport, config: Arc::new(config) }
    }

    /// A service that calls one target.
    pub fn service(&self, target: Arc<Target>) -> UpstreamService<T> {
        UpstreamService { upstream: self.clone(), target }
    }

    /// Calls a target once.
    ///
    /// Dropping the future gives the call up and the upstream notices.
    pub async fn call(&self, target: &Target, call: Call) -> Result<Reply, CallError> {
        call.context.notes.with(|notes| notes.target_path = Some(target.path.clone()));
        let prepared = request::prepare(&call, target)?;
        let Prepared { outgoing, dialect, plan, memo, loss, stream, attempt } = prepared;
        // Only what the answering target lost counts.
        call.context.notes.with(|notes| notes.loss = loss);
        let sent = call.context.clock.instant();
        let result = self.transport.send(outgoing).await;
        let took = call.context.clock.instant().saturating_duration_since(sent);
        note(&call, attempt, &result, took);
        let (mut parts, body) = result?.into_parts();
        let readable = decompress::readable(&mut parts.headers, body)?;
        let reading = Reading {
            call,
            dialect,
            plan,
            memo,
            stream,
            config: Arc::clone(&self.config),
            provider: target.provider_id.clone(),
        };
        let mut reply =
            reading.reply(parts.status, headers::returning(parts.headers), readable).await?;
        reply.served_by = ServedBy::new(target.provider_id.clone(), target.strict);
        Ok(reply)
    }
}

fn note<B>(
    call: &Call,
    mut attempt: Attempt,
    result: &Result<http::Response<B>, CallError>,
    took: std::time::Duration,
) {
    match result {
        Ok(response) => {
            attempt.status = Some(response.status().as_u16());
            attempt.first_byte = Some(took);
        }
        Err(error) => attempt.error = Some(error.kind()),
    }
    call.context.notes.with(|notes| notes.attempts.push(attempt));
}

/// Reading one reply.
pub(crate) struct Reading {
    pub(crate) call: Call,
    /// The dialect the upstream was spoken to in.
    pub(crate) dialect: DialectId,
    pub(crate) plan: airside_call::Plan,
    pub(crate) memo: airside_schema::codec::Memo,
    /// The upstream was asked for a stream.
    pub(crate) stream: bool,
    pub(crate) config: Arc<UpstreamConfig>,
    pub(crate) provider: Str,
}

impl Reading {
    async fn reply<B>(
        self,
        status: StatusCode,
        headers: HeaderMap,
        body: Readable<B>,
    ) -> Result<Reply, CallError>
    where
        B: http_body::Body<Data = bytes::Bytes, Error = CallError> + Send + Unpin + 'static,
    {
        let reader = airside_dialects::reader(self.dialect);
        if status.is_redirection() && reader.is_some() {
            return Err(redirected(status));
        }
        if !status.is_success() && !status.is_redirection() {
            return Err(self.rejected(status, headers, body).await);
        }
        let Some(reader) = reader else { return Ok(stream::opaque(status, headers, body)) };
        self.read(reader, status, headers, body).await
    }

    async fn read<B>(
        self,
        reader: Reader,
        status: StatusCode,
        headers: HeaderMap,
        body: Readable<B>,
    ) -> Result<Reply, CallError>
    where
        B: http_body::Body<Data = bytes::Bytes, Error = CallError> + Send + Unpin + 'static,
    {
        let frames = match content(&headers) {
            Content::Frames => true,
            Content::Json => false,
            Content::Unknown => self.stream,
            Content::Other => return Ok(stream::opaque(status, headers, body)),
        };
        let mut reply = Reply::new(status, ReplyBody::Raw(bytes::Bytes::new()));
        reply.headers = headers;
        reply.body = match (frames, self.plan) {
            (true, airside_call::Plan::Translated) => stream::translated(&self, body)?,
            (true, _) => stream::verbatim(&self, reader, body),
            (false, _) => unary::read(self, reader, body).await?,
        };
        Ok(reply)
    }

    async fn rejected<B>(
        self,
        status: StatusCode,
        headers: HeaderMap,
        body: Readable<B>,
    ) -> CallError
    where
        B: http_body::Body<Data = bytes::Bytes, Error = CallError> + Send + Unpin + 'static,
    {
        match body::collect(body, self.config.max_fault_bytes).await {
            Ok(body) => fault::rejected(self.dialect, self.provider, (status, headers, body)),
            Err(error) => error,
        }
    }
}

fn redirected(status: StatusCode) -> CallError {
    CallError::new(
        ErrorKind::UpstreamFailed,
        format!(
            "the upstream answered with a redirect ({}), which is never followed; \
             set the provider's final address as its base URL or custom_host",
            status.as_u16()
        ),
    )
}

/// What a reply says it holds.
enum Content {
    Frames,
    Json,
    Other,
    Unknown,
}

fn content(headers: &HeaderMap) -> Content {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Content::Unknown };
    let media_type = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
    let is = |name: &[u8]| media_type.trim_ascii().eq_ignore_ascii_case(name);
    if is(b"text/event-stream") {
        Content::Frames
    } else if is(b"application/json") {
        Content::Json
    } else if media_type.starts_with(b"text/") || is(b"application/octet-stream") {
        // Some servers label either wrongly; what was asked for decides.
        Content::Unknown
    } else {
        Content::Other
    }
}

/// [`Upstream`] with a target, as a tower service.
#[derive(Debug, Clone)]
pub struct UpstreamService<T> {
    upstream: Upstream<T>,
    target: Arc<Target>,
}

impl<T: Transport> Service<Call> for UpstreamService<T> {
    type Response = Reply;
    type Error = CallError;
    type Future = Pin<Box<dyn Future<Output = Result<Reply, CallError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), CallError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: Call) -> Self::Future {
        let (upstream, target) = (self.upstream.clone(), Arc::clone(&self.target));
        Box::pin(async move { upstream.call(&target, call).await })
    }
}
