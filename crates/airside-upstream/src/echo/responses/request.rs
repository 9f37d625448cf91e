//! Responses requests to the unified schema, as far as the echo upstream
//! cares: what is said, tools, limits and form.
//!
//! Not a codec: what does not change the answer is left alone.

use airside_schema::{
    ChatRequest, CodecError, DialectId, Media, MediaSource, Message, Part, PartKind,
    ReasoningConfig, ReasoningEffort, ResponseFormat, Role, Tool, ToolCall, ToolChoice, ToolKind,
    ToolResult,
};
use airside_wire::{JsonDoc, RawJson, Str};

/// Reads a request.
pub(super) fn decode(doc: &JsonDoc) -> Result<ChatRequest, CodecError> {
    let present = |key: &str| doc.get(key).filter(|value| !value.is_null());
    let mut request = ChatRequest::new("", Vec::new());
    request.source = Some(DialectId::OPENAI_RESPONSES);
    if let Some(raw) = present("model") {
        request.model = raw.string().ok_or_else(|| CodecError::invalid("model", "a string"))?;
    }
    if let Some(instructions) = present("instructions").and_then(|raw| raw.string()) {
        request.messages.push(Message::text(Role::Developer, instructions));
    }
    if let Some(input) = present("input") {
        read_input(&input, &mut request.messages)?;
    }
    if let Some(raw) = present("stream") {
        request.stream = raw.bool().ok_or_else(|| CodecError::invalid("stream", "a boolean"))?;
    }
    let tools = present("tools").and_then(|raw| raw.items()).unwrap_or_default();
    request.tools = tools.iter().filter_map(tool).collect();
    request.tool_choice = present("tool_choice").and_then(|raw| tool_choice(&raw));
    request.parallel_tool_calls = present("parallel_tool_calls").and_then(|raw| raw.bool());
    if let Some(raw) = present("max_output_tokens") {
        let invalid = || CodecError::invalid("max_output_tokens", "an integer");
        request.params.max_tokens = Some(raw.u64().ok_or_else(invalid)?);
    }
    request.response_format = present("text").and_then(|raw| format(&raw.get("format")?));
    if let Some(raw) = present("reasoning") {
        let mut reasoning = ReasoningConfig::default();
        let effort = raw.get("effort").and_then(|effort| effort.string());
        reasoning.effort = effort.map(|name| ReasoningEffort::parse(&name));
        request.reasoning = Some(reasoning);
    }
    Ok(request)
}

fn read_input(input: &RawJson, messages: &mut Vec<Message>) -> Result<(), CodecError> {
    if let Some(text) = input.string() {
        messages.push(Message::text(Role::User, text));
        return Ok(());
    }
    let invalid = || CodecError::invalid("input", "a string or an array of items");
    for (index, item) in input.items().ok_or_else(invalid)?.iter().enumerate() {
        if item.object().is_none() {
            return Err(CodecError::invalid(
                format!("input[{index}]"),
                "an item, which is an object",
            ));
        }
        messages.extend(message(item));
    }
    Ok(())
}

/// The message an item stands for; items without a voice stand for none.
fn message(item: &RawJson) -> Option<Message> {
    let text = |key: &str| item.get(key).and_then(|value| value.string());
    let kind = text("type");
    match kind.as_deref().unwrap_or("message") {
        "message" => {
            let role = match text("role").as_deref() {
                Some("assistant") => Role::Assistant,
                Some("system") => Role::System,
                Some("developer") => Role::Developer,
                _ => Role::User,
            };
            Some(Message::new(role, parts(&item.get("content")?)))
        }
        "function_call" => {
            let call = ToolCall::new(text("call_id")?, text("name")?, text("arguments")?);
            Some(Message::new(Role::Assistant, vec![Part::new(PartKind::ToolCall(call))]))
        }
        "function_call_output" => {
            let result = ToolResult::new(text("call_id")?, parts(&item.get("output")?));
            Some(Message::new(Role::Tool, vec![Part::new(PartKind::ToolResult(result))]))
        }
        _ => None,
    }
}

fn parts(content: &RawJson) -> Vec<Part> {
    if let Some(text) = content.string() {
        return vec![Part::text(text)];
    }
    content.items().unwrap_or_default().iter().filter_map(part).collect()
}

fn part(raw: &RawJson) -> Option<Part> {
    // What is in it does not matter, only what it is.
    let media = || Media::new(MediaSource::FileId(Str::from_static("")));
    Some(match &*raw.get("type")?.string()? {
        "input_text" | "output_text" => Part::text(raw.get("text")?.string()?),
        "refusal" => Part::new(PartKind::Refusal(raw.get("refusal")?.string()?)),
        "input_image" => Part::new(PartKind::Image(media())),
        "input_audio" => Part::new(PartKind::Audio(media())),
        "input_file" => Part::new(PartKind::File(media())),
        _ => return None,
    })
}

fn tool(raw: &RawJson) -> Option<Tool> {
    let text = |key: &str| raw.get(key).and_then(|value| value.string());
    if &*text("type")? != "function" {
        let dialect = DialectId::OPENAI_RESPONSES;
        return Some(Tool::new(ToolKind::Opaque { dialect, name: None, raw: raw.clone() }));
    }
    Some(Tool::new(ToolKind::Function {
        name: text("name")?,
        description: text("description"),
        parameters: raw.get("parameters").filter(|schema| !schema.is_null()),
        strict: None,
    }))
}

fn tool_choice(raw: &RawJson) -> Option<ToolChoice> {
    if let Some(name) = raw.string() {
        return match &*name {
            "auto" => Some(ToolChoice::Auto),
            "none" => Some(ToolChoice::None),
            "required" => Some(ToolChoice::Required),
            _ => None,
        };
    }
    match &*raw.get("type")?.string()? {
        "function" => Some(ToolChoice::Function(raw.get("name")?.string()?)),
        "allowed_tools" => {
            let tools = raw.get("tools")?.items()?;
            let names = tools.iter().filter_map(|tool| tool.get("name")?.string()).collect();
            let mode = raw.get("mode").and_then(|mode| mode.string());
            Some(ToolChoice::Allowed { names, required: mode.as_deref() == Some("required") })
        }
        _ => None,
    }
}

fn format(raw: &RawJson) -> Option<ResponseFormat> {
    Some(match &*raw.get("type")?.string()? {
        "json_object" => ResponseFormat::JsonObject,
        "json_schema" => ResponseFormat::JsonSchema {
            name: None,
            description: None,
            schema: raw.get("schema"),
            strict: None,
        },
        _ => ResponseFormat::Text,
    })
}
