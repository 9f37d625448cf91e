//! What an operation of the echo upstream made, before it has a status and
//! headers.

use airside_dialects::encode_fault;
use airside_schema::DialectId;
use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Response, StatusCode};

use super::Refused;
use super::body::{EchoBody, Stream};
use super::control::Control;

/// The content of a reply.
pub(super) enum Produced {
    /// A JSON document.
    Json(Bytes),
    /// Server-sent events.
    Stream(Stream),
    /// Anything else, with its media type.
    Binary(&'static str, Bytes),
}

impl Produced {
    /// Makes the response.
    pub(super) fn response(self, control: &Control) -> Response<EchoBody> {
        match self {
            Self::Json(bytes) => respond("application/json", EchoBody::whole(bytes, control)),
            Self::Stream(chunks) => {
                respond("text/event-stream; charset=utf-8", EchoBody::stream(chunks, control))
            }
            Self::Binary(media_type, bytes) => respond(media_type, EchoBody::whole(bytes, control)),
        }
    }
}

/// Tells an error in the shape of a dialect.
pub(super) fn failure(
    refused: &Refused,
    dialect: DialectId,
    control: &Control,
) -> Response<EchoBody> {
    let body = EchoBody::whole(encode_fault(dialect, refused), control);
    let mut response = respond("application/json", body);
    *response.status_mut() =
        StatusCode::from_u16(refused.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(after) = refused.retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(after.as_secs()));
    }
    response
}

fn respond(media_type: &'static str, body: EchoBody) -> Response<EchoBody> {
    let mut response = Response::new(body);
    let media_type = HeaderValue::from_static(media_type);
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    response
}
