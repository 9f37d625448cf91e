//! Errors in both directions.
//!
//! Reads what relatives of the format make of an error as well: a bare text,
//! `message`, `detail`, an array around the object, or no JSON at all. Never
//! fails.

use airside_schema::{Fault, FaultKind};
use airside_wire::{Kind, Object, RawJson, Str, Writer};
use bytes::Bytes;

use super::fields;

/// The most characters of an unreadable body that are quoted.
const QUOTED: usize = 200;

/// Reads the body of an error reply.
pub(super) fn decode(status: u16, body: &Bytes) -> Fault {
    let raw = RawJson::parse(body.clone()).ok();
    let mut fault = match &raw {
        Some(raw) => document(raw).unwrap_or_else(|| Fault::new(FaultKind::Api, quote(body))),
        None => Fault::new(FaultKind::Api, quote(body)),
    };
    fault.status = Some(status);
    fault.kind = kind(FaultKind::from_status(status), &fault);
    fault.raw = raw;
    fault
}

/// Reads an error that came within a stream, without a status.
pub(super) fn in_stream(raw: &RawJson) -> Fault {
    let text = raw.as_str();
    let mut fault = document(raw).unwrap_or_else(|| Fault::new(FaultKind::Api, shorten(text)));
    let number = fault.code.as_ref().and_then(status_of);
    fault.kind = kind(number.map_or(FaultKind::Api, FaultKind::from_status), &fault);
    fault.raw = Some(raw.clone());
    fault
}

/// Some servers give the status as the code.
fn status_of(code: &RawJson) -> Option<u16> {
    let number = code.u64().or_else(|| code.string()?.parse().ok())?;
    u16::try_from(number).ok().filter(|status| (400..600).contains(status))
}

/// Finds message, type, code and parameter in the shapes servers use.
fn document(raw: &RawJson) -> Option<Fault> {
    let mut fault = match raw.kind() {
        Kind::String => Fault::new(FaultKind::Api, raw.string()?),
        Kind::Array => return document(&raw.item(0).filter(|item| item.kind() == Kind::Object)?),
        Kind::Object => {
            let mut object = raw.object()?;
            let request_id = fields::lenient_text(&mut object, "request_id");
            let error = fields::some(&mut object, "error");
            let text = error.as_ref().and_then(RawJson::string);
            let mut fault = described(error.and_then(|error| error.object()).unwrap_or(object));
            match text {
                // `{"error": "bad_request", "message": "what is wrong"}`
                Some(text) if !fault.message.is_empty() => {
                    fault.type_name = fault.type_name.or(Some(text));
                }
                Some(text) => fault.message = text,
                None => {}
            }
            fault.request_id = request_id;
            fault
        }
        _ => return None,
    };
    if fault.message.is_empty() {
        fault.message = shorten(raw.as_str());
    }
    Some(fault)
}

/// Reads the object that describes the error.
fn described(mut object: Object) -> Fault {
    let message = fields::lenient_text(&mut object, "message").or_else(|| detail(&object));
    let mut fault = Fault::new(FaultKind::Api, message.unwrap_or_default());
    fault.type_name = fields::lenient_text(&mut object, "type");
    fault.code = fields::some(&mut object, "code");
    fault.param = fields::lenient_text(&mut object, "param");
    fault
}

/// `detail` is a text, an object with a message, or a list of complaints
/// (<https://fastapi.tiangolo.com/tutorial/handling-errors/>).
fn detail(object: &Object) -> Option<Str> {
    let detail = object.get("detail").or_else(|| object.get("details"))?;
    match detail.kind() {
        Kind::String => detail.string(),
        Kind::Object => detail.get("message").or_else(|| detail.get("error"))?.string(),
        Kind::Array => {
            let first = detail.item(0)?;
            let message = first.get("msg").or_else(|| first.get("message"))?.string()?;
            let steps = first.get("loc").and_then(|steps| steps.items()).unwrap_or_default();
            let step = |step: &RawJson| step.string().unwrap_or_else(|| step.text()).to_string();
            let place: Vec<String> = steps.iter().map(step).collect();
            if place.is_empty() {
                return Some(message);
            }
            Some(Str::from(format!("{}: {message}", place.join("."))))
        }
        _ => None,
    }
}

/// Refines the kind the status gave by what the API named it.
fn kind(by_status: FaultKind, fault: &Fault) -> FaultKind {
    let code = fault.code.as_ref().and_then(RawJson::string);
    let names = [code.as_deref(), fault.type_name.as_deref()];
    names.into_iter().flatten().find_map(named).unwrap_or(by_status)
}

fn named(name: &str) -> Option<FaultKind> {
    Some(match name {
        "insufficient_quota" | "billing_hard_limit_reached" | "billing_error" => FaultKind::Billing,
        "rate_limit_exceeded" | "rate_limit_error" => FaultKind::RateLimit,
        "invalid_api_key" | "authentication_error" => FaultKind::Authentication,
        "permission_error" | "permission_denied" => FaultKind::Permission,
        "model_not_found" | "not_found_error" => FaultKind::NotFound,
        "content_filter" | "content_policy_violation" => FaultKind::Denied,
        "overloaded_error" | "engine_overloaded" => FaultKind::Overloaded,
        "request_too_large" => FaultKind::TooLarge,
        "timeout_error" => FaultKind::Timeout,
        _ => return None,
    })
}

fn quote(body: &Bytes) -> Str {
    // Four bytes a character at most; the rest of a large body is not looked at.
    let beginning = body.get(..QUOTED * 4).unwrap_or(body);
    shorten(String::from_utf8_lossy(beginning).trim())
}

fn shorten(text: &str) -> Str {
    if text.is_empty() {
        return Str::from_static("the upstream answered with an error and no message");
    }
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => Str::from(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Str::from(text),
    }
}

/// Writes an error as the body of a reply.
pub(super) fn encode(fault: &Fault) -> Bytes {
    document_of(fault).into_bytes()
}

/// Writes an error as a frame within a stream. No `[DONE]` follows: the answer
/// is not complete.
pub(super) fn frame(fault: &Fault) -> Bytes {
    let mut out = Vec::with_capacity(256);
    write_frame(&mut out, fault);
    Bytes::from(out)
}

/// Appends an error as a frame.
pub(super) fn write_frame(out: &mut Vec<u8>, fault: &Fault) {
    airside_wire::sse::write_data(out, document_of(fault).into_raw().as_str());
}

fn document_of(fault: &Fault) -> Writer {
    let mut out = Writer::with_capacity(fault.message.len() + 128);
    out.begin_object();
    out.open_object("error");
    out.field_string("message", &fault.message);
    out.field_string("type", fault.type_name.as_deref().unwrap_or(type_of(fault.kind)));
    match &fault.param {
        Some(param) => out.field_string("param", param),
        None => out.field_null("param"),
    }
    match &fault.code {
        Some(code) => out.field_raw("code", code),
        None => out.field_null("code"),
    }
    out.end_object();
    if let Some(id) = &fault.request_id {
        out.field_string("request_id", id);
    }
    out.end_object();
    out
}

fn type_of(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Authentication => "authentication_error",
        FaultKind::Permission => "permission_error",
        FaultKind::NotFound => "not_found_error",
        FaultKind::TooLarge => "request_too_large",
        FaultKind::Billing => "insufficient_quota",
        FaultKind::RateLimit => "rate_limit_error",
        FaultKind::Overloaded => "overloaded_error",
        FaultKind::Timeout => "timeout_error",
        FaultKind::Api => "api_error",
        _ => "invalid_request_error",
    }
}
