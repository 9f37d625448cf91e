//! Chat completions: <https://platform.openai.com/docs/api-reference/chat/object> and
//! <https://platform.openai.com/docs/api-reference/chat-streaming>.

use std::collections::{HashMap, HashSet};

use airside_testkit::sse::Event;
use serde_json::Value;

use super::{Faults, error_shape, is_one_of};
use crate::replay::side::Side;

const REASONS: [&str; 5] = ["stop", "length", "tool_calls", "content_filter", "function_call"];

pub(super) fn unary(json: &Value, faults: &mut Faults) {
    faults.unless(json["object"] == "chat.completion", "object is \"chat.completion\"");
    head(json, faults);
    let choices = list(&json["choices"]);
    faults.unless(!choices.is_empty(), "there is at least one choice");
    for choice in choices {
        faults.unless(choice["index"].is_u64(), "a choice has an index");
        faults
            .unless(is_one_of(&choice["finish_reason"], &REASONS), "finish_reason is a known one");
        let message = &choice["message"];
        faults.unless(message["role"] == "assistant", "a message has role assistant");
        let content = message.get("content");
        let is_text = content.is_some_and(|content| content.is_string() || content.is_null());
        faults.unless(is_text, "content is a string or null");
        for call in list(&message["tool_calls"]) {
            tool_call(call, faults);
        }
    }
    usage(&json["usage"], faults);
}

fn head(json: &Value, faults: &mut Faults) {
    faults.unless(json["id"].as_str().is_some_and(|id| !id.is_empty()), "there is an id");
    faults.unless(json["created"].is_u64(), "created is a whole number");
    faults.unless(json["model"].is_string(), "model is a string");
}

fn tool_call(call: &Value, faults: &mut Faults) {
    faults.unless(call["id"].is_string(), "a tool call has an id");
    let is_function = call["type"] == "function" && call["function"]["name"].is_string();
    let is_custom = call["type"] == "custom" && call["custom"]["name"].is_string();
    faults.unless(is_function || is_custom, "a tool call has a type and a name");
    let has_arguments = call["function"]["arguments"].is_string();
    faults.unless(has_arguments || is_custom, "a tool call has arguments as text");
}

fn usage(usage: &Value, faults: &mut Faults) {
    if usage.is_null() {
        return;
    }
    for field in ["prompt_tokens", "completion_tokens", "total_tokens"] {
        faults.unless(usage[field].is_u64(), "usage counts prompt, completion and total tokens");
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// What was seen of a stream so far.
#[derive(Default)]
struct Seen {
    head: Option<(Value, Value, Value)>,
    roles: HashSet<u64>,
    finished: HashSet<u64>,
    calls: HashMap<u64, HashSet<u64>>,
}

pub(super) fn stream(events: &[Event], faults: &mut Faults) {
    let mut seen = Seen::default();
    let mut ended = false;
    let mut failed = false;
    for event in events {
        faults.unless(!ended && !failed, "nothing follows [DONE] or an error");
        faults.unless(event.name.is_none(), "chunks have no event name");
        if event.data == "[DONE]" {
            ended = true;
            continue;
        }
        match serde_json::from_str::<Value>(&event.data) {
            Ok(json) if !json["error"].is_null() => {
                error_shape(Side::OpenAi, &json, faults);
                failed = true;
            }
            Ok(json) => seen.chunk(&json, faults),
            Err(_) => faults.unless(false, "every chunk is JSON"),
        }
    }
    faults.unless(ended != failed, "a stream ends with [DONE] or an error, not with both");
    faults.unless(
        failed || seen.finished.len() >= seen.roles.len(),
        "every choice has a finish_reason",
    );
}

impl Seen {
    fn chunk(&mut self, json: &Value, faults: &mut Faults) {
        faults.unless(
            json["object"] == "chat.completion.chunk",
            "object is \"chat.completion.chunk\"",
        );
        head(json, faults);
        let head = (json["id"].clone(), json["created"].clone(), json["model"].clone());
        let first = self.head.get_or_insert_with(|| head.clone());
        faults.unless(*first == head, "id, created and model are the same in every chunk");
        faults.unless(json["choices"].is_array(), "a chunk has a list of choices");
        for choice in list(&json["choices"]) {
            self.choice(choice, faults);
        }
        usage(&json["usage"], faults);
    }

    fn choice(&mut self, choice: &Value, faults: &mut Faults) {
        let Some(index) = choice["index"].as_u64() else {
            return faults.unless(false, "a choice has an index");
        };
        let delta = &choice["delta"];
        faults.unless(delta.is_object(), "a choice has a delta");
        faults.unless(!self.finished.contains(&index), "nothing follows a finish_reason");
        if self.roles.insert(index) {
            faults.unless(delta["role"] == "assistant", "the first delta of a choice has the role");
        }
        for call in list(&delta["tool_calls"]) {
            let Some(number) = call["index"].as_u64() else {
                return faults.unless(false, "a piece of a tool call has an index");
            };
            if self.calls.entry(index).or_default().insert(number) {
                tool_call(call, faults);
            }
        }
        if !choice["finish_reason"].is_null() {
            faults.unless(
                is_one_of(&choice["finish_reason"], &REASONS),
                "finish_reason is a known one",
            );
            self.finished.insert(index);
        }
    }
}
