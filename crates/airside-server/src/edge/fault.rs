//! Errors, written once, in the caller's dialect.

use airside_call::{CallError, Origin, UpstreamFault};
use airside_schema::{DialectId, Operation};
use airside_wire::{JsonDoc, Limits, Path, RawJson, Writer};
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};

/// Who is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Audience {
    pub(crate) operation: Operation,
    pub(crate) dialect: DialectId,
    /// The caller speaks the compatible gateway's language.
    pub(crate) portkey: bool,
}

/// The headers and the body that tell an error.
pub(crate) fn render(error: &CallError, audience: Audience) -> (HeaderMap, Bytes) {
    match error.upstream_fault() {
        Some(upstream) => forward(error, upstream, audience),
        None => (json_headers(HeaderMap::new()), own(error, audience)),
    }
}

/// An error of the gateway itself: the dialect's own shape, and beside it the
/// `status`, `message` and `errors` that clients of the compatible gateway
/// read.
fn own(error: &CallError, audience: Audience) -> Bytes {
    let body = airside_dialects::encode_fault(audience.dialect, error.fault());
    if error.origin() == Origin::Upstream {
        return body;
    }
    let Ok(mut doc) = JsonDoc::parse(body.clone(), &Limits::default()) else { return body };
    let mut fields = vec![
        ("status", RawJson::from_string("failure")),
        ("message", RawJson::from_string(error.message())),
    ];
    if !error.details().is_empty() {
        let mut writer = Writer::new();
        writer.begin_array();
        error.details().iter().for_each(|detail| writer.string(detail));
        writer.end_array();
        fields.push(("errors", writer.into_raw()));
    }
    for (key, value) in fields {
        if doc.set(&Path::key(key), value).is_err() {
            return body;
        }
    }
    doc.to_bytes()
}

/// An upstream's error: as it arrived for a caller of the same dialect, in
/// the caller's shape for any other.
fn forward(error: &CallError, upstream: &UpstreamFault, audience: Audience) -> (HeaderMap, Bytes) {
    let same = upstream.dialect.is_none_or(|dialect| dialect == audience.dialect);
    let openai = audience.dialect.as_str().starts_with("openai.");
    if audience.portkey && openai && audience.operation != Operation::Proxy {
        return (json_headers(upstream.headers.clone()), named(error, upstream, audience));
    }
    if same || audience.operation == Operation::Proxy {
        return (upstream.headers.clone(), upstream.body.clone());
    }
    let body = airside_dialects::encode_fault(audience.dialect, error.fault());
    (json_headers(upstream.headers.clone()), body)
}

/// The compatible gateway's form of an upstream's error: the message begins
/// with the provider's name, which also stands in a field of its own. All
/// other bytes of an OpenAI-shaped error stay.
fn named(error: &CallError, upstream: &UpstreamFault, audience: Audience) -> Bytes {
    let provider = &upstream.provider;
    let message = RawJson::from_string(&format!("{provider} error: {}", error.message()));
    let path = Path::key("error").join_key("message");
    let arrived = JsonDoc::parse(upstream.body.clone(), &Limits::default()).ok();
    let openai = arrived.filter(|doc| {
        upstream.dialect.is_some_and(|dialect| dialect.as_str().starts_with("openai."))
            && doc.pointer(&path).is_some_and(|message| message.string().is_some())
    });
    let doc = openai.or_else(|| {
        let body = airside_dialects::encode_fault(audience.dialect, error.fault());
        JsonDoc::parse(body, &Limits::default()).ok()
    });
    let Some(mut doc) = doc else { return upstream.body.clone() };
    let edited = doc
        .set(&path, message)
        .and_then(|()| doc.set(&Path::key("provider"), RawJson::from_string(provider)));
    if edited.is_err() {
        return upstream.body.clone();
    }
    doc.to_bytes()
}

fn json_headers(mut headers: HeaderMap) -> HeaderMap {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers
}
