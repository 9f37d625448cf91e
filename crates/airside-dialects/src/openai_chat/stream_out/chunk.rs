//! The JSON of one chunk's choice.

use airside_schema::Extras;
use airside_wire::{RawJson, Writer};

use super::super::legacy;

/// Writes one element of `choices`.
pub(super) fn item(
    index: u32,
    logprobs: Option<&RawJson>,
    finish: Option<&str>,
    delta: impl FnOnce(&mut Writer),
) -> RawJson {
    let mut out = Writer::with_capacity(192);
    out.begin_object();
    out.field_u64("index", u64::from(index));
    out.open_object("delta");
    delta(&mut out);
    out.end_object();
    if let Some(logprobs) = logprobs {
        out.field_raw("logprobs", logprobs);
    }
    match finish {
        Some(reason) => out.field_string("finish_reason", reason),
        None => out.field_null("finish_reason"),
    }
    out.end_object();
    out.into_raw()
}

/// Appends JSON text to a line. Values passed on as they arrived may hold line
/// ends between tokens, which would end the line of the frame.
pub(super) fn one_line(out: &mut Vec<u8>, json: &str) {
    if memchr::memchr2(b'\n', b'\r', json.as_bytes()).is_none() {
        return out.extend_from_slice(json.as_bytes());
    }
    out.extend(json.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
}

/// Writes `content_blocks` with one piece, as clients of the compatible
/// gateway read it.
pub(super) fn content_block(delta: &mut Writer, index: u32, piece: impl FnOnce(&mut Writer)) {
    delta.open_array("content_blocks");
    delta.begin_object();
    delta.field_u64("index", u64::from(index));
    delta.open_object("delta");
    piece(delta);
    delta.end_object();
    delta.end_object();
    delta.end_array();
}

/// The form a tool call takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Form {
    #[default]
    Function,
    Custom,
    /// As before tools existed.
    Legacy,
    /// None: the form before tools existed has one call a message.
    Lost,
}

/// Writes the beginning of a tool call.
pub(super) fn call_start(delta: &mut Writer, call: u64, form: Form, id: &str, name: &str) {
    call_fields(delta, call, form, Some((id, name)), "");
}

/// Writes a piece of the arguments of a tool call.
pub(super) fn call_piece(delta: &mut Writer, call: u64, form: Form, arguments: &str) {
    call_fields(delta, call, form, None, arguments);
}

fn call_fields(
    delta: &mut Writer,
    call: u64,
    form: Form,
    start: Option<(&str, &str)>,
    arguments: &str,
) {
    let name = start.map(|(_, name)| name);
    let (kind, key) = match form {
        Form::Function => ("function", "arguments"),
        Form::Custom => ("custom", "input"),
        Form::Legacy => return legacy::write_call(delta, name, arguments, &Extras::default()),
        Form::Lost => return,
    };
    delta.open_array("tool_calls");
    delta.begin_object();
    delta.field_u64("index", call);
    if let Some((id, _)) = start {
        delta.field_string("id", id);
        delta.field_string("type", kind);
    }
    delta.open_object(kind);
    if let Some(name) = name {
        delta.field_string("name", name);
    }
    delta.field_string(key, arguments);
    delta.end_object();
    delta.end_object();
    delta.end_array();
}
