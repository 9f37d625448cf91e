//! What the caller asked against what the upstream was asked.

use airside_schema::{
    ChatRequest, Extras, Params, ReasoningConfig, ReasoningEffort, ResponseFormat, Tool,
    ToolChoice, ToolKind,
};
use airside_wire::{RawJson, Str};

use super::conversation::{Conversation, normal};
use super::difference::{Difference, note, short};
use super::side::Side;

/// The differences between a request and what became of it. `asked` was decoded from a document
/// of `caller`; places name fields of that document.
pub(crate) fn compare(asked: &ChatRequest, told: &ChatRequest, caller: Side) -> Vec<Difference> {
    let mut differences = Vec::new();
    let found = &mut differences;
    if asked.model != told.model {
        let what = format!("model: {} became {}", asked.model, told.model);
        found.push(Difference::inexcusable(what));
    }
    if asked.stream != told.stream {
        let what = format!("stream: {} became {}", asked.stream, told.stream);
        found.push(Difference::inexcusable(what));
    }
    if asked.stream && asked.stream_usage && !told.stream_usage {
        found.push(Difference::inexcusable("the usage the caller expects was not asked for"));
    }
    conversation(found, asked, told, caller);
    tools(found, &asked.tools, &told.tools);
    choices(found, asked, told);
    params(found, &asked.params, &told.params);
    format(found, asked.response_format.as_ref(), told.response_format.as_ref());
    reasoning(found, asked.reasoning.as_ref(), told.reasoning.as_ref());
    bookkeeping(found, asked, told);
    extras(found, &asked.extras, &told.extras);
    differences
}

fn conversation(
    found: &mut Vec<Difference>,
    asked: &ChatRequest,
    told: &ChatRequest,
    caller: Side,
) {
    let asked = Conversation::of(&asked.messages, caller);
    let told = Conversation::of(&told.messages, caller.other());
    items(found, &asked, &told);
    for place in asked.marks.iter().skip(told.marks.len()) {
        let what = format!("the cache mark in {place} did not arrive");
        found.push(Difference::new(what, [place.as_str()]));
    }
    for (key, place) in &asked.extras {
        if !told.extras.iter().any(|(other, _)| other == key) {
            let what = format!("{place} has a field {key}, which did not arrive");
            found.push(Difference::new(what, [format!("{place}.{key}"), format!("{place}.*")]));
        }
    }
    for (name, place) in &asked.names {
        if !told.names.iter().any(|(other, _)| other == name) {
            let what = format!("{place} did not arrive: {name}");
            found.push(Difference::new(what, [place.as_str()]));
        }
    }
}

/// What was said, and in which order.
fn items(found: &mut Vec<Difference>, asked: &Conversation, told: &Conversation) {
    let mut rest: Vec<_> = told.items.iter().map(|(item, _)| item).collect();
    let mut missing = Vec::new();
    for (item, place) in &asked.items {
        match rest.iter().position(|other| *other == item) {
            Some(at) => drop(rest.remove(at)),
            None => missing.push((item, place)),
        }
    }
    for (item, place) in &missing {
        let what = format!("{place} did not arrive: {}", short(&item.says));
        found.push(Difference::new(what, [place.as_str()]));
    }
    // What arrived in another form is explained by the loss of what it was made of.
    let places: Vec<&str> = missing.iter().map(|(_, place)| place.as_str()).collect();
    for item in &rest {
        let what = format!("nobody said: {}", short(&item.says));
        found.push(Difference::new(what, places.iter().copied().chain(["messages*", "system*"])));
    }
    let order =
        |side: &Conversation| side.items.iter().map(|(item, _)| item.clone()).collect::<Vec<_>>();
    if missing.is_empty() && rest.is_empty() && order(asked) != order(told) {
        let what = "the order of the conversation is another one";
        found.push(Difference::new(what, ["messages*", "system*"]));
    }
}

fn tools(found: &mut Vec<Difference>, asked: &[Tool], told: &[Tool]) {
    let mut told: Vec<&Tool> = told.iter().collect();
    for (index, tool) in asked.iter().enumerate() {
        let place = format!("tools[{index}]");
        let Some(at) = told.iter().position(|other| tool_name(other) == tool_name(tool)) else {
            let what = format!("tool {} did not arrive", tool_name(tool));
            found.push(Difference::new(what, [&place, "tool_choice"]));
            continue;
        };
        let other = told.remove(at);
        for (what, asked, told) in aspects(tool, other) {
            if asked != told {
                let what = format!(
                    "tool {}: {what}: {} became {}",
                    tool_name(tool),
                    short(&asked),
                    short(&told)
                );
                found.push(Difference::new(what, [&place]));
            }
        }
        for (key, _) in tool.extras.iter().filter(|(key, _)| other.extras.get(key).is_none()) {
            let what = format!("tool {}: {key} did not arrive", tool_name(tool));
            found.push(Difference::new(what, [&place]));
        }
    }
    for tool in told {
        found.push(Difference::inexcusable(format!("nobody declared a tool {}", tool_name(tool))));
    }
}

fn tool_name(tool: &Tool) -> String {
    match &tool.kind {
        ToolKind::Function { name, .. } => name.to_string(),
        ToolKind::Opaque { raw, .. } => normal(raw),
        other => format!("{other:?}"),
    }
}

/// What there is to compare of two tools of the same name.
fn aspects(asked: &Tool, told: &Tool) -> Vec<(&'static str, String, String)> {
    let mark = |tool: &Tool| tool.cache.is_some().to_string();
    let mut aspects = vec![("cache mark", mark(asked), mark(told))];
    let (
        ToolKind::Function { description, parameters, strict, .. },
        ToolKind::Function {
            description: description2,
            parameters: parameters2,
            strict: strict2,
            ..
        },
    ) = (&asked.kind, &told.kind)
    else {
        aspects.push(("kind", format!("{:?}", asked.kind), format!("{:?}", told.kind)));
        return aspects;
    };
    let text = |text: &Option<Str>| text.as_deref().unwrap_or_default().to_owned();
    let is_strict = |strict: &Option<bool>| (*strict == Some(true)).to_string();
    aspects.push(("description", text(description), text(description2)));
    aspects.push((
        "parameters",
        schema(parameters.as_ref(), asked),
        schema(parameters2.as_ref(), told),
    ));
    aspects.push(("strict", is_strict(strict), is_strict(strict2)));
    aspects
}

/// No schema is the schema of a function without parameters. One that is no object is kept among
/// the fields nobody knows.
fn schema(schema: Option<&RawJson>, tool: &Tool) -> String {
    let kept = || tool.extras.get("function.parameters").or(tool.extras.get("input_schema"));
    let text = schema.or_else(kept).map_or_else(|| "{}".to_owned(), normal);
    match text.as_str() {
        "{}" | r#"{"type":"object"}"# => r#"{"properties":{},"type":"object"}"#.to_owned(),
        _ => text,
    }
}

fn choices(found: &mut Vec<Difference>, asked: &ChatRequest, told: &ChatRequest) {
    let choice = |request: &ChatRequest| match &request.tool_choice {
        None | Some(ToolChoice::Auto) => "auto".to_owned(),
        Some(ToolChoice::None) => "none".to_owned(),
        Some(ToolChoice::Required) => "required".to_owned(),
        Some(choice) => format!("{choice:?}"),
    };
    note(found, "tool_choice", (&choice(asked), &choice(told)), &["tool_choice"]);
    let parallel = |request: &ChatRequest| request.parallel_tool_calls.unwrap_or(true);
    let places = ["parallel_tool_calls", "tool_choice"];
    note(found, "parallel tool calls", (&parallel(asked), &parallel(told)), &places);
}

fn params(found: &mut Vec<Difference>, asked: &Params, told: &Params) {
    let tokens = ["max_tokens", "max_completion_tokens"];
    note(found, "max_tokens", (&asked.max_tokens, &told.max_tokens), &tokens);
    note(found, "stop", (&asked.stop, &told.stop), &["stop", "stop_sequences"]);
    note(found, "n", (&asked.n.unwrap_or(1), &told.n.unwrap_or(1)), &["n"]);
    let wanted = |params: &Params| params.logprobs == Some(true);
    note(found, "logprobs", (&wanted(asked), &wanted(told)), &["logprobs"]);
    for (name, asked, told) in [
        ("temperature", &asked.temperature, &told.temperature),
        ("top_p", &asked.top_p, &told.top_p),
        ("top_k", &asked.top_k, &told.top_k),
        ("frequency_penalty", &asked.frequency_penalty, &told.frequency_penalty),
        ("presence_penalty", &asked.presence_penalty, &told.presence_penalty),
        ("logit_bias", &asked.logit_bias, &told.logit_bias),
        ("top_logprobs", &asked.top_logprobs, &told.top_logprobs),
        ("seed", &asked.seed, &told.seed),
    ] {
        // Numbers keep their spelling, so that they compare as text. No penalty is the default.
        let is_default = |value: &&RawJson| name.ends_with("penalty") && value.f64() == Some(0.0);
        let text = |value: &Option<RawJson>| {
            value.as_ref().filter(|value| !is_default(value)).map(ToString::to_string)
        };
        note(found, name, (&text(asked), &text(told)), &[name]);
    }
}

fn format(
    found: &mut Vec<Difference>,
    asked: Option<&ResponseFormat>,
    told: Option<&ResponseFormat>,
) {
    let places = ["response_format", "output_config", "output_format"];
    let kind = |format: Option<&ResponseFormat>| match format {
        None | Some(ResponseFormat::Text) => "text".to_owned(),
        Some(ResponseFormat::JsonObject) => "json_object".to_owned(),
        Some(ResponseFormat::JsonSchema { schema, .. }) => {
            format!("json_schema {}", schema.as_ref().map(normal).unwrap_or_default())
        }
        Some(other) => format!("{other:?}"),
    };
    note(found, "response format", (&kind(asked), &kind(told)), &places);
    let details = |format: Option<&ResponseFormat>| match format {
        Some(ResponseFormat::JsonSchema { name, description, strict, .. }) => {
            (name.clone(), description.clone(), strict.unwrap_or(false))
        }
        _ => (None, None, false),
    };
    note(
        found,
        "name, description and strictness of the response format",
        (&details(asked), &details(told)),
        &places,
    );
}

fn reasoning(
    found: &mut Vec<Difference>,
    asked: Option<&ReasoningConfig>,
    told: Option<&ReasoningConfig>,
) {
    let config = |config: Option<&ReasoningConfig>| {
        let mut config = config.cloned().unwrap_or_default();
        if config.effort == Some(ReasoningEffort::None) {
            // Another way to switch thinking off.
            config.effort = None;
        }
        (config.enabled.unwrap_or(false), config.budget_tokens, config.effort, config.adaptive)
    };
    let places = ["reasoning_effort", "reasoning", "thinking", "output_config.effort"];
    note(found, "reasoning", (&config(asked), &config(told)), &places);
}

fn bookkeeping(found: &mut Vec<Difference>, asked: &ChatRequest, told: &ChatRequest) {
    note(found, "user", (&asked.user, &told.user), &["user", "metadata"]);
    let metadata = |request: &ChatRequest| request.metadata.as_ref().map(normal);
    note(found, "metadata", (&metadata(asked), &metadata(told)), &["metadata"]);
    // The two names of the standard tier mean the same.
    let tier = |request: &ChatRequest| match request.service_tier.as_deref() {
        None | Some("auto") => "auto".to_owned(),
        Some("default" | "standard_only") => "default".to_owned(),
        Some(other) => other.to_owned(),
    };
    note(found, "service tier", (&tier(asked), &tier(told)), &["service_tier"]);
}

fn extras(found: &mut Vec<Difference>, asked: &Extras, told: &Extras) {
    for (key, value) in asked.iter() {
        if told.get(key).is_none_or(|other| normal(other) != normal(value)) {
            let what = format!("{key} did not arrive: {}", short(value));
            found.push(Difference::new(what, [&**key]));
        }
    }
}

#[cfg(test)]
mod tests {
    use airside_wire::{JsonDoc, Limits};

    use super::*;
    use crate::replay::records::{Loss, Record};

    fn openai(document: &str) -> ChatRequest {
        let doc = JsonDoc::parse(document.to_owned().into(), &Limits::default()).unwrap();
        Side::OpenAi.codec().unwrap().ingress.decode(&doc).unwrap()
    }

    fn anthropic(document: &str) -> ChatRequest {
        let doc = JsonDoc::parse(document.to_owned().into(), &Limits::default()).unwrap();
        Side::Anthropic.codec().unwrap().ingress.decode(&doc).unwrap()
    }

    /// The differences between the same request in both dialects, with some words replaced in
    /// what the upstream was told.
    fn differences(words: &str, replacement: &str) -> Vec<Difference> {
        let asked = openai(
            r#"{"model":"m","max_tokens":5,"temperature":0.5,"stop":["x"],"tool_choice":"required",
            "tools":[{"type":"function","function":{"name":"f","description":"d",
            "parameters":{"type":"object","properties":{"a":{"type":"integer"}}}}}],
            "messages":[{"role":"system","content":"be brief"},{"role":"user","content":"one"},
            {"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function",
            "function":{"name":"f","arguments":"{ \"a\": 1 }"}}]},
            {"role":"tool","tool_call_id":"c","content":"two"}]}"#,
        );
        let told = r#"{"model":"m","max_tokens":5,"temperature":0.5,"stop_sequences":["x"],
            "tool_choice":{"type":"any"},"tools":[{"name":"f","description":"d",
            "input_schema":{"properties":{"a":{"type":"integer"}},"type":"object"}}],
            "system":"be brief","messages":[{"role":"user","content":"one"},
            {"role":"assistant","content":[{"type":"tool_use","id":"c","name":"f","input":{"a":1}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"two"}]}]}"#;
        assert!(told.contains(words), "{words}");
        compare(&asked, &anthropic(&told.replace(words, replacement)), Side::OpenAi)
    }

    #[test]
    fn the_same_request_in_both_dialects_has_no_differences() {
        let found: Vec<String> =
            differences("\"m\"", "\"m\"").into_iter().map(|d| d.what).collect();
        assert_eq!(found, [""; 0]);
    }

    #[test]
    fn whatever_is_changed_is_found_at_its_place() {
        for (words, replacement, place) in [
            ("be brief", "be long", "messages[0]"),
            ("\"one\"", "\"ones\"", "messages[1]"),
            ("\"input\":{\"a\":1}", "\"input\":{\"a\":2}", "messages[2]"),
            ("\"id\":\"c\"", "\"id\":\"d\"", "messages[2]"),
            ("\"two\"", "\"\"", "messages[3]"),
            ("0.5", "0.6", "temperature"),
            ("\"max_tokens\":5", "\"max_tokens\":6", "max_tokens"),
            ("[\"x\"]", "[\"y\"]", "stop"),
            ("\"any\"", "\"auto\"", "tool_choice"),
            ("integer", "string", "tools[0]"),
            ("\"d\"", "\"e\"", "tools[0]"),
        ] {
            let found = differences(words, replacement);
            assert!(!found.is_empty(), "{words} to {replacement} was not found");
            let loss = |path: &str| Record {
                losses: vec![Loss {
                    path: path.to_owned(),
                    kind: "dropped".to_owned(),
                    weight: "semantic".to_owned(),
                    direction: airside_schema::Direction::Request,
                    note: String::new(),
                }],
                ..Record::default()
            };
            let request = airside_schema::Direction::Request;
            let silent = |record: &Record| found.iter().any(|d| !d.is_reported(record, request));
            assert!(silent(&Record::default()), "{words}: nothing was reported");
            assert!(silent(&loss("metadata")), "{words}: something else was reported");
            assert!(!silent(&loss(place)), "{words}: {place} explains {found:?}");
        }
    }

    #[test]
    fn another_model_and_a_tool_nobody_declared_cannot_be_excused() {
        for (words, replacement) in [
            ("\"m\"", "\"n\""),
            ("\"tools\":[", "\"tools\":[{\"name\":\"g\",\"input_schema\":{}},"),
        ] {
            let found = differences(words, replacement);
            assert!(found.iter().any(|difference| difference.places.is_empty()), "{found:?}");
        }
    }
}
