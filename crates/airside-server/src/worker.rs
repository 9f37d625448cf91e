//! The HTTP service of one worker.

use std::convert::Infallible;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use airside_call::{Call, CallError, Clock, Context, ErrorKind};
use airside_schema::{DialectId, Operation};
use airside_telemetry::{OpenRecord, Pipeline};
use airside_wire::Str;
use bytes::Bytes;
use futures_util::FutureExt;
use http::{Method, Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::Drain;
use crate::compose::{Routes, Shared};
use crate::edge::EdgeBody;
use crate::edge::control::Control;
use crate::edge::egress;
use crate::edge::fault::Audience;
use crate::edge::ingress;
use crate::local;
use crate::routes::{self, Meaning};

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
    pub(crate) max_body_bytes: usize,
    pub(crate) body_silence: Duration,
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

/// Everything about a request that outlives its parts.
struct Asked {
    context: Context,
    portkey: bool,
}

impl Worker {
    async fn answer<B>(self: Arc<Self>, request: Request<B>) -> Response<EdgeBody>
    where
        B: Body<Data = Bytes> + Send + 'static,
    {
        let method = Str::from(request.method().as_str());
        let path = Str::from(request.uri().path());
        let mut record =
            OpenRecord::open(self.pipeline.clone(), self.clock.clone(), method, path);
        let asked = self.ask(&request);
        record.identify(asked.context.request_id.clone(), asked.context.trace_id.clone());
        let portkey = asked.portkey;
        // A bug in one call must not end the connection, let alone the process.
        let handled = AssertUnwindSafe(self.handle(request, asked, &mut record)).catch_unwind();
        let response = handled.await.unwrap_or_else(|_| {
            let error = CallError::new(ErrorKind::Internal, "the gateway failed on this request");
            egress::refuse(&error, audience(Operation::Proxy, DialectId::OPENAI_OTHER, portkey))
        });
        record.status(response.status().as_u16());
        response.map(|body| body.recorded(record))
    }

    fn ask<B>(&self, request: &Request<B>) -> Asked {
        let control = Control::read(request.headers());
        let request_id = Str::from(uuid::Uuid::now_v7().to_string());
        let mut context = Context::new(request_id, self.clock.clone());
        let given = control.trace_id.and_then(|value| value.to_str().ok());
        if let Some(trace_id) = given.or_else(|| w3c_trace(request)) {
            context.trace_id = Str::from(trace_id);
        }
        context.metadata = control.metadata();
        Asked { context, portkey: control.portkey }
    }

    async fn handle<B>(
        &self,
        request: Request<B>,
        asked: Asked,
        record: &mut OpenRecord,
    ) -> Response<EdgeBody>
    where
        B: Body<Data = Bytes> + Send + 'static,
    {
        let (parts, body) = request.into_parts();
        let uri = parts.uri.clone();
        let route = routes::find(&parts.method, uri.path(), &self.shared.registry);
        let Asked { context, portkey } = asked;
        let (operation, dialect) = match route.meaning {
            Meaning::Call(operation, dialect) => (operation, dialect),
            meaning => {
                let mut response = self.local(meaning, &parts.method, record);
                egress::identify(response.headers_mut(), &context, portkey);
                return response;
            }
        };
        let audience = audience(operation, dialect, portkey);
        if operation == Operation::Models && route.provider.is_none() && !chooses(&parts.headers) {
            let mut response = local::models(&self.shared.registry);
            egress::identify(response.headers_mut(), &context, portkey);
            return response;
        }
        let limits = ingress_limits(self.limits);
        let incoming =
            match ingress::incoming(parts, body, (operation, dialect), route.path, limits).await {
                Ok(incoming) => incoming,
                Err(error) => return refused(&error, audience, &context, record),
            };
        let mut call = Call::new(incoming, context);
        record.call(&call.incoming, &call.context);
        let result = self.route(&mut call, route.provider).await;
        if let Err(error) = &result {
            record.error(error);
        }
        egress::respond(result, &call, audience, self.limits.keep_alive)
    }

    async fn route(
        &self,
        call: &mut Call,
        path_provider: Option<&str>,
    ) -> Result<airside_call::Reply, CallError> {
        let found = {
            let incoming = &call.incoming;
            let control = Control::read(&incoming.headers);
            let model = incoming.envelope.model.as_ref();
            self.routes.find(&incoming.headers, &control, path_provider, model)?
        };
        call.edits.extend(found.edit);
        let mut route = found.route;
        route.call(call.clone()).await
    }

    fn local(&self, meaning: Meaning, method: &Method, record: &mut OpenRecord) -> Response<EdgeBody> {
        let error = match meaning {
            Meaning::Root => return local::root(),
            Meaning::Live => return local::live(),
            Meaning::Ready => return local::ready(self.drain.started()),
            Meaning::Health => return local::health(),
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

fn ingress_limits(limits: Limits) -> crate::edge::ReadLimits {
    crate::edge::ReadLimits { max_bytes: limits.max_body_bytes, silence: limits.body_silence }
}

/// True if headers choose a provider.
fn chooses(headers: &http::HeaderMap) -> bool {
    let control = Control::read(headers);
    control.config.is_some() || control.provider.is_some()
}

/// The trace id of a W3C `traceparent` header
/// (<https://www.w3.org/TR/trace-context/>).
fn w3c_trace<B>(request: &Request<B>) -> Option<&str> {
    let value = request.headers().get("traceparent")?.to_str().ok()?;
    let trace = value.split('-').nth(1)?;
    (trace.len() == 32 && trace.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(trace)
}
