//! From a reply, or an error, to a response.

use std::sync::Arc;
use std::time::Duration;

use airside_call::{Call, CallError, Context, ErrorKind, Reply, ReplyBody};
use airside_schema::LossReport;
use airside_schema::codec::ReplyCx;
use airside_wire::Str;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};

use super::EdgeBody;
use super::body::Encoder;
use super::fault::{self, Audience};

/// Writes the response to a call.
pub(crate) fn respond(
    result: Result<Reply, CallError>,
    call: &Call,
    audience: Audience,
    keep_alive: Option<Duration>,
) -> Response<EdgeBody> {
    let result = result.and_then(|reply| write(reply, call, audience, keep_alive));
    let mut response = result.unwrap_or_else(|error| refuse(&error, audience));
    add_headers(response.headers_mut(), &call.context, audience);
    response
}

/// Writes the response to a request that failed.
pub(crate) fn refuse(error: &CallError, audience: Audience) -> Response<EdgeBody> {
    let (headers, body) = fault::render(error, audience);
    let mut response = Response::new(EdgeBody::full(body));
    *response.status_mut() = error.status();
    *response.headers_mut() = headers;
    response
}

fn write(
    reply: Reply,
    call: &Call,
    audience: Audience,
    keep_alive: Option<Duration>,
) -> Result<Response<EdgeBody>, CallError> {
    let Reply { status, mut headers, body, served_by, .. } = reply;
    let cx = || {
        let mut cx = ReplyCx::new(call.model().unwrap_or_default());
        cx.stream_usage = call.incoming.envelope.stream_usage;
        cx.legacy_functions = call.incoming.envelope.legacy_functions;
        cx.now = call.context.clock.unix().as_secs();
        cx.fallback_id = call.context.request_id.clone();
        cx.provider = audience.portkey.then(|| served_by.provider.clone());
        cx.strict = served_by.strict;
        cx
    };
    let body = match body {
        ReplyBody::Raw(bytes) => EdgeBody::full(bytes),
        ReplyBody::Bytes(stream) => EdgeBody::bytes(stream),
        ReplyBody::Chat(response) if call.wants_stream() => {
            // The upstream answered whole although a stream was asked for.
            let events = airside_schema::stream::unfold(&response);
            let frame = airside_call::ReplyFrame::events(events);
            let frames = Box::pin(futures_util::stream::iter([Ok(frame)]));
            content_type(&mut headers, "text/event-stream");
            EdgeBody::frames(frames, encoder(call, &cx()), keep_alive, Arc::clone(&call.context))
        }
        ReplyBody::Chat(response) => {
            content_type(&mut headers, "application/json");
            EdgeBody::full(encode(&response, call, &cx())?)
        }
        ReplyBody::Frames(frames) => {
            content_type(&mut headers, "text/event-stream");
            EdgeBody::frames(frames, encoder(call, &cx()), keep_alive, Arc::clone(&call.context))
        }
        _ => return Err(CallError::new(ErrorKind::Internal, "unknown kind of reply")),
    };
    let mut response = Response::new(body);
    *response.status_mut() = if status.is_informational() { StatusCode::OK } else { status };
    *response.headers_mut() = headers;
    Ok(response)
}

fn encode(
    response: &airside_schema::ChatResponse,
    call: &Call,
    cx: &ReplyCx,
) -> Result<Bytes, CallError> {
    let dialect = call.incoming.dialect;
    let Some(dialect) = airside_dialects::chat(dialect) else {
        return Err(CallError::new(ErrorKind::Internal, "a chat answer to a call that is no chat"));
    };
    let mut loss = LossReport::default();
    let bytes = dialect.ingress.encode_response(response, cx, &mut loss).map_err(|error| {
        CallError::new(
            ErrorKind::UpstreamFailed,
            format!("the upstream's reply cannot be written as {}: {error}", dialect.id),
        )
    })?;
    call.context.notes.with(|notes| notes.loss.merge(loss));
    Ok(bytes)
}

fn encoder(call: &Call, cx: &ReplyCx) -> Encoder {
    let dialect = call.incoming.dialect;
    let stream = airside_dialects::chat(dialect).map(|chat| chat.ingress.stream_encoder(cx));
    Encoder { dialect, stream }
}

fn content_type(headers: &mut HeaderMap, value: &'static str) {
    let media_type = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    if media_type.is_none_or(|media_type| !media_type.starts_with(value.as_bytes())) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(value));
    }
}

/// Names of the headers of a reply, in one of their two spellings.
struct Names {
    trace_id: HeaderName,
    provider: HeaderName,
    target: HeaderName,
    retries: HeaderName,
    cache: HeaderName,
}

const OURS: Names = Names {
    trace_id: HeaderName::from_static("x-airside-trace-id"),
    provider: HeaderName::from_static("x-airside-provider"),
    target: HeaderName::from_static("x-airside-last-used-option-index"),
    retries: HeaderName::from_static("x-airside-retry-attempt-count"),
    cache: HeaderName::from_static("x-airside-cache-status"),
};

const PORTKEY: Names = Names {
    trace_id: HeaderName::from_static("x-portkey-trace-id"),
    provider: HeaderName::from_static("x-portkey-provider"),
    target: HeaderName::from_static("x-portkey-last-used-option-index"),
    retries: HeaderName::from_static("x-portkey-retry-attempt-count"),
    cache: HeaderName::from_static("x-portkey-cache-status"),
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const OUR_REQUEST_ID: HeaderName = HeaderName::from_static("x-airside-request-id");
const LOSS: HeaderName = HeaderName::from_static("x-airside-translation-loss");

/// Adds what the gateway has to say. Callers of the compatible gateway get its
/// header names.
fn add_headers(headers: &mut HeaderMap, context: &Context, audience: Audience) {
    identify(headers, context, audience.portkey);
    let names = if audience.portkey { &PORTKEY } else { &OURS };
    let (target, provider, retries, loss) = context.notes.with(|notes| {
        let provider = notes.attempts.last().map(|attempt| attempt.provider.clone());
        let loss = (!notes.loss.is_empty()).then(|| notes.loss.summary());
        (notes.target_path.clone(), provider, notes.retries, loss)
    });
    if let Some(target) = target {
        insert(headers, &names.target, &target);
        let retries = if retries == 0 { HeaderValue::from_static("0") } else { retries.into() };
        headers.insert(names.retries.clone(), retries);
        headers.insert(names.cache.clone(), HeaderValue::from_static("DISABLED"));
    }
    if let Some(provider) = provider {
        insert(headers, &names.provider, &provider);
    }
    if let Some(loss) = loss {
        insert(headers, &LOSS, &loss.into());
    }
}

/// Adds request and trace identifiers. The upstream's own request id stays
/// where SDKs look for it.
pub(crate) fn identify(headers: &mut HeaderMap, context: &Context, portkey: bool) {
    insert(headers, &OUR_REQUEST_ID, &context.request_id);
    if !headers.contains_key(&REQUEST_ID) {
        insert(headers, &REQUEST_ID, &context.request_id);
    }
    let names = if portkey { &PORTKEY } else { &OURS };
    insert(headers, &names.trace_id, &context.trace_id);
}

fn insert(headers: &mut HeaderMap, name: &HeaderName, value: &Str) {
    // Text that cannot stand in a header is not worth failing a call for.
    if let Ok(value) = HeaderValue::from_maybe_shared(value.as_bytes().clone()) {
        headers.insert(name.clone(), value);
    }
}
