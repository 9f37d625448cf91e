//! OpenAI responses, as far as they pass through unchanged: what the record
//! needs is observed, and a broken stream gets an error event of the format.
//!
//! There is no codec yet: a responses request reaches upstreams of the same
//! format only.

mod observe;

use airside_schema::Fault;
use airside_wire::{Writer, sse};
use bytes::Bytes;

pub(crate) use observe::{Observer, observe_response};

/// An error event within a stream, in the shape of the API's `error` event.
pub(crate) fn fault_frame(fault: &Fault) -> Bytes {
    let mut writer = Writer::new();
    writer.begin_object();
    writer.field_string("type", "error");
    match &fault.code {
        Some(code) => writer.field_raw("code", code),
        None => writer.field_string("code", fault.type_name.as_deref().unwrap_or("server_error")),
    }
    writer.field_string("message", &fault.message);
    writer.field_null("param");
    writer.end_object();
    let mut frame = Vec::new();
    sse::write_event(&mut frame, "error", writer.into_raw().as_str());
    frame.into()
}
