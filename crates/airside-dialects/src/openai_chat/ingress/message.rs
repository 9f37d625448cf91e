//! One message of a request.

use airside_schema::{CodecError, Message, Part, PartKind, Role, ToolResult};
use airside_wire::{Object, RawJson};

use super::super::legacy::Calls;
use super::super::{DIALECT, assistant, content, fields};
use crate::shared::at::At;

const ROLES: &str = "one of system, developer, user, assistant, tool, function";

/// Decodes a message.
pub(super) fn decode(raw: &RawJson, calls: &mut Calls, at: &At<'_>) -> Result<Message, CodecError> {
    let mut object = fields::object(raw, at)?;
    let Some(role) = fields::some(&mut object, "role") else {
        return Err(CodecError::missing(at.key("role").path(), ROLES));
    };
    let invalid = || CodecError::invalid(at.key("role").path(), ROLES);
    let (role, legacy) = match &*role.string().ok_or_else(invalid)? {
        "system" => (Role::System, false),
        "developer" => (Role::Developer, false),
        "user" => (Role::User, false),
        "assistant" => (Role::Assistant, false),
        "tool" => (Role::Tool, false),
        "function" => (Role::Tool, true),
        _ => return Err(invalid()),
    };
    let mut message = Message::new(role, Vec::new());
    message.parts = match role {
        Role::Assistant => assistant::parts(&mut object, &mut message.extras, calls, at)?,
        Role::Tool => {
            let id = if legacy {
                calls.result()
            } else {
                fields::text(&mut object, "tool_call_id", at)?.unwrap_or_default()
            };
            let result = ToolResult::new(id, parts(&mut object, at)?);
            vec![Part::new(PartKind::ToolResult(result))]
        }
        _ => parts(&mut object, at)?,
    };
    message.name = fields::lenient_text(&mut object, "name");
    // Gateways accept a mark on the message; it means its end.
    if let Some(last) = message.parts.last_mut().filter(|part| part.cache.is_none()) {
        last.cache = fields::cache(&mut object, &mut last.extras);
    }
    for (key, value) in object {
        message.extras.push(DIALECT, key, value);
    }
    Ok(message)
}

fn parts(object: &mut Object, at: &At<'_>) -> Result<Vec<Part>, CodecError> {
    match fields::some(object, "content") {
        Some(raw) => content::decode(&raw, &at.key("content")),
        None => Ok(Vec::new()),
    }
}
