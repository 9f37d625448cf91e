//! Messages: <https://docs.anthropic.com/en/api/messages> and
//! <https://docs.anthropic.com/en/docs/build-with-claude/streaming>.

use airside_testkit::sse::Event;
use serde_json::Value;

use super::{Faults, error_shape, is_one_of};
use crate::replay::side::Side;

const REASONS: [&str; 8] = [
    "end_turn",
    "max_tokens",
    "stop_sequence",
    "tool_use",
    "pause_turn",
    "refusal",
    "compaction",
    "model_context_window_exceeded",
];

pub(super) fn unary(json: &Value, faults: &mut Faults) {
    head(json, faults);
    faults.unless(json["content"].is_array(), "content is a list");
    for block in json["content"].as_array().map(Vec::as_slice).unwrap_or_default() {
        self::block(block, faults);
    }
    faults.unless(is_one_of(&json["stop_reason"], &REASONS), "stop_reason is a known one");
}

fn head(message: &Value, faults: &mut Faults) {
    faults.unless(message["id"].as_str().is_some_and(|id| !id.is_empty()), "there is an id");
    faults.unless(message["type"] == "message", "type is \"message\"");
    faults.unless(message["role"] == "assistant", "role is \"assistant\"");
    faults.unless(message["model"].is_string(), "model is a string");
    let usage = &message["usage"];
    let counted = usage["input_tokens"].is_u64() && usage["output_tokens"].is_u64();
    faults.unless(counted, "usage counts input and output tokens");
}

fn block(block: &Value, faults: &mut Faults) {
    let complete = match block["type"].as_str() {
        Some("text") => block["text"].is_string(),
        Some("tool_use") => {
            block["id"].is_string() && block["name"].is_string() && block["input"].is_object()
        }
        Some("thinking") => block["thinking"].is_string() && block["signature"].is_string(),
        Some("redacted_thinking") => block["data"].is_string(),
        Some(_) => true,
        None => false,
    };
    let kind = block["type"].as_str().unwrap_or("a block without type");
    faults.unless(complete, &format!("{kind} has its fields"));
}

/// Where a stream stands.
#[derive(Debug, Default)]
struct Grammar {
    started: bool,
    next: u64,
    open: Option<(u64, String)>,
    reason: bool,
    ended: bool,
}

pub(super) fn stream(events: &[Event], faults: &mut Faults) {
    let mut grammar = Grammar::default();
    for event in events {
        faults.unless(!grammar.ended, "nothing follows message_stop or an error");
        let Ok(json) = serde_json::from_str::<Value>(&event.data) else {
            faults.unless(false, "every event is JSON");
            continue;
        };
        let name = event.name.as_deref().unwrap_or_default();
        faults.unless(json["type"] == name, "an event's name is its type");
        grammar.event(name, &json, faults);
    }
    faults.unless(grammar.ended, "a stream ends with message_stop or an error");
}

impl Grammar {
    fn event(&mut self, name: &str, json: &Value, faults: &mut Faults) {
        match name {
            "ping" => return,
            "error" => {
                error_shape(Side::Anthropic, json, faults);
                self.ended = true;
                return;
            }
            "message_start" => {
                faults.unless(!self.started, "message_start comes once");
                self.started = true;
                head(&json["message"], faults);
                return;
            }
            _ => faults.unless(self.started, "message_start comes first"),
        }
        match name {
            "content_block_start" => self.start(json, faults),
            "content_block_delta" => self.delta(json, faults),
            "content_block_stop" => {
                let open = self.open.take().map(|(index, _)| index);
                let stopped = json["index"].as_u64();
                faults.unless(open.is_some() && open == stopped, "the open block is stopped");
            }
            "message_delta" => {
                faults.unless(self.open.is_none(), "blocks are stopped before message_delta");
                let known = is_one_of(&json["delta"]["stop_reason"], &REASONS);
                faults.unless(known, "stop_reason is a known one");
                faults.unless(json["usage"]["output_tokens"].is_u64(), "message_delta has usage");
                self.reason = true;
            }
            "message_stop" => {
                faults.unless(self.reason, "message_delta comes before message_stop");
                self.ended = true;
            }
            _ => faults.unless(false, "events are known ones"),
        }
    }

    fn start(&mut self, json: &Value, faults: &mut Faults) {
        faults.unless(self.open.is_none(), "one block is open at a time");
        let index = json["index"].as_u64();
        faults.unless(index == Some(self.next), "blocks are numbered 0, 1, 2, …");
        block(&json["content_block"], faults);
        let kind = json["content_block"]["type"].as_str().unwrap_or_default().to_owned();
        self.open = Some((self.next, kind));
        self.next += 1;
    }

    fn delta(&mut self, json: &Value, faults: &mut Faults) {
        let Some((index, kind)) = &self.open else {
            return faults.unless(false, "a delta belongs to the open block");
        };
        let belongs = json["index"].as_u64() == Some(*index);
        faults.unless(belongs, "a delta belongs to the open block");
        let delta = &json["delta"];
        let fits = match delta["type"].as_str().unwrap_or_default() {
            "text_delta" => kind == "text" && delta["text"].is_string(),
            "input_json_delta" => kind.ends_with("tool_use") && delta["partial_json"].is_string(),
            "thinking_delta" => kind == "thinking" && delta["thinking"].is_string(),
            "signature_delta" => kind == "thinking" && delta["signature"].is_string(),
            "citations_delta" => kind == "text" && delta["citation"].is_object(),
            _ => true,
        };
        faults.unless(fits, "a delta fits its block");
    }
}
