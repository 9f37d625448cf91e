//! Tools and the choice among them, in the present form and the one before.

use airside_schema::{ChatRequest, CodecError, Extras, Tool, ToolChoice, ToolKind};
use airside_wire::{Kind, Object, RawJson, Str};

use super::super::{DIALECT, fields};
use crate::shared::at::At;

/// Takes everything about tools out of a request.
pub(super) fn decode(
    object: &mut Object,
    request: &mut ChatRequest,
    at: &At<'_>,
) -> Result<(), CodecError> {
    if let Some(raws) = fields::items(object, "tools", at)? {
        let list = at.key("tools");
        for (index, raw) in raws.into_iter().enumerate() {
            request.tools.push(tool(raw, &list.index(index))?);
        }
    }
    if let Some(raws) = fields::items(object, "functions", at)? {
        let list = at.key("functions");
        for (index, raw) in raws.into_iter().enumerate() {
            let at = list.index(index);
            let mut inner = fields::object(&raw, &at)?;
            let mut tool = Tool::new(function(&mut inner, &at)?);
            fields::keep(&mut tool.extras, "function", inner);
            request.tools.push(tool);
        }
    }
    if let Some(raw) = fields::some(object, "tool_choice") {
        request.tool_choice = Some(choice(raw, &mut request.extras));
    }
    if request.tool_choice.is_none()
        && let Some(raw) = fields::some(object, "function_call")
    {
        request.tool_choice = Some(legacy_choice(raw, &mut request.extras));
    }
    request.parallel_tool_calls = fields::lenient_flag(object, "parallel_tool_calls");
    Ok(())
}

/// Some servers leave out the type of functions.
fn tool(raw: RawJson, at: &At<'_>) -> Result<Tool, CodecError> {
    let mut object = fields::object(&raw, at)?;
    let kind = object.get("type").and_then(RawJson::string);
    let is_function = match kind.as_deref() {
        Some(kind) => kind == "function",
        None => object.contains("function"),
    };
    if !is_function {
        let custom = object.get("custom").and_then(|custom| custom.get("name")?.string());
        let name = custom.or_else(|| object.get("name").and_then(RawJson::string));
        return Ok(Tool::new(ToolKind::Opaque { dialect: DIALECT, name, raw }));
    }
    object.take("type");
    let inner_at = at.key("function");
    let Some(inner) = fields::some(&mut object, "function") else {
        return Err(CodecError::missing(inner_at.path(), "an object with a `name`"));
    };
    let mut inner = fields::object(&inner, &inner_at)?;
    let mut tool = Tool::new(function(&mut inner, &inner_at)?);
    tool.cache = fields::cache(&mut object, &mut tool.extras);
    if tool.cache.is_none() {
        tool.cache = fields::cache(&mut inner, &mut tool.extras);
    }
    fields::keep(&mut tool.extras, "function", inner);
    for (key, value) in object {
        tool.extras.push(DIALECT, key, value);
    }
    Ok(tool)
}

fn function(inner: &mut Object, at: &At<'_>) -> Result<ToolKind, CodecError> {
    Ok(ToolKind::Function {
        name: fields::required_text(inner, "name", at)?,
        description: fields::lenient_text(inner, "description"),
        parameters: fields::of_kind(inner, "parameters", Kind::Object),
        strict: fields::lenient_flag(inner, "strict"),
    })
}

/// What is not one of the documented forms to the letter stays as it arrived.
fn choice(raw: RawJson, extras: &mut Extras) -> ToolChoice {
    if let Some(word) = raw.string() {
        return match &*word {
            "auto" => ToolChoice::Auto,
            "none" => ToolChoice::None,
            // Some relatives of the format say `any`.
            "required" | "any" => ToolChoice::Required,
            _ => ToolChoice::Opaque { dialect: DIALECT, raw },
        };
    }
    let known = raw.object().and_then(|mut object| {
        let kind = object.take("type")?.string()?;
        match &*kind {
            "function" => named(object, extras),
            "allowed_tools" => allowed(object),
            _ => None,
        }
    });
    known.unwrap_or(ToolChoice::Opaque { dialect: DIALECT, raw })
}

fn named(mut object: Object, extras: &mut Extras) -> Option<ToolChoice> {
    let mut inner = object.take("function")?.object()?;
    let name = inner.take("name")?.string()?;
    fields::keep(extras, "tool_choice.function", inner);
    fields::keep(extras, "tool_choice", object);
    Some(ToolChoice::Function(name))
}

fn allowed(mut object: Object) -> Option<ToolChoice> {
    let mut inner = object.take("allowed_tools")?.object()?;
    let required = match &*inner.take("mode")?.string()? {
        "required" => true,
        "auto" => false,
        _ => return None,
    };
    let tools = inner.take("tools")?;
    let names: Option<Vec<Str>> = tools.iter_items()?.map(|raw| allowed_name(&raw)).collect();
    let exact = object.is_empty() && inner.is_empty();
    names.filter(|_| exact).map(|names| ToolChoice::Allowed { names, required })
}

fn allowed_name(raw: &RawJson) -> Option<Str> {
    let mut object = raw.object()?;
    let kind = object.take("type")?.string()?;
    let mut function = object.take("function")?.object()?;
    let name = function.take("name")?.string()?;
    (kind == "function" && object.is_empty() && function.is_empty()).then_some(name)
}

/// The choice before tools existed: a word, or an object with a name.
fn legacy_choice(raw: RawJson, extras: &mut Extras) -> ToolChoice {
    let word = raw.string();
    let known = match word.as_deref() {
        Some("auto") => Some(ToolChoice::Auto),
        Some("none") => Some(ToolChoice::None),
        Some(_) => None,
        None => raw.object().and_then(|mut object| {
            let name = object.take("name")?.string()?;
            fields::keep(extras, "function_call", object);
            Some(ToolChoice::Function(name))
        }),
    };
    known.unwrap_or(ToolChoice::Opaque { dialect: DIALECT, raw })
}
