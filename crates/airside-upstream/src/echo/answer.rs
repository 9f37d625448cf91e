//! What the echo upstream says: one answer in the unified schema, whatever
//! dialect it was asked in.
//!
//! Not the shape of the reply. Invariant: the size of an answer is bounded, and
//! its token counts are those of its texts.

use airside_schema::{
    ChatRequest, ChatResponse, Choice, Fault, FaultKind, FinishReason, Message, Part, PartKind,
    Reasoning, ReasoningConfig, ReasoningEffort, ResponseFormat, Role, ToolCall, Usage,
};
use airside_wire::{Str, Writer};

use super::stamp::Stamp;
use super::{Refused, instance, tokens, tools};

/// The most tokens of one answer, as models have such a limit.
pub(super) const MAX_OUTPUT: u64 = 16_384;

/// The most answers to one request.
pub(super) const MAX_CHOICES: u64 = 128;

/// The most stop sequences looked for.
const MAX_STOPS: usize = 64;

/// What it thinks when asked to think.
const THOUGHTS: &str = "The last message is to be echoed.";

/// What stands for the vendor's signature over its thoughts.
const SIGNATURE: &str = "ZWNobw==";

/// The answer to a request. The identifiers of tool calls begin with `prefix`.
pub(super) fn answer(
    request: &ChatRequest,
    stamp: &Stamp,
    prefix: &str,
) -> Result<ChatResponse, Refused> {
    let choices = choices(request.params.n)?;
    let said = said(request);
    let calls = tools::calls(request, &said)?;
    let mut budget = request.params.max_tokens.unwrap_or(MAX_OUTPUT);
    let thoughts = wants_thoughts(request.reasoning.as_ref()).then(|| {
        let text = tokens::limited(THOUGHTS, budget);
        budget -= tokens::count(text).min(budget);
        text
    });
    let (text, finish) = if calls.is_empty() {
        let (text, finish) = limited(&formed(request, said), &request.params.stop, budget);
        (Some(text), finish)
    } else {
        (None, FinishReason::ToolCalls)
    };
    let mut response = ChatResponse::default();
    response.model = request.model.clone();
    response.created = Some(stamp.seconds());
    for index in 0..choices {
        let mut parts = Vec::with_capacity(2 + calls.len());
        parts.extend(thoughts.map(|text| Part::new(PartKind::Reasoning(thought(request, text)))));
        parts.extend(text.clone().map(Part::text));
        parts.extend(calls.iter().map(|call| identified(call, stamp, prefix)));
        let message = Message::new(Role::Assistant, parts);
        response.choices.push(Choice::new(index, message, Some(finish.clone())));
    }
    response.usage = Some(usage(request, &response));
    Ok(response)
}

/// Checks how many answers are wanted.
fn choices(wanted: Option<u64>) -> Result<u32, Refused> {
    let wanted = wanted.unwrap_or(1);
    if !(1..=MAX_CHOICES).contains(&wanted) {
        let message = format!("`n` is not valid: expected 1 to {MAX_CHOICES}");
        let mut fault = Fault::new(FaultKind::InvalidRequest, message);
        fault.param = Some(Str::from_static("n"));
        return Err(Box::new(fault));
    }
    Ok(u32::try_from(wanted).unwrap_or(1))
}

/// What is echoed: the texts of the last user message, or what the tools said
/// if they spoke last, a line each. A message without text is told by what it
/// holds, such as `[image]`.
fn said(request: &ChatRequest) -> Str {
    let last = request.messages.last().filter(|_| tools::answers_a_tool(request));
    let user = || request.messages.iter().rev().find(|message| message.role == Role::User);
    let Some(message) = last.or_else(user).or(request.messages.last()) else {
        return Str::from_static("");
    };
    let mut texts: Vec<&str> = message.texts().map(|text| &**text).collect();
    if texts.is_empty() {
        message.parts.iter().for_each(|part| told(part, &mut texts));
    }
    match texts.as_slice() {
        [] => Str::from_static(""),
        [one] => Str::from(*one),
        several => Str::from(several.join("\n")),
    }
}

fn told<'a>(part: &'a Part, texts: &mut Vec<&'a str>) {
    match &part.kind {
        PartKind::Text { text, .. } | PartKind::Refusal(text) => texts.push(text),
        PartKind::Image(_) => texts.push("[image]"),
        PartKind::Audio(_) => texts.push("[audio]"),
        PartKind::File(_) => texts.push("[file]"),
        PartKind::ToolResult(result) => result.parts.iter().for_each(|part| told(part, texts)),
        _ => {}
    }
}

/// The text in the form asked for.
fn formed(request: &ChatRequest, said: Str) -> Str {
    match &request.response_format {
        Some(ResponseFormat::JsonSchema { schema: Some(schema), .. }) => {
            instance::minimal(Some(schema)).text()
        }
        Some(ResponseFormat::JsonObject | ResponseFormat::JsonSchema { .. }) => {
            // Escapes make text longer; what is cut off anyway need not be written.
            let said = tokens::limited(&said, MAX_OUTPUT);
            let mut object = Writer::new();
            object.begin_object();
            object.field_string("echo", said);
            object.end_object();
            object.into_raw().text()
        }
        _ => said,
    }
}

/// Ends a text where the tokens are used up, or before a stop sequence within them.
pub(super) fn limited(text: &str, stop: &[Str], tokens: u64) -> (Str, FinishReason) {
    let within = tokens::limited(text, tokens.min(MAX_OUTPUT));
    let stops = stop.iter().filter(|stop| !stop.is_empty()).take(MAX_STOPS);
    let found = stops.filter_map(|stop| Some((within.find(&**stop)?, stop)));
    if let Some((at, stop)) = found.min_by_key(|(at, _)| *at) {
        let text = within.get(..at).unwrap_or(within);
        return (Str::from(text), FinishReason::StopSequence(Some(stop.clone())));
    }
    let complete = within.len() == text.len();
    let reason = if complete { FinishReason::Stop } else { FinishReason::Length };
    (Str::from(within), reason)
}

fn wants_thoughts(config: Option<&ReasoningConfig>) -> bool {
    let Some(config) = config else { return false };
    let effort = config.effort.as_ref().is_some_and(|effort| *effort != ReasoningEffort::None);
    let wanted = effort || config.adaptive || config.budget_tokens.is_some();
    config.enabled.unwrap_or(wanted)
}

fn thought(request: &ChatRequest, text: &str) -> Reasoning {
    let mut reasoning = Reasoning::text(text);
    reasoning.signature = Some(Str::from_static(SIGNATURE));
    reasoning.dialect = request.source;
    reasoning
}

fn identified(call: &ToolCall, stamp: &Stamp, prefix: &str) -> Part {
    let mut call = call.clone();
    call.id = stamp.id(prefix);
    Part::new(PartKind::ToolCall(call))
}

fn usage(request: &ChatRequest, response: &ChatResponse) -> Usage {
    let (mut output, mut reasoning) = (0, None);
    for part in response.choices.iter().flat_map(|choice| &choice.message.parts) {
        match &part.kind {
            PartKind::Text { text, .. } => output += tokens::count(text),
            PartKind::ToolCall(call) => {
                output += tokens::count(&call.name) + tokens::count(&call.arguments);
            }
            PartKind::Reasoning(thoughts) => {
                let count = tokens::count(&thoughts.text);
                output += count;
                *reasoning.get_or_insert(0) += count;
            }
            _ => {}
        }
    }
    let mut usage = Usage::new(tokens::of_request(request), output);
    usage.reasoning = reasoning;
    usage
}

#[cfg(test)]
mod tests {
    use airside_schema::{Media, MediaSource, Tool, ToolChoice, ToolKind, ToolResult};
    use airside_wire::RawJson;

    use super::*;

    fn asked(said: &str) -> ChatRequest {
        ChatRequest::new("echo", vec![Message::text(Role::User, said)])
    }

    fn answered(request: &ChatRequest) -> ChatResponse {
        answer(request, &Stamp::new(std::time::Duration::from_secs(1_000), 0), "call_").unwrap()
    }

    fn text(response: &ChatResponse) -> String {
        response.choices[0].message.texts().map(ToString::to_string).collect()
    }

    fn finish(response: &ChatResponse) -> FinishReason {
        response.choices[0].finish.clone().unwrap()
    }

    #[test]
    fn the_last_user_text_comes_back_unchanged() {
        let image = || Part::new(PartKind::Image(Media::new(MediaSource::Url("u".into()))));
        let result = ToolResult::new("c", vec![Part::text("sunny")]);
        let result = Part::new(PartKind::ToolResult(result));
        let user = |parts| Message::new(Role::User, parts);
        let assistant = Message::text(Role::Assistant, "assistant");
        let cases = [
            (vec![], ""),
            (vec![Message::text(Role::System, "rules")], "rules"),
            (vec![Message::text(Role::User, " a\n b ")], " a\n b "),
            (vec![Message::text(Role::User, "one"), assistant.clone()], "one"),
            (vec![user(vec![Part::text("a"), image(), Part::text("b")])], "a\nb"),
            (vec![user(vec![image()])], "[image]"),
            (
                vec![
                    Message::text(Role::User, "q"),
                    Message::new(Role::Tool, vec![result.clone()]),
                ],
                "sunny",
            ),
            (vec![user(vec![result.clone(), Part::text("and?")])], "and?"),
            (vec![user(vec![result]), assistant, Message::text(Role::User, "next")], "next"),
        ];
        for (messages, expected) in cases {
            let request = ChatRequest::new("echo", messages);
            assert_eq!(text(&answered(&request)), expected, "{request:?}");
        }
    }

    #[test]
    fn limits_and_stop_sequences_end_the_text() {
        let stop = |texts: &[&str]| texts.iter().map(|text| Str::from(*text)).collect::<Vec<_>>();
        let sequence = |text: &str| FinishReason::StopSequence(Some(text.into()));
        let cases = [
            ("one two three", None, stop(&[]), "one two three", FinishReason::Stop),
            ("one two three", Some(2), stop(&[]), "one two ", FinishReason::Length),
            ("one two", Some(2), stop(&[]), "one two", FinishReason::Stop),
            ("one two", Some(0), stop(&[]), "", FinishReason::Length),
            ("one two three", None, stop(&["three", " two", ""]), "one", sequence(" two")),
            ("one two three", Some(1), stop(&["three"]), "one ", FinishReason::Length),
        ];
        for (said, max_tokens, stop, expected, reason) in cases {
            let mut request = asked(said);
            (request.params.max_tokens, request.params.stop) = (max_tokens, stop);
            let response = answered(&request);
            assert_eq!((text(&response).as_str(), finish(&response)), (expected, reason), "{said}");
        }
    }

    #[test]
    fn an_answer_never_exceeds_what_models_can_say() {
        let mut request = asked(&"x ".repeat(100_000));
        request.params.max_tokens = Some(u64::MAX);
        let response = answered(&request);
        assert_eq!(response.usage.as_ref().unwrap().output, MAX_OUTPUT);
        assert_eq!(finish(&response), FinishReason::Length);
    }

    #[test]
    fn the_form_asked_for_is_kept() {
        let schema = r#"{"properties":{"a":{"type":"integer"}},"required":["a"]}"#;
        let json_schema = |schema| ResponseFormat::JsonSchema {
            name: None,
            description: None,
            schema,
            strict: None,
        };
        let cases = [
            (ResponseFormat::Text, "say \"hi\""),
            (ResponseFormat::JsonObject, r#"{"echo":"say \"hi\""}"#),
            (json_schema(Some(RawJson::parse(schema).unwrap())), r#"{"a":1}"#),
            (json_schema(None), r#"{"echo":"say \"hi\""}"#),
        ];
        for (format, expected) in cases {
            let mut request = asked("say \"hi\"");
            request.response_format = Some(format);
            assert_eq!(text(&answered(&request)), expected);
        }
    }

    #[test]
    fn it_thinks_when_asked_to() {
        let config = |change: fn(&mut ReasoningConfig)| {
            let mut config = ReasoningConfig::default();
            change(&mut config);
            config
        };
        let cases = [
            (config(|_| ()), false),
            (config(|c| c.effort = Some(ReasoningEffort::Low)), true),
            (config(|c| c.effort = Some(ReasoningEffort::None)), false),
            (config(|c| c.enabled = Some(true)), true),
            (config(|c| c.budget_tokens = Some(1_024)), true),
            (config(|c| (c.enabled, c.budget_tokens) = (Some(false), Some(1_024))), false),
            (config(|c| c.adaptive = true), true),
        ];
        for (config, thinks) in cases {
            let mut request = asked("hello");
            request.reasoning = Some(config);
            let response = answered(&request);
            let first = &response.choices[0].message.parts[0].kind;
            assert_eq!(matches!(first, PartKind::Reasoning(_)), thinks, "{request:?}");
            assert_eq!(response.usage.unwrap().reasoning.is_some(), thinks);
        }
    }

    #[test]
    fn several_answers_are_counted_and_their_calls_told_apart() {
        let mut request = asked("hello");
        request.params.n = Some(2);
        request.tool_choice = Some(ToolChoice::Required);
        request.tools = vec![Tool::new(ToolKind::Function {
            name: "tool".into(),
            description: None,
            parameters: None,
            strict: None,
        })];
        let response = answered(&request);
        let ids: std::collections::BTreeSet<_> = response
            .choices
            .iter()
            .flat_map(|choice| &choice.message.parts)
            .filter_map(|part| match &part.kind {
                PartKind::ToolCall(call) => Some(call.id.to_string()),
                _ => None,
            })
            .collect();
        assert_eq!(ids.len(), 2);
        assert!(ids.iter().all(|id| id.starts_with("call_")));
        assert_eq!(finish(&response), FinishReason::ToolCalls);
        // `hello` and `tool`; twice `tool` and `{}`.
        let usage = response.usage.unwrap();
        assert_eq!((usage.input, usage.output, usage.total()), (3, 4, 7));
    }

    #[test]
    fn a_wrong_number_of_answers_is_refused() {
        for n in [0, MAX_CHOICES + 1] {
            let mut request = asked("hello");
            request.params.n = Some(n);
            let stamp = Stamp::new(std::time::Duration::ZERO, 0);
            let refused = answer(&request, &stamp, "").unwrap_err();
            assert_eq!(refused.param.as_deref(), Some("n"));
        }
    }
}
