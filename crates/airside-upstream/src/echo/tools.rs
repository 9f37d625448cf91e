//! Which tools the echo upstream calls, and with what.
//!
//! A tool is called because the caller demands it or the last user text names
//! it; never twice in a row, so that a client's loop ends.

use std::collections::HashSet;

use airside_schema::{
    ChatRequest, Fault, FaultKind, PartKind, Role, ToolCall, ToolChoice, ToolKind,
};
use airside_wire::{RawJson, Str};

use super::{Refused, instance};

/// The most calls in one answer.
const MAX_CALLS: usize = 8;

/// The most functions whose names are looked for, and in how much of the text.
const MAX_FUNCTIONS: usize = 128;
const MAX_TEXT: usize = 64 * 1024;

/// A function the caller declared.
struct Function<'a> {
    name: &'a Str,
    parameters: Option<&'a RawJson>,
}

/// The calls to make, without identifiers.
pub(super) fn calls(request: &ChatRequest, said: &str) -> Result<Vec<ToolCall>, Refused> {
    let functions: Vec<_> = request.tools.iter().filter_map(|tool| function(&tool.kind)).collect();
    let chosen = chosen(request.tool_choice.as_ref(), &functions, said)?;
    if answers_a_tool(request) {
        return Ok(Vec::new());
    }
    let most = if request.parallel_tool_calls == Some(false) { 1 } else { MAX_CALLS };
    let call = |function: &&Function<'_>| {
        let arguments = instance::minimal(function.parameters).text();
        ToolCall::new("", function.name.clone(), arguments)
    };
    Ok(chosen.iter().take(most).map(call).collect())
}

/// True if the last message reports what a tool said.
pub(super) fn answers_a_tool(request: &ChatRequest) -> bool {
    request.messages.last().is_some_and(|message| {
        let result = |kind: &PartKind| matches!(kind, PartKind::ToolResult(_));
        message.role == Role::Tool || message.parts.iter().any(|part| result(&part.kind))
    })
}

fn function(kind: &ToolKind) -> Option<Function<'_>> {
    match kind {
        ToolKind::Function { name, parameters, .. } => {
            Some(Function { name, parameters: parameters.as_ref() })
        }
        _ => None,
    }
}

fn chosen<'a>(
    choice: Option<&ToolChoice>,
    functions: &'a [Function<'a>],
    said: &str,
) -> Result<Vec<&'a Function<'a>>, Refused> {
    let said = said.get(..said.floor_char_boundary(MAX_TEXT)).unwrap_or(said);
    let named = |functions: Vec<&'a Function<'a>>, required: bool| {
        let looked_for = functions.iter().take(MAX_FUNCTIONS);
        let named = looked_for.filter(|function| names(said, function.name));
        let named: Vec<_> = named.copied().collect();
        match functions.first() {
            Some(first) if required && named.is_empty() => vec![*first],
            _ => named,
        }
    };
    let all = || functions.iter().collect::<Vec<_>>();
    match choice {
        None | Some(ToolChoice::Auto) => Ok(named(all(), false)),
        Some(ToolChoice::Required) if functions.is_empty() => Err(undeclared("a tool")),
        Some(ToolChoice::Required) => Ok(named(all(), true)),
        Some(ToolChoice::Function(name)) => {
            let function = functions.iter().find(|function| function.name == name);
            Ok(vec![function.ok_or_else(|| undeclared(&format!("the tool `{name}`")))?])
        }
        Some(ToolChoice::Allowed { names, required }) => {
            let names: HashSet<_> = names.iter().collect();
            let allowed = functions.iter().filter(|function| names.contains(function.name));
            Ok(named(allowed.collect(), *required))
        }
        Some(_) => Ok(Vec::new()),
    }
}

/// True if a name stands in a text as a word of its own.
fn names(text: &str, name: &str) -> bool {
    let inside = |character: Option<char>| {
        character.is_some_and(|character| character.is_alphanumeric() || character == '_')
    };
    !name.is_empty()
        && text.match_indices(name).any(|(at, _)| {
            let (before, after) = (text.get(..at), text.get(at + name.len()..));
            !inside(before.and_then(|before| before.chars().next_back()))
                && !inside(after.and_then(|after| after.chars().next()))
        })
}

fn undeclared(what: &str) -> Refused {
    let message = format!("`tool_choice` demands {what}, but it is not declared in `tools`");
    let mut fault = Fault::new(FaultKind::InvalidRequest, message);
    fault.param = Some(Str::from_static("tool_choice"));
    Box::new(fault)
}

#[cfg(test)]
mod tests {
    use airside_schema::{Message, Tool};

    use super::*;

    fn request(choice: Option<ToolChoice>) -> ChatRequest {
        let schema =
            r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;
        let tool = |name: &str| {
            Tool::new(ToolKind::Function {
                name: name.into(),
                description: None,
                parameters: Some(RawJson::parse(schema).unwrap()),
                strict: None,
            })
        };
        let mut request = ChatRequest::new("echo", vec![Message::text(Role::User, "hello")]);
        request.tools = vec![tool("get_weather"), tool("get_time"), tool("get")];
        request.tool_choice = choice;
        request
    }

    fn called(request: &ChatRequest, said: &str) -> Vec<String> {
        calls(request, said).unwrap().iter().map(|call| call.name.to_string()).collect()
    }

    #[test]
    fn tools_are_called_when_demanded_or_named() {
        let function = |name: &str| Some(ToolChoice::Function(name.into()));
        let allowed = |required| {
            Some(ToolChoice::Allowed { names: vec!["get_time".into(), "other".into()], required })
        };
        let cases: [(Option<ToolChoice>, &str, &[&str]); 12] = [
            (None, "hello", &[]),
            (None, "call get_weather, please", &["get_weather"]),
            (None, "get_time and get_weather", &["get_weather", "get_time"]),
            (None, "forget it, get_weathers", &[]),
            (Some(ToolChoice::Auto), "(get)", &["get"]),
            (Some(ToolChoice::None), "get_weather", &[]),
            (Some(ToolChoice::Required), "hello", &["get_weather"]),
            (Some(ToolChoice::Required), "get_time", &["get_time"]),
            (function("get_time"), "hello", &["get_time"]),
            (allowed(true), "get_weather", &["get_time"]),
            (allowed(false), "get_weather", &[]),
            (allowed(false), "get_time", &["get_time"]),
        ];
        for (choice, said, expected) in cases {
            assert_eq!(called(&request(choice.clone()), said), expected, "{choice:?} {said}");
        }
    }

    #[test]
    fn arguments_are_a_minimal_instance_of_the_schema() {
        let calls = calls(&request(Some(ToolChoice::Required)), "").unwrap();
        assert_eq!(calls[0].arguments, r#"{"city":"echo"}"#);
    }

    #[test]
    fn one_call_at_a_time_if_the_caller_wants_so() {
        let mut request = request(None);
        request.parallel_tool_calls = Some(false);
        assert_eq!(called(&request, "get_time and get_weather"), ["get_weather"]);
    }

    #[test]
    fn a_tools_result_is_not_answered_with_another_call() {
        let mut request = request(Some(ToolChoice::Required));
        request.messages.push(Message::text(Role::Tool, "sunny"));
        assert!(called(&request, "get_weather").is_empty());
    }

    #[test]
    fn a_demand_for_a_tool_that_is_not_declared_is_refused() {
        let mut request = request(Some(ToolChoice::Function("nope".into())));
        let refused = calls(&request, "").unwrap_err();
        assert_eq!(refused.param.as_deref(), Some("tool_choice"));
        assert!(refused.message.contains("`nope`"));
        (request.tools, request.tool_choice) = (Vec::new(), Some(ToolChoice::Required));
        assert!(calls(&request, "").is_err());
    }
}
