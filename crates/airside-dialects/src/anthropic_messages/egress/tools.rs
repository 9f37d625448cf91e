//! Tools and the choice among them.
//!
//! Not the calls. A tool only another format knows is reported, and a choice
//! among some tools is made by sending only those.

use std::collections::HashSet;

use airside_schema::{ChatRequest, Direction, LossReport, Tool, ToolChoice, ToolKind, Weight};
use airside_wire::{RawJson, Writer};

use super::super::{DIALECT, fields};
use crate::shared::at::At;

/// Writes `tools` and `tool_choice`.
pub(super) fn write(out: &mut Writer, request: &ChatRequest, loss: &mut LossReport) {
    let allowed = match &request.tool_choice {
        Some(ToolChoice::Allowed { names, .. }) => {
            Some(names.iter().map(|name| &**name).collect::<HashSet<&str>>())
        }
        _ => None,
    };
    let written = tools(out, &request.tools, allowed.as_ref(), loss);
    tool_choice(out, request, written, loss);
}

/// Writes the tools and tells whether there are any.
fn tools(
    out: &mut Writer,
    tools: &[Tool],
    allowed: Option<&HashSet<&str>>,
    loss: &mut LossReport,
) -> bool {
    let list = At::Root.key("tools");
    let mut open = false;
    for (index, tool) in tools.iter().enumerate() {
        let at = list.index(index);
        if let ToolKind::Opaque { dialect, .. } = &tool.kind
            && *dialect != DIALECT
        {
            let note = "only the format it came from knows this tool";
            loss.dropped(Weight::Semantic, at.path(), note);
            continue;
        }
        if is_left_out(tool, allowed) {
            let note = "left out, since the choice among the tools does not name it";
            loss.dropped(Weight::Annotation, at.path(), note);
            continue;
        }
        if !open {
            out.open_array("tools");
            open = true;
        }
        write_tool(out, tool, loss, &at);
    }
    if open {
        out.end_array();
    }
    open
}

fn is_left_out(tool: &Tool, allowed: Option<&HashSet<&str>>) -> bool {
    let name = match &tool.kind {
        ToolKind::Function { name, .. } => Some(name),
        ToolKind::Opaque { name, .. } => name.as_ref(),
        _ => None,
    };
    let (Some(allowed), Some(name)) = (allowed, name) else { return false };
    !allowed.contains(&**name)
}

fn write_tool(out: &mut Writer, tool: &Tool, loss: &mut LossReport, at: &At<'_>) {
    let (name, description, parameters, strict) = match &tool.kind {
        ToolKind::Function { name, description, parameters, strict } => {
            (name, description, parameters, strict)
        }
        ToolKind::Opaque { raw, .. } => return out.raw(raw),
        _ => return,
    };
    out.begin_object();
    out.field_string("name", name);
    if let Some(description) = description {
        out.field_string("description", description);
    }
    schema(out, parameters.as_ref(), loss, at);
    if let Some(strict) = strict {
        out.field_bool("strict", *strict);
    }
    fields::write_cache(out, tool.cache.as_ref());
    fields::write_extras(out, &tool.extras, loss, Direction::Request, Weight::Parameter, at);
    out.end_object();
}

/// Writes the schema of the arguments. The format demands one, of an object.
fn schema(out: &mut Writer, schema: Option<&RawJson>, loss: &mut LossReport, at: &At<'_>) {
    let fields = schema.map(RawJson::object);
    match (schema, fields) {
        (Some(raw), Some(Some(fields))) if !fields.contains("type") => {
            out.open_object("input_schema");
            out.field_string("type", "object");
            for (key, value) in &fields {
                out.field_raw(key, value);
            }
            out.end_object();
            // An empty schema means the same.
            if raw.as_str() != "{}" {
                let note = "the target format demands a `type` here; `object` was added";
                loss.approximated(Weight::Parameter, at.key("parameters").path(), note);
            }
        }
        (Some(raw), _) => out.field_raw("input_schema", raw),
        // No schema means no arguments.
        (None, _) => {
            out.open_object("input_schema");
            out.field_string("type", "object");
            out.open_object("properties");
            out.end_object();
            out.end_object();
        }
    }
}

fn tool_choice(out: &mut Writer, request: &ChatRequest, tools: bool, loss: &mut LossReport) {
    let serial = request.parallel_tool_calls == Some(false);
    let choice = match &request.tool_choice {
        Some(ToolChoice::Opaque { dialect, raw }) if *dialect == DIALECT => {
            return out.field_raw("tool_choice", raw);
        }
        Some(ToolChoice::Opaque { .. }) => {
            let note = "only the format it came from knows this choice";
            loss.dropped(Weight::Parameter, "tool_choice", note);
            None
        }
        choice => choice.as_ref(),
    };
    let choice = match choice {
        // Without tools there is nothing to choose, and saying so is refused.
        None | Some(ToolChoice::Auto | ToolChoice::None) if !tools => return,
        None if !serial => return,
        None => &ToolChoice::Auto,
        Some(choice) => choice,
    };
    let (kind, name) = match choice {
        ToolChoice::None => ("none", None),
        ToolChoice::Required => ("any", None),
        ToolChoice::Function(name) => ("tool", Some(name)),
        ToolChoice::Allowed { required, .. } => {
            let note = "the target format cannot choose among some tools; only those are sent";
            loss.approximated(Weight::Parameter, "tool_choice", note);
            (if *required { "any" } else { "auto" }, None)
        }
        _ => ("auto", None),
    };
    out.open_object("tool_choice");
    out.field_string("type", kind);
    if let Some(name) = name {
        out.field_string("name", name);
    }
    if serial && kind != "none" {
        out.field_bool("disable_parallel_tool_use", true);
    }
    fields::write_kept(out, &request.extras, "tool_choice");
    out.end_object();
}
