//! What `anthropic.messages` demands and other formats do not.
//!
//! Requests are written as `openai.chat`, since that is where they come from;
//! each test names one rule and shows the body the upstream receives.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod corpus;

use airside_dialects::{ChatDialect, chat};
use airside_schema::stream::Start;
use airside_schema::{
    BlockKind, Delta, DialectId, Event, FinishReason, LossKind, LossReport, Weight,
};
use airside_wire::{JsonDoc, Limits};
use bytes::Bytes;
use serde_json::{Value, json};

fn anthropic() -> &'static ChatDialect {
    chat(DialectId::ANTHROPIC_MESSAGES).unwrap()
}

/// A chat completions request as the upstream receives it.
fn sent(mut body: Value) -> (Value, LossReport) {
    let object = body.as_object_mut().unwrap();
    object.entry("model").or_insert_with(|| json!("m"));
    object.entry("max_tokens").or_insert_with(|| json!(100));
    object.entry("messages").or_insert_with(|| json!([{"role": "user", "content": "hi"}]));
    let bytes = Bytes::from(serde_json::to_vec(&body).unwrap());
    let request = corpus::decode_request(chat(DialectId::OPENAI_CHAT).unwrap(), bytes);
    let (body, loss) = corpus::encode_request(anthropic(), &request);
    (serde_json::from_slice(&body).unwrap(), loss)
}

fn paths(loss: &LossReport) -> Vec<&str> {
    loss.iter().map(|loss| &*loss.path).collect()
}

fn call(id: &str, arguments: &str) -> Value {
    json!({"id": id, "type": "function", "function": {"name": "f", "arguments": arguments}})
}

fn tool() -> Value {
    json!({"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}})
}

#[test]
fn messages_of_one_speaker_become_one_turn_with_the_results_first() {
    let (body, loss) = sent(json!({"messages": [
        {"role": "user", "content": "a"},
        {"role": "user", "content": [{"type": "text", "text": "b"}]},
        {"role": "assistant", "content": "", "tool_calls": [call("c1", "{}"), call("c2", " ")]},
        {"role": "tool", "tool_call_id": "c1", "content": "one"},
        {"role": "user", "content": "wait"},
        {"role": "tool", "tool_call_id": "c2", "content": "two"},
    ]}));
    let use_ = |id| json!({"type": "tool_use", "id": id, "name": "f", "input": {}});
    let result = |id, text| json!({"type": "tool_result", "tool_use_id": id, "content": text});
    let text = |text| json!({"type": "text", "text": text});
    assert_eq!(
        body["messages"],
        json!([
            {"role": "user", "content": [text("a"), text("b")]},
            {"role": "assistant", "content": [use_("c1"), use_("c2")]},
            {"role": "user", "content": [result("c1", "one"), result("c2", "two"), text("wait")]},
        ])
    );
    assert_eq!(paths(&loss), ["messages[5].content[0]"]);
    assert!(loss.to_string().contains("reordered"), "{loss}");
}

#[test]
fn instructions_stand_apart_and_late_ones_are_moved_there() {
    let (body, loss) = sent(json!({"messages": [
        {"role": "system", "content": "one"},
        {"role": "developer", "content": "two"},
        {"role": "user", "content": "a"},
        {"role": "system", "content": "three"},
        {"role": "user", "content": "b"},
    ]}));
    let text = |text| json!({"type": "text", "text": text});
    assert_eq!(body["system"], json!([text("one"), text("two"), text("three")]));
    assert_eq!(body["messages"], json!([{"role": "user", "content": [text("a"), text("b")]}]));
    assert_eq!(paths(&loss), ["messages[3]"]);
    assert_eq!(loss.count(Weight::Semantic), 1);
}

#[test]
fn a_single_instruction_is_a_string() {
    let (body, loss) = sent(json!({"messages": [
        {"role": "system", "content": "one"}, {"role": "user", "content": "a"}]}));
    assert_eq!(body["system"], "one");
    assert_eq!(body["messages"], json!([{"role": "user", "content": "a"}]));
    assert!(loss.is_empty(), "{loss}");
}

#[test]
fn arguments_that_are_no_object_are_wrapped_and_reported() {
    for arguments in ["{\"a\":", "[1]", "free text"] {
        let (body, loss) = sent(json!({"messages": [
            {"role": "user", "content": "a"},
            {"role": "assistant", "tool_calls": [call("c1", arguments)]}]}));
        let input = &body["messages"][1]["content"][0]["input"];
        assert_eq!(*input, json!({"arguments": arguments}));
        assert_eq!(loss.count(Weight::Semantic), 1, "{loss}");
    }
}

#[test]
fn arguments_that_are_null_become_an_empty_object_and_are_reported() {
    for (arguments, lost) in [("null", 1), (" null\n", 1), ("", 0), ("{}", 0)] {
        let (body, loss) = sent(json!({"messages": [
            {"role": "user", "content": "a"},
            {"role": "assistant", "tool_calls": [call("c1", arguments)]}]}));
        assert_eq!(body["messages"][1]["content"][0]["input"], json!({}));
        assert_eq!((loss.len(), loss.count(Weight::Annotation)), (lost, lost), "{loss}");

        let answer = json!({"id": "x", "object": "chat.completion", "model": "m", "choices": [{
            "index": 0, "finish_reason": "tool_calls",
            "message": {"role": "assistant", "content": null, "tool_calls": [call("c1", arguments)]}}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}});
        let answer = Bytes::from(serde_json::to_vec(&answer).unwrap());
        let response = corpus::decode_response(chat(DialectId::OPENAI_CHAT).unwrap(), answer);
        let (body, loss) = corpus::encode_response(anthropic(), &response, &corpus::reply_cx());
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["content"][0]["input"], json!({}));
        let place = ["choices[0].message.content[0].arguments"];
        assert_eq!(paths(&loss), place[..lost], "{loss}");
    }
}

#[test]
fn arguments_keep_their_spelling() {
    let arguments = r#"{"n": 1.50, "big": 12345678901234567890123, "s": "\u00fc"}"#;
    let bytes = json!({"model": "m", "messages": [
        {"role": "assistant", "tool_calls": [call("c1", arguments)]}]});
    let bytes = Bytes::from(serde_json::to_vec(&bytes).unwrap());
    let request = corpus::decode_request(chat(DialectId::OPENAI_CHAT).unwrap(), bytes);
    let (body, _) = corpus::encode_request(anthropic(), &request);
    assert!(String::from_utf8(body.to_vec()).unwrap().contains(arguments));
}

#[test]
fn identifiers_are_written_the_same_for_call_and_result() {
    let (body, loss) = sent(json!({"messages": [
        {"role": "user", "content": "a"},
        {"role": "assistant", "tool_calls": [call("functions.f:0", "{}")]},
        {"role": "tool", "tool_call_id": "functions.f:0", "content": "x"}]}));
    let id = &body["messages"][1]["content"][0]["id"];
    assert_eq!(*id, "functions_2e_f_3a_0");
    assert_eq!(*id, body["messages"][2]["content"][0]["tool_use_id"]);
    assert_eq!(loss.count(Weight::Annotation), loss.len(), "{loss}");
}

#[test]
fn data_urls_become_data() {
    let part = |url: &str| json!({"type": "image_url", "image_url": {"url": url}});
    let file = |data: &str| json!({"type": "file", "file": {"filename": "n", "file_data": data}});
    let (body, _) = sent(json!({"messages": [{"role": "user", "content": [
        part("data:image/png;base64,iVBORw0KGgo="),
        part("https://example.com/a.png"),
        file("data:application/pdf;base64,JVBERi0="),
        file("data:text/plain;base64,aGk="),
    ]}]}));
    let base64 = |media_type: &str, data: &str| json!({"type": "base64", "media_type": media_type, "data": data});
    let content = &body["messages"][0]["content"];
    assert_eq!(content[0]["source"], base64("image/png", "iVBORw0KGgo="));
    assert_eq!(content[1]["source"], json!({"type": "url", "url": "https://example.com/a.png"}));
    assert_eq!(content[2]["type"], "document");
    assert_eq!(content[2]["title"], "n");
    assert_eq!(content[2]["source"], base64("application/pdf", "JVBERi0="));
    let text = json!({"type": "text", "media_type": "text/plain", "data": "hi"});
    assert_eq!(content[3]["source"], text);
}

#[test]
fn an_effort_becomes_a_budget_with_room_for_the_answer() {
    let (body, loss) =
        sent(json!({"reasoning_effort": "medium", "temperature": 0.2, "top_p": 0.99}));
    assert_eq!(body["thinking"], json!({"type": "enabled", "budget_tokens": 8192}));
    assert_eq!(body["max_tokens"], 8292);
    assert_eq!(body["top_p"], 0.99);
    assert_eq!(body.get("temperature"), None);
    assert_eq!(paths(&loss), ["reasoning_effort", "max_tokens", "temperature"]);
    let (body, _) = sent(json!({"reasoning_effort": "none"}));
    assert_eq!(body["thinking"], json!({"type": "disabled"}));
}

#[test]
fn thinking_is_left_out_where_it_would_be_refused() {
    let forced = json!({"reasoning_effort": "low", "tools": [tool()], "tool_choice": "required"});
    let unthought = json!({"reasoning_effort": "low", "tools": [tool()], "messages": [
        {"role": "user", "content": "a"},
        {"role": "assistant", "tool_calls": [call("c1", "{}")]},
        {"role": "tool", "tool_call_id": "c1", "content": "x"}]});
    for request in [forced, unthought] {
        let (body, loss) = sent(request);
        assert_eq!(body.get("thinking"), None);
        assert_eq!(paths(&loss), ["reasoning_effort"]);
    }
    // The calls of an earlier question do not matter.
    let (body, _) = sent(json!({"reasoning_effort": "low", "tools": [tool()], "messages": [
        {"role": "assistant", "tool_calls": [call("c1", "{}")]},
        {"role": "tool", "tool_call_id": "c1", "content": "x"},
        {"role": "assistant", "content": "done"},
        {"role": "user", "content": "b"}]}));
    assert_eq!(body["thinking"]["budget_tokens"], 1024);
}

#[test]
fn every_tool_choice_has_its_form() {
    let cases = [
        (json!("auto"), json!({"type": "auto"})),
        (json!("none"), json!({"type": "none"})),
        (json!("required"), json!({"type": "any"})),
        (
            json!({"type": "function", "function": {"name": "f"}}),
            json!({"type": "tool", "name": "f"}),
        ),
    ];
    for (choice, expected) in cases {
        let (body, loss) = sent(json!({"tools": [tool()], "tool_choice": choice}));
        assert_eq!(body["tool_choice"], expected);
        assert!(loss.is_empty(), "{loss}");
    }
    let (body, _) = sent(json!({"tools": [tool()], "parallel_tool_calls": false}));
    let serial = json!({"type": "auto", "disable_parallel_tool_use": true});
    assert_eq!(body["tool_choice"], serial);
    let (body, _) = sent(json!({"tool_choice": "none"}));
    assert_eq!(body.get("tool_choice"), None, "without tools there is nothing to choose");
}

#[test]
fn a_choice_among_some_tools_sends_only_those() {
    let other = json!({"type": "function", "function": {"name": "g"}});
    let named = json!({"type": "function", "function": {"name": "g"}});
    let (body, loss) = sent(json!({"tools": [tool(), other], "tool_choice": {
        "type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [named]}}}));
    assert_eq!(body["tools"].as_array().unwrap().len(), 1);
    assert_eq!(body["tools"][0]["name"], "g");
    assert_eq!(body["tool_choice"], json!({"type": "any"}));
    assert_eq!(paths(&loss), ["tools[0]", "tool_choice"]);
}

#[test]
fn parameters_the_format_lacks_are_reported_unless_they_say_nothing() {
    let (_, loss) = sent(json!({"n": 1, "logprobs": false, "frequency_penalty": 0,
        "service_tier": "auto", "parallel_tool_calls": true, "stream": false, "logit_bias": {}}));
    assert!(loss.is_empty(), "{loss}");
    let (body, loss) = sent(json!({"n": 2, "logprobs": true, "seed": 0, "logit_bias": {"1": 2},
        "presence_penalty": 0.5, "temperature": 1.7, "stop": ["\n", "END"],
        "service_tier": "flex", "metadata": {"team": "x"}, "user": "u"}));
    let mut reported = paths(&loss);
    reported.sort_unstable();
    let expected = [
        "logit_bias",
        "logprobs",
        "metadata.team",
        "n",
        "presence_penalty",
        "seed",
        "service_tier",
        "stop",
        "temperature",
    ];
    assert_eq!(reported, expected);
    assert_eq!(body["temperature"], 1);
    assert_eq!(body["stop_sequences"], json!(["END"]));
    assert_eq!(body["metadata"], json!({"user_id": "u"}));
}

#[test]
fn a_token_limit_is_made_up_where_none_is_given() {
    let (body, loss) = sent(json!({"max_tokens": null}));
    assert_eq!(body["max_tokens"], 4096);
    assert_eq!(paths(&loss), ["max_tokens"]);
}

#[test]
fn nonsense_is_refused_with_its_place() {
    let cases = [
        (r#"{"messages":5}"#, "messages"),
        (r#"{"messages":[null]}"#, "messages[0]"),
        (r#"{"messages":[[]]}"#, "messages[0]"),
        (r#"{"messages":["hi"]}"#, "messages[0]"),
        (r#"{"messages":[{"role":"tool","content":"x"}]}"#, "messages[0].role"),
        (r#"{"messages":[{"role":"user"}]}"#, "messages[0].content"),
        (r#"{"messages":[{"role":"user","content":7}]}"#, "messages[0].content"),
        (
            r#"{"messages":[{"role":"user","content":[{"text":"x"}]}]}"#,
            "messages[0].content[0].type",
        ),
        (
            r#"{"messages":[{"role":"user","content":[{"type":"text","text":1}]}]}"#,
            "messages[0].content[0].text",
        ),
        (
            r#"{"messages":[{"role":"user","content":[{"type":"image"}]}]}"#,
            "messages[0].content[0].source",
        ),
        (
            r#"{"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[5]}]}]}"#,
            "messages[0].content[0].content[0]",
        ),
        (r#"{"system":5}"#, "system"),
        (r#"{"tools":{}}"#, "tools"),
        (r#"{"tools":[{"description":"x"}]}"#, "tools[0].name"),
        (r#"{"tool_choice":"auto"}"#, "tool_choice"),
        (r#"{"max_tokens":"many"}"#, "max_tokens"),
        (r#"{"stop_sequences":["a",1]}"#, "stop_sequences[1]"),
        (r#"{"stream":"yes"}"#, "stream"),
        (r#"{"model":5}"#, "model"),
        (r#"{"model":"a","model":"b"}"#, "model"),
    ];
    for (body, place) in cases {
        let doc = JsonDoc::parse(body.into(), &Limits::default()).unwrap();
        let error = anthropic().ingress.decode(&doc).unwrap_err();
        assert_eq!(error.param(), Some(place), "{body}: {error}");
    }
}

/// A streamed reply of these events, as the caller receives it.
fn streamed(events: &[Event]) -> (String, LossReport) {
    let (bytes, loss) = corpus::encode_stream(anthropic(), events, &corpus::reply_cx());
    (String::from_utf8(bytes.to_vec()).unwrap(), loss)
}

fn start() -> Event {
    Event::Start(Box::<Start>::default())
}

fn delta(index: u32, delta: Delta) -> Event {
    Event::Delta { choice: 0, index, delta }
}

#[test]
fn free_text_of_a_custom_tool_is_wrapped_in_an_object() {
    let kind = BlockKind::ToolCall { id: "c".into(), name: "sql".into(), custom: true };
    let (stream, loss) = streamed(&[
        start(),
        Event::BlockStart { choice: 0, index: 0, kind },
        delta(0, Delta::Arguments("select \"a".into())),
        delta(0, Delta::Arguments("\"\n".into())),
        Event::BlockStop { choice: 0, index: 0 },
        Event::Finish { choice: 0, reason: FinishReason::ToolCalls },
        Event::End,
    ]);
    let events = corpus::decode_stream(anthropic(), &Bytes::from(stream));
    let (_, calls) = corpus::said(&corpus::fold(&events).unwrap());
    assert_eq!(calls[0].2, r#"{"arguments":"select\"a\"\n"}"#);
    assert_eq!(loss.count(Weight::Semantic), 1, "{loss}");
}

#[test]
fn encrypted_thoughts_are_a_block_of_their_own() {
    let kind = BlockKind::Reasoning;
    let (stream, _) = streamed(&[
        start(),
        Event::BlockStart { choice: 0, index: 0, kind },
        delta(0, Delta::Reasoning("hm".into())),
        delta(0, Delta::Redacted("c2VjcmV0".into())),
        Event::BlockStop { choice: 0, index: 0 },
        Event::Finish { choice: 0, reason: FinishReason::Stop },
        Event::End,
    ]);
    let first = stream.find(r#""index":0,"content_block":{"type":"thinking""#);
    let second =
        stream.find(r#""index":1,"content_block":{"type":"redacted_thinking","data":"c2VjcmV0"}"#);
    assert!(first.is_some() && first < second, "{stream}");
    assert_eq!(stream.matches("event: content_block_stop").count(), 2);
}

#[test]
fn a_stream_that_told_neither_reason_nor_usage_still_ends_well() {
    let (stream, loss) = streamed(&[start(), Event::End]);
    let names: Vec<_> = stream.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!(names, ["message_start", "message_delta", "message_stop"]);
    assert!(
        stream.contains(r#""id":"reply-1""#) && stream.contains(r#""model":"model-asked-for""#)
    );
    assert_eq!(paths(&loss), ["choices[0].finish_reason", "usage"]);
}

#[test]
fn a_refusal_ends_with_its_own_reason_which_is_reported_or_presumed() {
    let openai = chat(DialectId::OPENAI_CHAT).unwrap();
    for (given, kind) in
        [(json!("stop"), LossKind::Approximated), (json!(null), LossKind::Defaulted)]
    {
        let message = json!({"role": "assistant", "content": null, "refusal": "no"});
        let whole = json!({"id": "x", "object": "chat.completion", "model": "m",
            "choices": [{"index": 0, "message": message, "finish_reason": given}]});
        let whole = Bytes::from(serde_json::to_vec(&whole).unwrap());
        let response = corpus::decode_response(openai, whole);
        let (body, loss) = corpus::encode_response(anthropic(), &response, &corpus::reply_cx());
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["stop_reason"], "refusal");
        let told = |loss: &LossReport| {
            let mut told = loss.iter().filter(|loss| &*loss.path == "choices[0].finish_reason");
            (told.next().map(|loss| loss.kind), told.count())
        };
        assert_eq!(told(&loss), (Some(kind), 0), "{loss}");

        let mut events = vec![
            start(),
            Event::BlockStart { choice: 0, index: 0, kind: BlockKind::Refusal },
            delta(0, Delta::Refusal("no".into())),
            Event::BlockStop { choice: 0, index: 0 },
        ];
        if !given.is_null() {
            events.push(Event::Finish { choice: 0, reason: FinishReason::Stop });
        }
        events.push(Event::End);
        let (stream, loss) = streamed(&events);
        assert!(stream.contains(r#""stop_reason":"refusal""#), "{stream}");
        assert_eq!(told(&loss), (Some(kind), 0), "{loss}");
    }
}

#[test]
fn a_stream_that_fails_before_it_begins_is_an_error_event() {
    let fault = airside_schema::Fault::new(airside_schema::FaultKind::Overloaded, "busy");
    let (stream, _) = streamed(&[start(), Event::Fault(Box::new(fault))]);
    assert!(stream.starts_with("event: error\ndata: "), "{stream}");
    assert!(stream.contains(r#""type":"overloaded_error","message":"busy""#), "{stream}");
}
