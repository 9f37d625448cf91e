//! The HTTP service of one worker.

use std::convert::Infallible;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use airside_call::{Call, CallError, Clock, Context, ErrorKind, Incoming, Payload};
use airside_schema::{DialectId, Operation};
use airside_telemetry::{OpenRecord, Pipeline};
use airside_wire::Str;
use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderMap, Method, Request, Response, request};
use http_body::Body;
use tower_service::Service;

use crate::Drain;
use crate::compose::{Found, Routes, Shared};
use crate::edge::control::Control;
use crate::edge::egress;
use crate::edge::fault::Audience;
use crate::edge::ingress;
use crate::edge::{EdgeBody, ReadLimits};
use crate::local;
use crate::routes::{self, Meaning, Route};

/// Answers HTTP requests. Clones share the worker's connections.
#[derive(Debug, Clone)]
pub struct HttpService(pub(crate) Arc<Worker>);

#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) shared: Arc<Shared>,
    pub(crate) routes: Routes,
    pub(crate) pipeline: Pipeline,
    pub(crate) clock: Clock,
    pub(crate) drain: Drain,
    pub(crate) limits: Limits,
}

/// Limits of one request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) read: ReadLimits,
    pub(crate) max_head_bytes: usize,
    pub(crate) keep_alive: Option<Duration>,
}

impl<B> Service<Request<B>> for HttpService
where
    B: Body<Data = Bytes> + Send + 'static,
{
    type Response = Response<EdgeBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<EdgeBody>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let worker = Arc::clone(&self.0);
        Box::pin(async move { Ok(worker.answer(request).await) })
    }
}

/// A call that was read, and its route or why it has none.
struct Asked {
    incoming: Incoming,
    found: Result<Found, CallError>,
}

impl Worker {
    async fn answer<B>(self: Arc<Self>, request: Request<B>) -> Response<EdgeBody>
    where
        B: Body<Data = Bytes> + Send + 'static,
    {
        let (pipeline, clock) = (self.pipeline.clone(), self.clock.clone());
        let path = Str::from(request.uri().path());
        let mut record = OpenRecord::open(pipeline, clock, method(request.method()), path);
        // A bug in one call must not end the connection, let alone the process.
        let handled = AssertUnwindSafe(self.handle(request, &mut record)).catch_unwind();
        let response = handled.await.unwrap_or_else(|_| {
            let error = CallError::new(ErrorKind::Internal, "the gateway failed on this request");
            egress::refuse(&error, audience(Operation::Proxy, DialectId::OPENAI_OTHER, false))
        });
        record.status(response.status().as_u16());
        response.map(|body| body.recorded(record))
    }

    /// Answers by itself or finds out which call it is.
    async fn handle<B>(&self, request: Request<B>, record: &mut OpenRecord) -> Response<EdgeBody>
    where
        B: Body<Data = Bytes> + Send + 'static,
    {
        let (mut parts, body) = request.into_parts();
        let headers = std::mem::take(&mut parts.headers);
        let control = Control::read(&headers);
        let portkey = control.portkey;
        let context = self.context(&headers, &control);
        record.identify(context.request_id.clone(), context.trace_id.clone());
        let uri = parts.uri.clone();
        let route = routes::find(&parts.method, uri.path(), &self.shared.registry);
        let chosen = control.chooses() || route.provider.is_some();
        if uri.path().len() + head_size(&headers) > self.limits.max_head_bytes {
            let error = head_too_large(self.limits.max_head_bytes);
            let audience = audience(Operation::Proxy, DialectId::OPENAI_OTHER, portkey);
            return refused(&error, audience, &context, record);
        }
        match route.meaning {
            Meaning::Call(operation, dialect) if operation != Operation::Models || chosen => {
                let audience = audience(operation, dialect, portkey);
                match self.read((&parts, &control), &headers, body, audience, &route).await {
                    Ok(mut asked) => {
                        asked.incoming.method = parts.method;
                        asked.incoming.headers = headers;
                        self.call(asked, context, audience, record).await
                    }
                    Err(error) => refused(&error, audience, &context, record),
                }
            }
            meaning => {
                let mut response = self.local(meaning, &parts.method, record);
                egress::identify(response.headers_mut(), &context, portkey);
                response
            }
        }
    }

    /// Reads a call, but for its headers, and finds its route.
    async fn read<B>(
        &self,
        (parts, control): (&request::Parts, &Control<'_>),
        headers: &HeaderMap,
        body: B,
        audience: Audience,
        route: &Route<'_>,
    ) -> Result<Asked, CallError>
    where
        B: Body<Data = Bytes> + Send + 'static,
    {
        let Audience { operation, dialect, .. } = audience;
        let what = (operation, dialect);
        let (payload, envelope) =
            ingress::read(parts, headers, body, what, self.limits.read).await?;
        let found = self.routes.find(headers, control, route.provider, envelope.model.as_ref());
        let path = ingress::path(route.path, parts.uri.query());
        let mut incoming = Incoming::new(operation, dialect, path, payload);
        incoming.envelope = envelope;
        Ok(Asked { incoming, found })
    }

    /// Sends a call on its route and answers with its reply.
    async fn call(
        &self,
        asked: Asked,
        context: Context,
        audience: Audience,
        record: &mut OpenRecord,
    ) -> Response<EdgeBody> {
        let mut call = Call::new(asked.incoming, context);
        record.call(&call.incoming, &call.context);
        record.request_bytes(size(&call.incoming.payload));
        let result = match asked.found {
            Ok(Found { mut route, edit }) => {
                call.edits.extend(edit);
                route.call(call.clone()).await
            }
            Err(error) => Err(error),
        };
        if let Err(error) = &result {
            record.error(error);
        }
        egress::respond(result, &call, audience, self.limits.keep_alive)
    }

    fn context(&self, headers: &HeaderMap, control: &Control<'_>) -> Context {
        let request_id = Str::from(uuid::Uuid::now_v7().to_string());
        let mut context = Context::new(request_id, self.clock.clone());
        let given = control.trace_id.and_then(|value| value.to_str().ok());
        if let Some(trace_id) = given.or_else(|| w3c_trace(headers)) {
            context.trace_id = Str::from(trace_id);
        }
        context.metadata = control.metadata();
        context
    }

    fn local(
        &self,
        meaning: Meaning,
        method: &Method,
        record: &mut OpenRecord,
    ) -> Response<EdgeBody> {
        let error = match meaning {
            Meaning::Root => return local::root(),
            Meaning::Live => return local::live(),
            Meaning::Ready => return local::ready(self.drain.started()),
            Meaning::Health => return local::health(),
            Meaning::Call(Operation::Models, _) => return local::models(&self.shared.registry),
            Meaning::WrongMethod(accepted) => CallError::new(
                ErrorKind::RouteNotFound,
                format!("this route takes {accepted}, not {method}"),
            )
            .with_status(http::StatusCode::METHOD_NOT_ALLOWED),
            Meaning::Call(..) | Meaning::Unknown => CallError::new(
                ErrorKind::RouteNotFound,
                "Not Found: calls go to /v1/… (or /{provider}/v1/…), such as /v1/chat/completions",
            ),
        };
        record.error(&error);
        egress::refuse(&error, audience(Operation::Proxy, DialectId::OPENAI_OTHER, false))
    }
}

fn refused(
    error: &CallError,
    audience: Audience,
    context: &Context,
    record: &mut OpenRecord,
) -> Response<EdgeBody> {
    record.error(error);
    let mut response = egress::refuse(error, audience);
    egress::identify(response.headers_mut(), context, audience.portkey);
    response
}

fn audience(operation: Operation, dialect: DialectId, portkey: bool) -> Audience {
    Audience { operation, dialect, portkey }
}

/// The method as text, without a copy for the usual ones.
fn method(method: &Method) -> Str {
    match *method {
        Method::GET => Str::from_static("GET"),
        Method::POST => Str::from_static("POST"),
        _ => Str::from(method.as_str()),
    }
}

fn head_size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
}

fn head_too_large(limit: usize) -> CallError {
    CallError::new(
        ErrorKind::TooLarge,
        format!(
            "the request's headers are larger than {limit} bytes; \
             the operator can raise `listen.max_head_bytes`"
        ),
    )
    .with_status(http::StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
}

/// The size of a request's body, as far as it is known.
fn size(payload: &Payload) -> u64 {
    match payload {
        Payload::Json(doc) => doc.len() as u64,
        Payload::Bytes(bytes) => bytes.len() as u64,
        Payload::Stream(body) => body.length.unwrap_or_default(),
        _ => 0,
    }
}

/// The trace id of a W3C `traceparent` header
/// (<https://www.w3.org/TR/trace-context/>).
fn w3c_trace(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get("traceparent")?.to_str().ok()?;
    let trace = value.split('-').nth(1)?;
    (trace.len() == 32 && trace.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(trace)
}
