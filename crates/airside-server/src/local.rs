//! What the gateway answers by itself: health and the list of what it serves.

use airside_providers::Registry;
use airside_wire::Writer;
use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Response, StatusCode};

use crate::edge::EdgeBody;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// `GET /`.
pub(crate) fn root() -> Response<EdgeBody> {
    let text = concat!("Airside ", env!("CARGO_PKG_VERSION"), " is listening\n");
    respond(StatusCode::OK, "text/plain; charset=utf-8", Bytes::from_static(text.as_bytes()))
}

/// The process is up.
pub(crate) fn live() -> Response<EdgeBody> {
    json(StatusCode::OK, |writer| writer.field_string("status", "ok"))
}

/// The process takes calls, or is going down.
pub(crate) fn ready(draining: bool) -> Response<EdgeBody> {
    if draining {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        return json(status, |writer| writer.field_string("status", "draining"));
    }
    json(StatusCode::OK, |writer| writer.field_string("status", "ok"))
}

/// Health in the form of the compatible gateway.
pub(crate) fn health() -> Response<EdgeBody> {
    json(StatusCode::OK, |writer| {
        writer.field_string("status", "success");
        writer.field_string("message", "Server is healthy");
        writer.field_string("version", VERSION);
    })
}

/// The models a caller can name without any header: those of the built-in
/// upstream. Models of providers are listed by the providers themselves.
pub(crate) fn models(registry: &Registry) -> Response<EdgeBody> {
    json(StatusCode::OK, |writer| {
        writer.field_string("object", "list");
        writer.open_array("data");
        if registry.get("echo").is_some() {
            writer.begin_object();
            writer.field_string("id", "echo/echo");
            writer.field_string("object", "model");
            writer.field_u64("created", 0);
            writer.field_string("owned_by", "echo");
            writer.end_object();
        }
        writer.end_array();
    })
}

fn json(status: StatusCode, write: impl FnOnce(&mut Writer)) -> Response<EdgeBody> {
    let mut writer = Writer::new();
    writer.begin_object();
    write(&mut writer);
    writer.end_object();
    respond(status, "application/json", writer.into_bytes())
}

fn respond(status: StatusCode, content_type: &'static str, body: Bytes) -> Response<EdgeBody> {
    let mut response = Response::new(EdgeBody::full(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
