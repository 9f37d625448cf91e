//! Errors, in both directions.
//!
//! Reading never fails: a body of another shape becomes a fault with the
//! status' kind that quotes how the body begins. What is quoted is the
//! upstream's answer, never a header or a key.

use airside_schema::{Fault, FaultKind};
use airside_wire::{Object, RawJson, Writer, sse};
use bytes::Bytes;

use super::fields;

/// The error types of the format and what they mean. The first of a kind is
/// the one written (<https://docs.anthropic.com/en/api/errors>).
const TYPES: [(&str, FaultKind); 10] = [
    ("invalid_request_error", FaultKind::InvalidRequest),
    ("authentication_error", FaultKind::Authentication),
    ("permission_error", FaultKind::Permission),
    ("not_found_error", FaultKind::NotFound),
    ("request_too_large", FaultKind::TooLarge),
    ("billing_error", FaultKind::Billing),
    ("rate_limit_error", FaultKind::RateLimit),
    ("overloaded_error", FaultKind::Overloaded),
    ("timeout_error", FaultKind::Timeout),
    ("api_error", FaultKind::Api),
];

/// How much of a foreign body is quoted, in bytes.
const QUOTED: usize = 500;

/// Decodes the body of an error reply.
pub(super) fn decode(status: u16, body: &Bytes) -> Fault {
    let parsed = RawJson::parse(body.clone()).ok();
    let mut fault = parsed.as_ref().and_then(read).unwrap_or_else(|| quote(status, body));
    // Names this version does not know fall back to the status.
    if fault.type_name.as_ref().is_none_or(|name| kind(name).is_none()) {
        fault.kind = FaultKind::from_status(status);
    }
    fault.status = Some(status);
    fault.raw = parsed;
    fault
}

/// Reads an error document, which is also the data of an error event.
pub(super) fn read(raw: &RawJson) -> Option<Fault> {
    let mut object = raw.object()?;
    let mut error: Object = object.take("error")?.object()?;
    let message = fields::lenient_text(&mut error, "message").unwrap_or_default();
    let type_name = fields::lenient_text(&mut error, "type");
    let known = type_name.as_ref().and_then(|name| kind(name));
    let mut fault = Fault::new(known.unwrap_or(FaultKind::Api), message);
    fault.type_name = type_name;
    fault.request_id = fields::lenient_text(&mut object, "request_id");
    fault.raw = Some(raw.clone());
    Some(fault)
}

fn quote(status: u16, body: &Bytes) -> Fault {
    let start = body.get(..QUOTED).unwrap_or(body);
    let text = String::from_utf8_lossy(start);
    let message = match text.trim() {
        "" => format!("the upstream answered with status {status} and no body"),
        text => format!("the upstream answered with status {status}: {text}"),
    };
    Fault::new(FaultKind::from_status(status), message)
}

fn kind(name: &str) -> Option<FaultKind> {
    TYPES.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind)
}

/// The type name to write: the upstream's own if it means the same here.
/// Other formats call a wrong key an invalid request.
fn name(fault: &Fault) -> &str {
    let own = fault.type_name.as_deref().filter(|name| kind(name) == Some(fault.kind));
    let of_kind = || {
        let kind = match fault.kind {
            FaultKind::Unsupported | FaultKind::Denied => FaultKind::InvalidRequest,
            kind => kind,
        };
        TYPES.iter().find(|(_, known)| *known == kind).map_or("api_error", |(name, _)| name)
    };
    own.unwrap_or_else(of_kind)
}

/// Encodes an error as the body of a reply.
pub(super) fn encode(fault: &Fault) -> Bytes {
    document(fault).into_bytes()
}

/// Encodes an error as a frame within a stream.
pub(super) fn frame(fault: &Fault) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    sse::write_event(&mut out, "error", document(fault).into_raw().as_str());
    out
}

fn document(fault: &Fault) -> Writer {
    let mut out = Writer::with_capacity(fault.message.len() + 96);
    out.begin_object();
    out.field_string("type", "error");
    out.open_object("error");
    out.field_string("type", name(fault));
    out.field_string("message", &fault.message);
    out.end_object();
    if let Some(id) = &fault.request_id {
        out.field_string("request_id", id);
    }
    out.end_object();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(status: u16, body: &'static str) -> Fault {
        decode(status, &Bytes::from_static(body.as_bytes()))
    }

    #[test]
    fn every_type_of_the_format_survives_there_and_back() {
        for (name, kind) in TYPES {
            let body = format!(
                r#"{{"type":"error","error":{{"type":"{name}","message":"m"}},"request_id":"req_1"}}"#
            );
            let fault = decode(400, &Bytes::from(body.clone()));
            assert_eq!(fault.kind, kind);
            assert_eq!(encode(&fault), body);
        }
    }

    #[test]
    fn a_foreign_body_is_quoted() {
        let fault = decoded(502, "<html>Bad gateway</html>");
        assert_eq!(fault.kind, FaultKind::Api);
        assert!(fault.message.contains("502: <html>Bad gateway"), "{}", fault.message);
        assert_eq!(decoded(429, "").kind, FaultKind::RateLimit);
    }

    #[test]
    fn an_unknown_type_takes_the_kind_of_the_status() {
        let fault = decoded(429, r#"{"type":"error","error":{"type":"new","message":"slow"}}"#);
        assert_eq!((fault.kind, &*fault.message), (FaultKind::RateLimit, "slow"));
        let fault = String::from_utf8(encode(&fault).to_vec()).unwrap();
        assert!(fault.contains(r#""type":"rate_limit_error""#), "{fault}");
    }

    #[test]
    fn a_frame_is_an_error_event() {
        let frame = frame(&Fault::new(FaultKind::Timeout, "too\nlate"));
        let expected = concat!(
            "event: error\n",
            r#"data: {"type":"error","error":{"type":"timeout_error","message":"too\nlate"}}"#,
            "\n\n"
        );
        assert_eq!(String::from_utf8(frame).unwrap(), expected);
    }
}
