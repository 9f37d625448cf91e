//! What `openai.chat` demands of requests, replies and errors, one rule a
//! test. Streams have a file of their own.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod corpus;

use airside_dialects::openai_chat::{EGRESS, INGRESS};
use airside_schema::codec::{ChatEgress, ChatIngress, EncodeCx, MaxTokensField, ReplyCx};
use airside_schema::{
    CacheMark, ChatRequest, ChatResponse, Choice, Citation, CodecError, DialectId, FaultKind,
    FinishReason, LossReport, Media, MediaSource, Message, Part, PartKind, Reasoning,
    ReasoningConfig, ReasoningEffort, Role, ToolCall, ToolChoice, ToolResult, Usage, Weight,
};
use airside_wire::{JsonDoc, Limits, RawJson};
use bytes::Bytes;
use serde_json::{Value, json};

const FOREIGN: DialectId = DialectId::ANTHROPIC_MESSAGES;

fn parse(body: &Value) -> JsonDoc {
    JsonDoc::parse(Bytes::from(serde_json::to_vec(body).unwrap()), &Limits::default()).unwrap()
}

fn request(body: &Value) -> Result<ChatRequest, CodecError> {
    INGRESS.decode(&parse(body))
}

/// A request of another dialect as the upstream receives it.
fn sent_with(request: &ChatRequest, cx: &EncodeCx) -> (Value, LossReport) {
    let mut loss = LossReport::default();
    let encoded = EGRESS.encode(request, cx, &mut loss).unwrap();
    (serde_json::from_slice(&encoded.body).unwrap(), loss)
}

fn sent(request: &ChatRequest) -> (Value, LossReport) {
    sent_with(request, &EncodeCx::default())
}

fn foreign(messages: Vec<Message>) -> ChatRequest {
    let mut request = ChatRequest::new("m", messages);
    request.source = Some(FOREIGN);
    request
}

fn text(role: Role, text: &str) -> Message {
    Message::text(role, text)
}

fn shown(loss: &LossReport) -> Vec<String> {
    loss.iter().map(|loss| format!("{:?} {:?} {}", loss.weight, loss.kind, loss.path)).collect()
}

#[test]
fn what_is_not_a_request_is_refused_with_its_place() {
    let user = |content: Value| json!([{"role": "user", "content": content}]);
    let called = |call: Value| json!([{"role": "assistant", "tool_calls": [call]}]);
    let cases = [
        (json!({}), "`messages` is required"),
        (json!({"messages": null}), "`messages` is required"),
        (json!({"messages": 5}), "`messages` is not valid"),
        (json!({"messages": "hi"}), "`messages` is not valid"),
        (json!({"messages": [null]}), "`messages[0]` is not valid"),
        (json!({"messages": [[]]}), "`messages[0]` is not valid"),
        (json!({"messages": [{}]}), "`messages[0].role` is required"),
        (json!({"messages": [{"role": "king"}]}), "`messages[0].role` is not valid"),
        (json!({"messages": [{"role": 1}]}), "`messages[0].role` is not valid"),
        (json!({"messages": user(json!(5))}), "`messages[0].content` is not valid"),
        (json!({"messages": user(json!([5]))}), "`messages[0].content[0]` is not valid"),
        (json!({"messages": user(json!([{}]))}), "`messages[0].content[0].type` is required"),
        (
            json!({"messages": user(json!([{"type": "text"}]))}),
            "`messages[0].content[0].text` is required",
        ),
        (
            json!({"messages": user(json!([{"type": "image_url", "image_url": {"url": 1}}]))}),
            "`messages[0].content[0].image_url.url` is not valid",
        ),
        (
            json!({"messages": [{"role": "assistant", "tool_calls": {}}]}),
            "`messages[0].tool_calls` is not valid",
        ),
        (json!({"messages": called(json!(1))}), "`messages[0].tool_calls[0]` is not valid"),
        (
            json!({"messages": called(json!({"type": "function"}))}),
            "`messages[0].tool_calls[0].function` is required",
        ),
        (
            json!({"messages": called(json!({"function": {}}))}),
            "`messages[0].tool_calls[0].function.name` is required",
        ),
        (json!({"messages": [], "tools": {}}), "`tools` is not valid"),
        (
            json!({"messages": [], "tools": [{"type": "function"}]}),
            "`tools[0].function` is required",
        ),
        (json!({"messages": [], "model": 5}), "`model` is not valid"),
        (json!({"messages": [], "stream": "yes"}), "`stream` is not valid"),
        (json!({"messages": [], "n": -1}), "`n` is not valid"),
        (json!({"messages": [], "max_tokens": "many"}), "`max_tokens` is not valid"),
    ];
    for (body, expected) in cases {
        let error = request(&body).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{body}: {error}");
    }
}

#[test]
fn the_cheap_look_tells_what_routing_needs() {
    let envelope = INGRESS
        .inspect(&parse(&json!({
            "model": "m", "stream": true, "stream_options": {"include_usage": true}, "user": "u",
            "tools": [{}], "response_format": {"type": "json_object"}, "messages": [5],
        })))
        .unwrap();
    assert_eq!(envelope.model.as_deref(), Some("m"));
    assert_eq!(envelope.user.as_deref(), Some("u"));
    let needs = envelope.needs;
    assert!(envelope.stream && envelope.stream_usage && needs.tools && needs.json);
    assert!(!envelope.legacy_functions);

    let bare = INGRESS.inspect(&parse(&json!({"tools": [], "stream": null}))).unwrap();
    assert_eq!(bare, airside_schema::Envelope::default());

    let old = INGRESS.inspect(&parse(&json!({"functions": [{"name": "f"}]}))).unwrap();
    assert!(old.legacy_functions && old.needs.tools);
}

#[test]
fn the_cheap_look_refuses_what_two_readers_could_read_differently() {
    let doc = |text: &'static str| JsonDoc::parse(text.into(), &Limits::default()).unwrap();
    for (text, expected) in [
        (r#"{"model":"a","model":"b"}"#, "`model` occurs more than once; give it once"),
        (r#"{"messages":[],"messages":[]}"#, "`messages` occurs more than once; give it once"),
        (r#"{"model":["a"]}"#, "`model` is not valid: expected a string"),
        (r#"{"messages":{}}"#, "`messages` is not valid: expected an array of messages"),
        (r#"{"stream":1}"#, "`stream` is not valid: expected true or false"),
    ] {
        assert_eq!(INGRESS.inspect(&doc(text)).unwrap_err().to_string(), expected);
        assert!(INGRESS.decode(&doc(text)).is_err());
    }
}

#[test]
fn tool_choices_are_read_in_every_form() {
    let named = |name: &str| json!({"type": "function", "function": {"name": name}});
    let allowed = json!({"type": "allowed_tools", "allowed_tools": {"mode": "auto",
        "tools": [named("a"), named("b")]}});
    for (field, choice, expected) in [
        ("tool_choice", json!("auto"), ToolChoice::Auto),
        ("tool_choice", json!("none"), ToolChoice::None),
        ("tool_choice", json!("required"), ToolChoice::Required),
        ("tool_choice", json!("any"), ToolChoice::Required),
        ("tool_choice", named("f"), ToolChoice::Function("f".into())),
        (
            "tool_choice",
            allowed,
            ToolChoice::Allowed { names: vec!["a".into(), "b".into()], required: false },
        ),
        ("function_call", json!("auto"), ToolChoice::Auto),
        ("function_call", json!("none"), ToolChoice::None),
        ("function_call", json!({"name": "f"}), ToolChoice::Function("f".into())),
    ] {
        let mut body = json!({"messages": []});
        body[field] = choice;
        assert_eq!(request(&body).unwrap().tool_choice, Some(expected), "{body}");
    }
    for unknown in [json!("maybe"), json!({"type": "custom", "custom": {"name": "c"}}), json!(7)] {
        let request = request(&json!({"messages": [], "tool_choice": unknown})).unwrap();
        let opaque = matches!(request.tool_choice, Some(ToolChoice::Opaque { .. }));
        assert!(opaque, "{:?}", request.tool_choice);
    }
}

#[test]
fn calls_before_tools_existed_are_linked_to_their_results() {
    let request = request(&json!({"messages": [
        {"role": "assistant", "content": null, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "1"},
        {"role": "assistant", "content": null, "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "function", "name": "f", "content": "2"},
    ]}))
    .unwrap();
    let ids = request.messages.iter().flat_map(|message| &message.parts);
    let ids: Vec<&str> = ids
        .map(|part| match &part.kind {
            PartKind::ToolCall(call) => &*call.id,
            PartKind::ToolResult(result) => &*result.call_id,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(ids[0], ids[1]);
    assert_eq!(ids[2], ids[3]);
    assert_ne!(ids[0], ids[2]);
}

#[test]
fn both_token_limits_are_kept_when_they_differ() {
    let both = json!({"messages": [], "max_tokens": 5, "max_completion_tokens": 7});
    let request = request(&both).unwrap();
    assert_eq!(request.params.max_tokens, Some(7));
    let (body, _) = sent(&request);
    assert_eq!((&body["max_tokens"], &body["max_completion_tokens"]), (&json!(5), &json!(7)));
}

#[test]
fn the_token_limit_goes_into_the_field_the_upstream_reads() {
    let mut request = foreign(Vec::new());
    request.params.max_tokens = Some(9);
    let mut cx = EncodeCx::default();
    assert_eq!(sent_with(&request, &cx).0["max_tokens"], 9);
    cx.max_tokens_field = MaxTokensField::MaxCompletionTokens;
    let (body, _) = sent_with(&request, &cx);
    assert_eq!(body["max_completion_tokens"], 9);
    assert_eq!(body.get("max_tokens"), None);
}

#[test]
fn the_developer_is_the_system_where_the_upstream_knows_none() {
    let request = foreign(vec![text(Role::Developer, "x")]);
    let (body, loss) = sent(&request);
    assert_eq!(body["messages"][0]["role"], "system");
    assert_eq!(shown(&loss), ["Annotation Approximated messages[0].role"]);
    let mut cx = EncodeCx::default();
    cx.developer_role = true;
    assert_eq!(sent_with(&request, &cx).0["messages"][0]["role"], "developer");
}

#[test]
fn tool_results_are_messages_before_the_rest_and_pictures_follow_them() {
    let result = |id: &str, parts| Part::new(PartKind::ToolResult(ToolResult::new(id, parts)));
    let url = MediaSource::Url("https://example.com/a.png".into());
    let picture = Part::new(PartKind::Image(Media::new(url)));
    let message = Message::new(
        Role::User,
        vec![
            Part::text("first"),
            result("c1", vec![Part::text("one"), picture]),
            result("c2", Vec::new()),
        ],
    );
    let (body, loss) = sent(&foreign(vec![message]));
    let image = json!({"type": "image_url", "image_url": {"url": "https://example.com/a.png"}});
    assert_eq!(
        body["messages"],
        json!([
            {"role": "tool", "tool_call_id": "c1", "content": "one"},
            {"role": "tool", "tool_call_id": "c2", "content": ""},
            {"role": "user", "content": [image, {"type": "text", "text": "first"}]},
        ])
    );
    assert_eq!(
        shown(&loss),
        [
            "Semantic Reordered messages[0].content[1]",
            "Semantic Approximated messages[0].content[1].content[1]",
            "Semantic Reordered messages[0].content[2]",
        ]
    );
}

#[test]
fn pictures_of_tool_messages_wait_for_the_last_result() {
    let url = MediaSource::Url("https://example.com/a.png".into());
    let picture = Part::new(PartKind::Image(Media::new(url)));
    let tool = |id: &str, part: Part| {
        let result = ToolResult::new(id, vec![part]);
        Message::new(Role::Tool, vec![Part::new(PartKind::ToolResult(result))])
    };
    let messages = vec![tool("c1", picture), tool("c2", Part::text("two"))];
    let roles = |messages: Vec<Message>| {
        let (body, _) = sent(&foreign(messages));
        let list = body["messages"].as_array().unwrap().clone();
        list.iter().map(|message| message["role"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(roles(messages.clone()), ["tool", "tool", "user"]);
    let mut answered = messages;
    answered.push(text(Role::Assistant, "ok"));
    assert_eq!(roles(answered), ["tool", "tool", "user", "assistant"]);
}

#[test]
fn what_another_vendor_signed_is_not_sent() {
    let mut reasoning = Reasoning::text("because");
    reasoning.signature = Some("c2ln".into());
    reasoning.dialect = Some(FOREIGN);
    let parts = vec![
        Part::new(PartKind::Reasoning(reasoning)),
        Part::new(PartKind::ToolCall(ToolCall::new("c1", "f", "{}"))),
        Part::text("after"),
    ];
    let (body, loss) = sent(&foreign(vec![Message::new(Role::Assistant, parts)]));
    let call =
        json!({"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let expected = json!([{"role": "assistant", "content": "after", "tool_calls": [call]}]);
    assert_eq!(body["messages"], expected);
    assert_eq!(
        shown(&loss),
        ["Semantic Dropped messages[0].content[0]", "Semantic Reordered messages[0].content[2]"]
    );
}

#[test]
fn paths_of_instructions_name_the_field_they_stood_in() {
    let mut marked = Part::text("long");
    marked.cache = Some(CacheMark::new(None, None));
    let system = Message::new(Role::System, vec![marked.clone()]);
    let user = Message::new(Role::User, vec![marked]);
    let (_, loss) = sent(&foreign(vec![system, user]));
    assert_eq!(
        shown(&loss),
        [
            "Annotation Dropped system[0].cache_control",
            "Annotation Dropped messages[0].content[0].cache_control",
        ]
    );
}

#[test]
fn budgets_become_efforts() {
    for (budget, effort) in
        [(1024, "low"), (5000, "medium"), (8192, "medium"), (16_000, "high"), (60_000, "xhigh")]
    {
        let mut request = foreign(Vec::new());
        let mut config = ReasoningConfig::default();
        config.enabled = Some(true);
        config.budget_tokens = Some(budget);
        request.reasoning = Some(config);
        let (body, loss) = sent(&request);
        assert_eq!(body["reasoning_effort"], effort, "{budget}");
        assert_eq!(shown(&loss), ["Parameter Approximated thinking.budget_tokens"]);
    }
}

#[test]
fn the_highest_effort_is_xhigh() {
    let mut request = foreign(Vec::new());
    let mut config = ReasoningConfig::default();
    config.effort = Some(ReasoningEffort::Max);
    request.reasoning = Some(config);
    let (body, loss) = sent(&request);
    assert_eq!(body["reasoning_effort"], "xhigh");
    assert_eq!(shown(&loss), ["Parameter Approximated reasoning_effort"]);
}

#[test]
fn settings_only_some_servers_know_are_sent_only_for_their_own_callers() {
    let body = json!({"messages": [], "top_k": 40, "metadata": {"a": "b"}, "service_tier": "x"});
    let mut request = request(&body).unwrap();
    let (own, loss) = sent(&request);
    assert_eq!((&own["top_k"], &own["metadata"]["a"]), (&json!(40), &json!("b")));
    assert!(loss.is_empty(), "{loss}");
    request.source = Some(FOREIGN);
    let (other, loss) = sent(&request);
    assert_eq!(other, json!({"messages": []}));
    assert_eq!(
        shown(&loss),
        [
            "Parameter Dropped top_k",
            "Annotation Dropped metadata.a",
            "Parameter Dropped service_tier",
        ]
    );
}

#[test]
fn there_is_no_choice_among_no_tools() {
    let mut request = foreign(Vec::new());
    request.tool_choice = Some(ToolChoice::Required);
    request.parallel_tool_calls = Some(false);
    let (body, loss) = sent(&request);
    assert_eq!(body, json!({"model": "m", "messages": []}));
    assert_eq!(shown(&loss), ["Semantic Dropped tool_choice"]);
}

// === replies ===

fn reply_with(answer: &ChatResponse, cx: &ReplyCx) -> (Value, LossReport) {
    let mut loss = LossReport::default();
    let body = INGRESS.encode_response(answer, cx, &mut loss).unwrap();
    (serde_json::from_slice(&body).unwrap(), loss)
}

fn answer(parts: Vec<Part>, finish: FinishReason) -> ChatResponse {
    let mut answer = ChatResponse::default();
    let message = Message::new(Role::Assistant, parts);
    answer.choices.push(Choice::new(0, message, Some(finish)));
    answer
}

#[test]
fn a_reply_says_what_the_upstream_did_not() {
    let mut cx = ReplyCx::new("asked");
    cx.now = 1234;
    cx.fallback_id = "reply-1".into();
    cx.provider = Some("somebody".into());
    let (body, _) = reply_with(&answer(vec![Part::text("x")], FinishReason::Stop), &cx);
    assert_eq!(
        body,
        json!({
            "id": "reply-1", "object": "chat.completion", "created": 1234, "model": "asked",
            "provider": "somebody",
            "choices": [{
                "index": 0,
                "message": {"role": "assistant", "content": "x", "refusal": null},
                "logprobs": null,
                "finish_reason": "stop",
            }],
        })
    );
}

#[test]
fn every_finish_reason_has_a_name() {
    for (reason, name, losses) in [
        (FinishReason::Stop, "stop", 0),
        (FinishReason::StopSequence(Some("END".into())), "stop", 1),
        (FinishReason::Length, "length", 0),
        (FinishReason::ContextWindow, "length", 1),
        (FinishReason::ToolCalls, "tool_calls", 0),
        (FinishReason::FunctionCall, "function_call", 0),
        (FinishReason::ContentFilter, "content_filter", 0),
        (FinishReason::Refusal, "content_filter", 1),
        (FinishReason::PauseTurn, "stop", 1),
        (FinishReason::Error, "stop", 1),
        (FinishReason::Other("eos".into()), "stop", 1),
    ] {
        let (body, loss) = reply_with(&answer(Vec::new(), reason.clone()), &ReplyCx::new("m"));
        assert_eq!(body["choices"][0]["finish_reason"], name, "{reason:?}");
        assert_eq!(loss.len(), losses, "{reason:?}: {loss}");
    }
}

#[test]
fn a_missing_finish_reason_is_made_up_and_reported() {
    let call = Part::new(PartKind::ToolCall(ToolCall::new("c", "f", "{}")));
    for (parts, name) in [(vec![Part::text("x")], "stop"), (vec![call], "tool_calls")] {
        let mut answer = answer(parts, FinishReason::Stop);
        answer.choices[0].finish = None;
        let (body, loss) = reply_with(&answer, &ReplyCx::new("m"));
        assert_eq!(body["choices"][0]["finish_reason"], name);
        assert_eq!(shown(&loss), ["Parameter Defaulted choices[0].finish_reason"]);
    }
}

#[test]
fn reasoning_is_shown_without_strict_compliance_only() {
    let mut reasoning = Reasoning::text("because");
    reasoning.signature = Some("c2ln".into());
    let parts = vec![Part::new(PartKind::Reasoning(reasoning)), Part::text("so")];
    let answer = answer(parts, FinishReason::Stop);
    let mut cx = ReplyCx::new("m");
    let (body, loss) = reply_with(&answer, &cx);
    assert_eq!(
        body["choices"][0]["message"],
        json!({"role": "assistant", "content": "so", "refusal": null})
    );
    assert_eq!(shown(&loss), ["Semantic Dropped choices[0].message.content[0]"]);
    cx.strict = false;
    let (body, loss) = reply_with(&answer, &cx);
    let message = &body["choices"][0]["message"];
    assert_eq!(message["reasoning_content"], "because");
    assert_eq!(
        message["content_blocks"],
        json!([
            {"type": "thinking", "thinking": "because", "signature": "c2ln"},
            {"type": "text", "text": "so"},
        ])
    );
    assert!(loss.is_empty(), "{loss}");
}

#[test]
fn citations_of_pages_point_into_the_joined_text() {
    let mut page = Citation::new(FOREIGN, RawJson::null());
    page.url = Some("https://example.com".into());
    let document = Citation::new(FOREIGN, RawJson::null());
    let text = |text: &str, citations| Part::new(PartKind::Text { text: text.into(), citations });
    let parts = vec![text("Größe: ", Vec::new()), text("groß", vec![page, document])];
    let (body, loss) = reply_with(&answer(parts, FinishReason::Stop), &ReplyCx::new("m"));
    let message = &body["choices"][0]["message"];
    assert_eq!(message["content"], "Größe: groß");
    let citation =
        json!({"url": "https://example.com", "title": "", "start_index": 7, "end_index": 11});
    assert_eq!(message["annotations"], json!([{"type": "url_citation", "url_citation": citation}]));
    assert_eq!(loss.count(Weight::Semantic), 1, "{loss}");
}

#[test]
fn callers_that_declared_functions_get_one_function_call() {
    let call = |id: &str| Part::new(PartKind::ToolCall(ToolCall::new(id, "f", "{}")));
    let answer = answer(vec![call("c1"), call("c2")], FinishReason::ToolCalls);
    let mut cx = ReplyCx::new("m");
    cx.legacy_functions = true;
    let (body, loss) = reply_with(&answer, &cx);
    let choice = &body["choices"][0];
    assert_eq!(choice["message"]["function_call"], json!({"name": "f", "arguments": "{}"}));
    assert_eq!(choice["message"].get("tool_calls"), None);
    assert_eq!(choice["finish_reason"], "function_call");
    assert_eq!(shown(&loss), ["Semantic Dropped choices[0].message.tool_calls[1]"]);
}

#[test]
fn usage_counts_cached_and_reasoning_tokens() {
    let mut usage = Usage::new(100, 50);
    usage.cache_read = Some(60);
    usage.cache_write = Some(20);
    usage.reasoning = Some(30);
    let mut answer = answer(Vec::new(), FinishReason::Stop);
    answer.usage = Some(usage);
    let (body, _) = reply_with(&answer, &ReplyCx::new("m"));
    assert_eq!(
        body["usage"],
        json!({
            "prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150,
            "prompt_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 20},
            "completion_tokens_details": {"reasoning_tokens": 30},
        })
    );
}

#[test]
fn an_answer_is_observed_without_decoding_it() {
    let body = Bytes::from_static(
        br#"{"model":"m","choices":[{"message":{"content":"x"},"finish_reason":"length"}],
            "usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#,
    );
    let observed = EGRESS.observe_response(&body).unwrap();
    assert_eq!(observed.model.as_deref(), Some("m"));
    assert_eq!(observed.finish, Some(FinishReason::Length));
    assert_eq!(observed.usage.map(|usage| (usage.input, usage.output)), Some((1, 2)));
    assert!(EGRESS.observe_response(&Bytes::from_static(b"<html>")).is_err());
}

#[test]
fn errors_are_read_in_every_shape_servers_use() {
    let open_ai = |kind: &str, code: Value| {
        json!({"error": {"message": "m", "type": kind, "param": "p", "code": code}}).to_string()
    };
    let cases = [
        (400, open_ai("invalid_request_error", json!(null)), FaultKind::InvalidRequest, "m"),
        (
            401,
            open_ai("invalid_request_error", json!("invalid_api_key")),
            FaultKind::Authentication,
            "m",
        ),
        (429, open_ai("insufficient_quota", json!("insufficient_quota")), FaultKind::Billing, "m"),
        (400, open_ai("invalid_request_error", json!("content_filter")), FaultKind::Denied, "m"),
        (500, r#"{"error":"text"}"#.into(), FaultKind::Api, "text"),
        (404, r#"{"message":"gone"}"#.into(), FaultKind::NotFound, "gone"),
        (401, r#"{"detail":"no key"}"#.into(), FaultKind::Authentication, "no key"),
        (
            422,
            r#"{"detail":[{"loc":["body","messages",0],"msg":"Field required"}]}"#.into(),
            FaultKind::InvalidRequest,
            "body.messages.0: Field required",
        ),
        (503, "Service Unavailable\n".into(), FaultKind::Overloaded, "Service Unavailable"),
        (
            400,
            r#"[{"error":{"message":"in a list"}}]"#.into(),
            FaultKind::InvalidRequest,
            "in a list",
        ),
        (502, r#"{"a":1}"#.into(), FaultKind::Api, r#"{"a":1}"#),
        (500, String::new(), FaultKind::Api, "the upstream answered with an error and no message"),
        (500, "null".into(), FaultKind::Api, "null"),
    ];
    for (status, body, kind, message) in cases {
        let fault = EGRESS.decode_fault(status, &Bytes::from(body.clone()));
        assert_eq!((fault.kind, &*fault.message), (kind, message), "{body}");
        assert_eq!(fault.status, Some(status));
    }
    let long = EGRESS.decode_fault(500, &Bytes::from("ä".repeat(10_000)));
    assert_eq!(long.message.chars().count(), 201);
}

#[test]
fn errors_keep_the_name_and_code_they_came_with() {
    let body = Bytes::from_static(
        br#"{"type":"error","error":{"type":"overloaded_error","message":"busy","code":7},
            "request_id":"req_1"}"#,
    );
    let fault = EGRESS.decode_fault(529, &body);
    assert_eq!(fault.kind, FaultKind::Overloaded);
    let written: Value = serde_json::from_slice(&INGRESS.encode_fault(&fault)).unwrap();
    let error = json!({"message": "busy", "type": "overloaded_error", "param": null, "code": 7});
    assert_eq!(written, json!({"error": error, "request_id": "req_1"}));
}
