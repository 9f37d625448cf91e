//! Tools and the choice among them.
//!
//! Client tools become functions; tools the vendor runs or defines (web
//! search, code execution, computer use, toolsets) stay opaque.

use airside_schema::{ChatRequest, CodecError, Extras, Tool, ToolChoice, ToolKind};
use airside_wire::{Object, RawJson};

use super::super::{DIALECT, fields};
use crate::shared::at::At;

/// Decodes the list of tools.
pub(super) fn tools(raw: &RawJson, at: &At<'_>) -> Result<Vec<Tool>, CodecError> {
    let list = fields::items(raw, at, "an array of tools")?;
    list.iter().enumerate().map(|(index, raw)| tool(raw, &at.index(index))).collect()
}

fn tool(raw: &RawJson, at: &At<'_>) -> Result<Tool, CodecError> {
    let mut object = fields::object(raw, at, "a tool, which is an object")?;
    let kind = fields::optional_text(&mut object, "type", at)?;
    if kind.is_some_and(|kind| kind != "custom") {
        let name = object.take("name").and_then(|name| name.string());
        return Ok(Tool::new(ToolKind::Opaque { dialect: DIALECT, name, raw: raw.clone() }));
    }
    let kind = ToolKind::Function {
        name: fields::text(&mut object, "name", at)?,
        description: fields::optional_text(&mut object, "description", at)?,
        parameters: fields::some(&mut object, "input_schema"),
        strict: fields::optional_bool(&mut object, "strict", at)?,
    };
    let mut tool = Tool::new(kind);
    tool.cache = fields::cache(&mut object);
    tool.extras = Extras::rest(DIALECT, object);
    Ok(tool)
}

/// Decodes the choice and whether tools may be called in parallel.
pub(super) fn tool_choice(
    raw: &RawJson,
    at: &At<'_>,
    request: &mut ChatRequest,
    nested: &mut Extras,
) -> Result<(), CodecError> {
    let mut object = fields::object(raw, at, "an object with a `type`")?;
    let choice = match &*fields::text(&mut object, "type", at)? {
        "auto" => ToolChoice::Auto,
        "any" => ToolChoice::Required,
        "none" => ToolChoice::None,
        "tool" => ToolChoice::Function(fields::text(&mut object, "name", at)?),
        _ => ToolChoice::Opaque { dialect: DIALECT, raw: raw.clone() },
    };
    if !matches!(choice, ToolChoice::Opaque { .. }) {
        request.parallel_tool_calls = parallel(&mut object, at)?;
        fields::keep(nested, "tool_choice", object);
    }
    request.tool_choice = Some(choice);
    Ok(())
}

fn parallel(object: &mut Object, at: &At<'_>) -> Result<Option<bool>, CodecError> {
    let disabled = fields::optional_bool(object, "disable_parallel_tool_use", at)?;
    Ok(disabled.map(|disabled| !disabled))
}
