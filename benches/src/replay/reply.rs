//! What the upstream answered against what the caller was told.

use std::collections::BTreeSet;

use airside_schema::{ChatResponse, Choice, FinishReason, PartKind, Usage};

use super::conversation::tool_call;
use super::difference::{Difference, note, short};

/// The differences between an answer and what became of it.
pub(crate) fn compare(said: &ChatResponse, told: &ChatResponse) -> Vec<Difference> {
    let mut differences = Vec::new();
    let found = &mut differences;
    if said.model != told.model && !said.model.is_empty() {
        found.push(Difference::inexcusable(format!("model: {} became {}", said.model, told.model)));
    }
    if said.id != told.id && !said.id.is_empty() {
        found.push(Difference::inexcusable(format!("id: {} became {}", said.id, told.id)));
    }
    for choice in &said.choices {
        let index = choice.index;
        match told.choices.iter().find(|other| other.index == index) {
            Some(other) => compare_choice(found, choice, other, &Places::of(index)),
            None => found.push(Difference::new(
                format!("choice {index} did not arrive"),
                [format!("choices[{index}]"), "n".to_owned()],
            )),
        }
    }
    if told.choices.len() > said.choices.len() {
        found.push(Difference::inexcusable("there are choices nobody made"));
    }
    usage(found, said.usage.as_ref(), told.usage.as_ref());
    let told = extras(told);
    for key in extras(said) {
        if !told.contains(&key) {
            found.push(Difference::new(format!("{key} did not arrive"), [key]));
        }
    }
    differences
}

/// Names of the fields of an answer, and of the events of a stream, that the schema has no place
/// for. A field without a value says nothing.
fn extras(response: &ChatResponse) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (key, value) in response.extras.iter().filter(|(_, value)| !value.is_null()) {
        // The folder of a stream keeps what it does not know under this name.
        if &**key != "stream_event" {
            names.insert(key.to_string());
        } else if let Some(kind) = value.get("type").and_then(|kind| kind.string()) {
            names.insert(kind.to_string());
        } else {
            let fields = value.object().unwrap_or_default();
            let fields = fields.iter().filter(|(_, value)| !value.is_null());
            names.extend(fields.map(|(key, _)| key.to_string()));
        }
    }
    names
}

/// Where the parts of a choice stand, in a document or a stream of either dialect: whoever writes
/// a reply does not know the document it was read from.
struct Places {
    text: Vec<String>,
    calls: Vec<String>,
    finish: Vec<String>,
    logprobs: Vec<String>,
}

impl Places {
    fn of(index: u32) -> Self {
        let places = |fields: &[&str], other: &[&str]| {
            let own = fields.iter().map(|field| format!("choices[{index}].{field}"));
            own.chain(other.iter().map(|place| (*place).to_owned())).collect()
        };
        Self {
            text: places(&["message*", "delta*", "content"], &["content"]),
            calls: places(&["message*", "delta*", "content"], &["content", "tool_calls"]),
            finish: places(&["finish_reason"], &["stop_reason", "stop_sequence"]),
            logprobs: places(&["logprobs"], &[]),
        }
    }
}

/// What a choice says, sorted by kind. Texts count as one, however they were cut.
#[derive(Debug, Default)]
struct Said {
    text: String,
    reasoning: String,
    refusal: String,
    calls: Vec<String>,
    citations: usize,
    others: usize,
}

fn said(choice: &Choice) -> Said {
    let mut said = Said::default();
    for part in &choice.message.parts {
        match &part.kind {
            PartKind::Text { text, citations } => {
                said.text.push_str(text);
                said.citations += citations.len();
            }
            PartKind::Reasoning(reasoning) => {
                said.reasoning.push_str(&reasoning.text);
                said.reasoning.push_str(reasoning.signature.as_deref().unwrap_or_default());
                said.reasoning.push_str(reasoning.redacted.as_deref().unwrap_or_default());
            }
            PartKind::Refusal(text) => said.refusal.push_str(text),
            PartKind::ToolCall(call) => said.calls.push(tool_call(call)),
            _ => said.others += 1,
        }
    }
    said
}

fn compare_choice(found: &mut Vec<Difference>, choice: &Choice, other: &Choice, places: &Places) {
    let (ours, theirs) = (said(choice), said(other));
    let mut check =
        |what: &str, said: &dyn std::fmt::Debug, told: &dyn std::fmt::Debug, at: &[String]| {
            let (said, told) = (format!("{said:?}"), format!("{told:?}"));
            if said != told {
                let what = format!("{what}: {} became {}", short(&said), short(&told));
                found.push(Difference::new(what, at.iter().cloned()));
            }
        };
    check("text", &ours.text, &theirs.text, &places.text);
    check("reasoning", &ours.reasoning, &theirs.reasoning, &places.text);
    check("refusal", &ours.refusal, &theirs.refusal, &places.text);
    check("tool calls", &ours.calls, &theirs.calls, &places.calls);
    check("citations", &ours.citations, &theirs.citations, &places.text);
    check("parts of other kinds", &ours.others, &theirs.others, &places.text);
    check("finish reason", &finish(choice), &finish(other), &places.finish);
    let logprobs = |choice: &Choice| choice.logprobs.is_some();
    check("logprobs", &logprobs(choice), &logprobs(other), &places.logprobs);
}

/// The reason an answer ended. No reason and a stop are told apart.
fn finish(choice: &Choice) -> String {
    match &choice.finish {
        None => "none".to_owned(),
        // The name from before tools existed.
        Some(FinishReason::FunctionCall) => format!("{:?}", FinishReason::ToolCalls),
        Some(FinishReason::StopSequence(text)) => {
            format!("stop sequence {}", text.as_deref().unwrap_or_default())
        }
        Some(reason) => format!("{reason:?}"),
    }
}

fn usage(found: &mut Vec<Difference>, said: Option<&Usage>, told: Option<&Usage>) {
    let Some(said) = said else { return };
    let Some(told) = told else {
        found.push(Difference::new("usage did not arrive", ["usage"]));
        return;
    };
    // A count of nothing and no count are the same to whoever adds up.
    let count = |count: Option<u64>| count.unwrap_or(0);
    for (what, said, told, place) in [
        ("input tokens", said.input, told.input, "usage.input_tokens"),
        ("input tokens", said.input, told.input, "usage.prompt_tokens"),
        ("output tokens", said.output, told.output, "usage.output_tokens"),
        ("total tokens", said.total(), told.total(), "usage.total_tokens"),
        (
            "tokens read from a cache",
            count(said.cache_read),
            count(told.cache_read),
            "usage.prompt_tokens_details*",
        ),
        (
            "tokens written to a cache",
            count(said.cache_write),
            count(told.cache_write),
            "usage.cache_creation*",
        ),
        (
            "reasoning tokens",
            count(said.reasoning),
            count(told.reasoning),
            "usage.completion_tokens_details*",
        ),
    ] {
        note(found, what, (&said, &told), &[place]);
    }
    found.dedup_by(|one, other| one.what == other.what);
}

#[cfg(test)]
mod tests {
    use airside_schema::codec::Memo;

    use super::*;
    use crate::replay::side::Side;

    fn read(side: Side, document: &str) -> ChatResponse {
        let body = document.to_owned().into();
        side.codec().unwrap().egress.decode_response(body, &Memo::default()).unwrap()
    }

    /// What differs if some words of the reply are replaced.
    fn differences(words: &str, replacement: &str) -> Vec<String> {
        let said = read(
            Side::Anthropic,
            r#"{"id":"r","type":"message","role":"assistant","model":"m","content":[
            {"type":"text","text":"so "},{"type":"text","text":"it is"},
            {"type":"tool_use","id":"c","name":"f","input":{"a":1}}],"stop_reason":"tool_use",
            "stop_sequence":null,"usage":{"input_tokens":3,"cache_read_input_tokens":4,"output_tokens":5}}"#,
        );
        let told = r#"{"id":"r","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,
            "message":{"role":"assistant","content":"so it is","tool_calls":[{"id":"c","type":"function",
            "function":{"name":"f","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}],
            "usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12,
            "prompt_tokens_details":{"cached_tokens":4}}}"#;
        assert!(told.contains(words), "{words}");
        let told = read(Side::OpenAi, &told.replace(words, replacement));
        compare(&said, &told).into_iter().map(|difference| difference.what).collect()
    }

    #[test]
    fn the_same_answer_in_both_dialects_has_no_differences() {
        assert_eq!(differences("so it is", "so it is"), [""; 0]);
    }

    #[test]
    fn whatever_is_changed_is_found() {
        for (words, replacement, what) in [
            ("so it is", "so it", "text"),
            ("{\\\"a\\\":1}", "{\\\"a\\\":2}", "tool calls"),
            ("\"name\":\"f\"", "\"name\":\"g\"", "tool calls"),
            ("\"finish_reason\":\"tool_calls\"", "\"finish_reason\":\"stop\"", "finish reason"),
            ("\"prompt_tokens\":7", "\"prompt_tokens\":3", "input tokens"),
            ("\"completion_tokens\":5", "\"completion_tokens\":6", "output tokens"),
            ("\"total_tokens\":12", "\"total_tokens\":13", "total tokens"),
            ("\"cached_tokens\":4", "\"cached_tokens\":0", "tokens read from a cache"),
            ("\"model\":\"m\"", "\"model\":\"n\"", "model"),
            ("\"id\":\"r\"", "\"id\":\"s\"", "id"),
        ] {
            let found = differences(words, replacement);
            assert!(found.iter().any(|found| found.starts_with(what)), "{words}: {found:?}");
        }
    }
}
