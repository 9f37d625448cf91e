//! From a request to a call.

use airside_call::{CallError, ErrorKind, Payload, StreamedBody};
use airside_schema::{CodecError, DialectId, Envelope, Operation};
use airside_wire::{JsonDoc, Limits, RawJson, Str};
use bytes::Bytes;
use http::{HeaderMap, Method, header, request};
use http_body::Body;

use super::read::{ReadLimits, whole};
use super::upload::Upload;

/// Reads the body of a call and takes the cheap look at it.
pub(crate) async fn read<B>(
    parts: &request::Parts,
    headers: &HeaderMap,
    body: B,
    (operation, dialect): (Operation, DialectId),
    limits: ReadLimits,
) -> Result<(Payload, Envelope), CallError>
where
    B: Body<Data = Bytes> + Send + 'static,
{
    let payload = payload(&parts.method, headers, body, operation, limits).await?;
    let envelope = match &payload {
        // What is proxied is the upstream's to judge.
        Payload::Json(doc) if operation == Operation::Proxy => plain(doc).unwrap_or_default(),
        Payload::Json(doc) => inspect(doc, dialect)?,
        _ => Envelope::default(),
    };
    Ok((payload, envelope))
}

/// Path and query as the upstream gets them.
pub(crate) fn path(path: &str, query: Option<&str>) -> Str {
    match query {
        Some(query) => Str::from(format!("{path}?{query}")),
        None => Str::from(path),
    }
}

async fn payload<B>(
    method: &Method,
    headers: &HeaderMap,
    body: B,
    operation: Operation,
    limits: ReadLimits,
) -> Result<Payload, CallError>
where
    B: Body<Data = Bytes> + Send + 'static,
{
    match operation {
        Operation::Models => Ok(Payload::Empty),
        Operation::Proxy => proxied(method, headers, body, limits).await,
        _ => document(headers, body, limits).await,
    }
}

/// The body of a request that is passed on as it is.
async fn proxied<B>(
    method: &Method,
    headers: &HeaderMap,
    body: B,
    limits: ReadLimits,
) -> Result<Payload, CallError>
where
    B: Body<Data = Bytes> + Send + 'static,
{
    if body.is_end_stream() {
        return Ok(Payload::Empty);
    }
    // A model name may stand in it; anything else is none of our business.
    if is_json(headers) == Some(true) && *method == Method::POST {
        let bytes = whole(body, limits).await?;
        return match JsonDoc::parse(bytes.clone(), &document_limits()) {
            Ok(doc) => Ok(Payload::Json(doc)),
            Err(_) => Ok(Payload::Bytes(bytes)),
        };
    }
    let length = body.size_hint().exact();
    let upload = Upload::new(body, limits.silence);
    Ok(Payload::Stream(StreamedBody::new(Box::pin(upload), length)))
}

/// The body of a request that has to be a JSON document.
async fn document<B>(headers: &HeaderMap, body: B, limits: ReadLimits) -> Result<Payload, CallError>
where
    B: Body<Data = Bytes>,
{
    if is_json(headers) == Some(false) {
        return Err(CallError::new(
            ErrorKind::InvalidRequest,
            "Invalid content type passed: this route takes application/json",
        )
        .with_param("content-type"));
    }
    let bytes = whole(body, limits).await?;
    let doc = JsonDoc::parse(bytes, &document_limits()).map_err(|error| {
        CallError::new(
            ErrorKind::InvalidRequest,
            format!("the request's body is not a JSON object that can be read: {error}"),
        )
    })?;
    Ok(Payload::Json(doc))
}

/// Limits of a request's document. A value read out of it takes more memory than
/// its text, so there must not be too many; real requests have some thousands.
fn document_limits() -> Limits {
    Limits::default().with_max_values(1_000_000)
}

/// Whether the body says it is JSON; `None` if it says nothing.
fn is_json(headers: &HeaderMap) -> Option<bool> {
    let value = headers.get(header::CONTENT_TYPE)?.as_bytes();
    let media_type = value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let is_json = media_type.eq_ignore_ascii_case(b"application/json")
        || media_type.to_ascii_lowercase().ends_with(b"+json");
    Some(is_json)
}

fn inspect(doc: &JsonDoc, dialect: DialectId) -> Result<Envelope, CallError> {
    let inspected = match airside_dialects::chat(dialect) {
        Some(dialect) => dialect.ingress.inspect(doc),
        None => plain(doc),
    };
    inspected.map_err(|error| {
        let param = error.param().map(str::to_owned);
        let refused = CallError::new(ErrorKind::InvalidRequest, error.to_string());
        match param {
            Some(param) => refused.with_param(param),
            None => refused,
        }
    })
}

/// The look at a document of a dialect without a codec: model and stream flag
/// stand at the top of every one of them.
fn plain(doc: &JsonDoc) -> Result<Envelope, CodecError> {
    doc.governed(&["model", "stream"])?;
    let mut envelope = Envelope::default();
    envelope.model = match doc.get("model").filter(|model| !model.is_null()) {
        Some(model) => Some(model.string().ok_or(CodecError::invalid("model", "a string"))?),
        None => None,
    };
    envelope.stream = match doc.get("stream").filter(|stream| !stream.is_null()) {
        Some(stream) => {
            RawJson::bool(&stream).ok_or(CodecError::invalid("stream", "true or false"))?
        }
        None => false,
    };
    Ok(envelope)
}
