//! Tools, the choice among them, and calls of them.

use airside_schema::{
    CacheMark, ChatRequest, Direction, Extras, Tool, ToolCall, ToolChoice, ToolKind, Weight,
};
use airside_wire::{Str, Writer};

use super::super::DIALECT;
use super::super::fields::{self, Rest};
use super::Target;
use crate::shared::at::At;

/// Writes `tools`, `tool_choice` and `parallel_tool_calls`.
pub(super) fn write(to: &mut Target<'_>, request: &ChatRequest) {
    let root = At::Root;
    let list = root.key("tools");
    let known = |tool: &Tool| match &tool.kind {
        ToolKind::Function { .. } => true,
        ToolKind::Opaque { dialect, .. } => *dialect == DIALECT,
        _ => false,
    };
    let any = request.tools.iter().any(known);
    if any {
        to.out.open_array("tools");
    }
    for (index, tool) in request.tools.iter().enumerate() {
        write_tool(to, tool, &list.index(index));
    }
    if any {
        to.out.end_array();
    }
    if let Some(choice) = &request.tool_choice {
        write_choice(to, choice, any, &request.extras);
    }
    match request.parallel_tool_calls {
        Some(parallel) if to.own || (any && !parallel) => {
            to.out.field_bool("parallel_tool_calls", parallel);
        }
        _ => {}
    }
}

/// A guess at the written size of a tool.
pub(super) fn size(tool: &Tool) -> usize {
    match &tool.kind {
        ToolKind::Function { name, description, parameters, .. } => {
            let description = description.as_ref().map_or(0, |text| text.len());
            let parameters = parameters.as_ref().map_or(0, |raw| raw.as_str().len());
            name.len() + description + parameters + 96
        }
        ToolKind::Opaque { raw, .. } => raw.as_str().len() + 1,
        _ => 0,
    }
}

fn write_tool(to: &mut Target<'_>, tool: &Tool, at: &At<'_>) {
    let (name, description, parameters, strict) = match &tool.kind {
        ToolKind::Function { name, description, parameters, strict } => {
            (name, description, parameters, strict)
        }
        ToolKind::Opaque { dialect: DIALECT, raw, .. } => return to.out.raw(raw),
        _ => {
            to.unsaid(at, "only the format it came in knows this tool");
            return;
        }
    };
    to.out.begin_object();
    to.out.field_string("type", "function");
    to.out.open_object("function");
    to.out.field_string("name", name);
    if let Some(description) = description {
        to.out.field_string("description", description);
    }
    if let Some(parameters) = parameters {
        to.out.field_raw("parameters", parameters);
    }
    if let Some(strict) = strict {
        to.out.field_bool("strict", *strict);
    }
    fields::write_kept(&mut to.out, &tool.extras, "function");
    to.out.end_object();
    match &tool.cache {
        Some(mark) if to.own => fields::write_cache(&mut to.out, mark, &tool.extras),
        Some(_) => {
            let note = "prompt caching is automatic in this format";
            to.loss.dropped(Weight::Annotation, at.key("cache_control").path(), note);
        }
        None => {}
    }
    let rest = Rest {
        at: *at,
        direction: Direction::Request,
        weight: Weight::Parameter,
        nested: &["function", "prompt_cache_breakpoint"],
    };
    rest.write(&mut to.out, &tool.extras, to.loss);
    to.out.end_object();
}

fn write_choice(to: &mut Target<'_>, choice: &ToolChoice, any: bool, extras: &Extras) {
    let root = At::Root;
    let at = root.key("tool_choice");
    // The API refuses a choice among no tools; without tools, none is called.
    if !any && !to.own {
        if !matches!(choice, ToolChoice::Auto | ToolChoice::None) {
            to.unsaid(&at, "there is no tool to choose in this format");
        }
        return;
    }
    match choice {
        ToolChoice::Auto => to.out.field_string("tool_choice", "auto"),
        ToolChoice::None => to.out.field_string("tool_choice", "none"),
        ToolChoice::Required => to.out.field_string("tool_choice", "required"),
        ToolChoice::Function(name) => {
            to.out.key("tool_choice");
            write_named(&mut to.out, name, extras);
        }
        ToolChoice::Allowed { names, required } => {
            to.out.open_object("tool_choice");
            to.out.field_string("type", "allowed_tools");
            to.out.open_object("allowed_tools");
            to.out.field_string("mode", if *required { "required" } else { "auto" });
            to.out.open_array("tools");
            for name in names {
                write_named(&mut to.out, name, &Extras::default());
            }
            to.out.end_array();
            to.out.end_object();
            to.out.end_object();
        }
        ToolChoice::Opaque { dialect: DIALECT, raw } => to.out.field_raw("tool_choice", raw),
        _ => to.unsaid(&at, "only the format it came in knows this choice"),
    }
}

fn write_named(out: &mut Writer, name: &Str, extras: &Extras) {
    out.begin_object();
    out.field_string("type", "function");
    out.open_object("function");
    out.field_string("name", name);
    fields::write_kept(out, extras, "tool_choice.function");
    fields::write_kept(out, extras, "function_call");
    out.end_object();
    fields::write_kept(out, extras, "tool_choice");
    out.end_object();
}

/// Writes one element of `tool_calls`. Extras of another dialect are reported
/// by whoever knows where they stood.
pub(in super::super) fn call(
    out: &mut Writer,
    call: &ToolCall,
    extras: &Extras,
    mark: Option<&CacheMark>,
) {
    let (kind, text) = if call.custom { ("custom", "input") } else { ("function", "arguments") };
    out.begin_object();
    out.field_string("id", &call.id);
    out.field_string("type", kind);
    out.open_object(kind);
    out.field_string("name", &call.name);
    out.field_string(text, &call.arguments);
    fields::write_kept(out, extras, kind);
    out.end_object();
    if let Some(mark) = mark {
        fields::write_cache(out, mark, extras);
    }
    fields::write_back(out, extras, &["function", "custom", "prompt_cache_breakpoint"]);
    out.end_object();
}
