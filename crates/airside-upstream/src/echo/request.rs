//! What arrived at the echo upstream.
//!
//! Invariant: only a JSON body is kept, and only up to a limit; anything else
//! is counted while it passes.

use airside_call::{BodyStream, CallError};
use airside_schema::{CodecError, DialectId, Fault, FaultKind};
use airside_wire::{JsonDoc, Limits, Str};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::{HeaderMap, Method, Uri, header};

use super::Refused;
use crate::OutgoingBody;

/// The largest JSON body read, in bytes.
const MAX_JSON: u64 = 64 * 1024 * 1024;

/// A request, its body read.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) content_type: Option<Str>,
    /// The body if it is declared to be JSON and not too large.
    pub(super) json: Option<Bytes>,
    /// The size of the body in bytes.
    pub(super) size: u64,
}

impl Received {
    /// Reads a request to its end.
    ///
    /// # Errors
    ///
    /// If the body breaks off.
    pub(super) async fn read(request: http::Request<OutgoingBody>) -> Result<Self, CallError> {
        let (parts, body) = request.into_parts();
        let content_type = content_type(&parts.headers);
        let is_json = content_type.as_ref().is_some_and(|name| name.contains("json"));
        let (json, size) = match body {
            OutgoingBody::Slices(slices) => {
                let size = slices.iter().map(|slice| slice.len() as u64).sum();
                let joined = (is_json && size > 0 && size <= MAX_JSON).then(|| joined(slices));
                (joined, size)
            }
            OutgoingBody::Stream(stream, _) => collected(stream, is_json).await?,
        };
        let (method, uri) = (parts.method, parts.uri);
        Ok(Self { method, uri, content_type, json, size })
    }

    /// The path below the version, without its query.
    pub(super) fn path(&self) -> &str {
        let path = self.uri.path();
        path.strip_prefix("/v1").filter(|rest| rest.starts_with('/')).unwrap_or(path)
    }

    /// The body as a JSON document.
    pub(super) fn document(&self) -> Result<JsonDoc, Refused> {
        if self.size > MAX_JSON {
            let message = format!("the body is larger than {MAX_JSON} bytes");
            return Err(Box::new(Fault::new(FaultKind::TooLarge, message)));
        }
        let Some(json) = &self.json else {
            let message = "expected a JSON object with the content-type application/json";
            return Err(Box::new(Fault::new(FaultKind::InvalidRequest, message)));
        };
        JsonDoc::parse(json.clone(), &Limits::default())
            .map_err(|error| refused(&CodecError::from(error)))
    }
}

/// A request that is not of its dialect, told as an error of an API.
pub(super) fn refused(error: &CodecError) -> Refused {
    let mut fault = Fault::new(FaultKind::InvalidRequest, error.to_string());
    fault.param = error.param().map(Str::from);
    Box::new(fault)
}

/// The dialect errors are told in where a path says nothing.
pub(super) const OTHER: DialectId = DialectId::OPENAI_CHAT;

fn content_type(headers: &HeaderMap) -> Option<Str> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(Str::from(value.to_ascii_lowercase()))
}

/// One slice is not copied.
fn joined(slices: Vec<Bytes>) -> Bytes {
    match <[Bytes; 1]>::try_from(slices) {
        Ok([slice]) => slice,
        Err(slices) => Bytes::from(slices.concat()),
    }
}

async fn collected(mut stream: BodyStream, keep: bool) -> Result<(Option<Bytes>, u64), CallError> {
    let mut kept = keep.then(BytesMut::new);
    let mut size = 0;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk?;
        size += chunk.len() as u64;
        if size > MAX_JSON {
            kept = None;
        }
        if let Some(kept) = &mut kept {
            kept.extend_from_slice(&chunk);
        }
    }
    Ok((kept.map(BytesMut::freeze).filter(|json| !json.is_empty()), size))
}

#[cfg(test)]
mod tests {
    use airside_call::ErrorKind;
    use futures_util::stream;

    use super::*;

    fn request(content_type: &str, body: OutgoingBody) -> http::Request<OutgoingBody> {
        let request = http::Request::post("echo://local/v1/files?purpose=x");
        request.header("content-type", content_type).body(body).unwrap()
    }

    fn streamed(chunks: Vec<Result<Bytes, CallError>>) -> OutgoingBody {
        OutgoingBody::Stream(Box::pin(stream::iter(chunks)), None)
    }

    #[tokio::test]
    async fn json_is_kept_whatever_way_it_arrives_and_anything_else_is_counted() {
        let piece = |text: &'static str| Bytes::from_static(text.as_bytes());
        let slices = || OutgoingBody::Slices(vec![piece("{\"a\""), piece(":1}")]);
        let stream = || streamed(vec![Ok(piece("{\"a\"")), Ok(piece(":1}"))]);
        for (content_type, body, kept) in [
            ("application/json", slices(), true),
            ("Application/JSON; charset=utf-8", stream(), true),
            ("multipart/form-data; boundary=x", slices(), false),
            ("audio/wav", stream(), false),
        ] {
            let received = Received::read(request(content_type, body)).await.unwrap();
            assert_eq!((received.path(), received.size), ("/files", 7));
            assert_eq!(received.json.as_deref() == Some(b"{\"a\":1}"), kept, "{content_type}");
            assert_eq!(received.document().is_ok(), kept);
        }
    }

    #[tokio::test]
    async fn an_upload_that_breaks_off_is_an_error() {
        let broken = CallError::new(ErrorKind::Canceled, "gone");
        let body = streamed(vec![Ok(Bytes::from_static(b"{")), Err(broken)]);
        let error = Received::read(request("application/json", body)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Canceled);
    }
}
