//! The items of an output.

use airside_schema::{Part, PartKind};
use airside_wire::{Str, Writer};

use super::super::stamp::Stamp;

/// One item.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) id: Str,
    pub(super) kind: Kind,
}

/// What an item is.
#[derive(Debug)]
pub(super) enum Kind {
    /// A summary of what was thought.
    Reasoning(Str),
    /// A text.
    Message(Str),
    /// A function call.
    Call { id: Str, name: Str, arguments: Str },
}

/// How far an item has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// It begins: nothing is in it yet.
    Begun,
    /// It is whole.
    Complete,
    /// The limit was reached within it.
    Cut,
}

impl Item {
    /// The item of a part of the answer.
    pub(super) fn new(part: &Part, stamp: &Stamp) -> Option<Self> {
        Some(match &part.kind {
            PartKind::Reasoning(reasoning) => {
                Self { id: stamp.id("rs_"), kind: Kind::Reasoning(reasoning.text.clone()) }
            }
            PartKind::Text { text, .. } => {
                Self { id: stamp.id("msg_"), kind: Kind::Message(text.clone()) }
            }
            PartKind::ToolCall(call) => {
                let (id, name, arguments) = (&call.id, &call.name, &call.arguments);
                let (id, name, arguments) = (id.clone(), name.clone(), arguments.clone());
                Self { id: stamp.id("fc_"), kind: Kind::Call { id, name, arguments } }
            }
            _ => return None,
        })
    }

    /// Writes the item.
    pub(super) fn write(&self, out: &mut Writer, progress: Progress) {
        let begun = progress == Progress::Begun;
        out.begin_object();
        out.field_string("id", &self.id);
        match &self.kind {
            Kind::Reasoning(text) => {
                out.field_string("type", "reasoning");
                out.open_array("summary");
                if !begun {
                    summary(out, text);
                }
                out.end_array();
            }
            Kind::Message(text) => {
                out.field_string("type", "message");
                out.field_string("status", status(progress));
                out.field_string("role", "assistant");
                out.open_array("content");
                if !begun {
                    content(out, text);
                }
                out.end_array();
            }
            Kind::Call { id, name, arguments } => {
                out.field_string("type", "function_call");
                out.field_string("status", status(progress));
                out.field_string("call_id", id);
                out.field_string("name", name);
                out.field_string("arguments", if begun { "" } else { arguments });
            }
        }
        out.end_object();
    }
}

/// Writes a content part of a message.
pub(super) fn content(out: &mut Writer, text: &str) {
    out.begin_object();
    out.field_string("type", "output_text");
    out.open_array("annotations");
    out.end_array();
    out.open_array("logprobs");
    out.end_array();
    out.field_string("text", text);
    out.end_object();
}

/// Writes a part of a reasoning summary.
pub(super) fn summary(out: &mut Writer, text: &str) {
    out.begin_object();
    out.field_string("type", "summary_text");
    out.field_string("text", text);
    out.end_object();
}

/// The name of how far something has come.
pub(super) fn status(progress: Progress) -> &'static str {
    match progress {
        Progress::Begun => "in_progress",
        Progress::Complete => "completed",
        Progress::Cut => "incomplete",
    }
}
