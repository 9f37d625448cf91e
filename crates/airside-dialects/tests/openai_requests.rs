//! What `openai.chat` demands of requests, one rule a test.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod corpus;

use airside_dialects::openai_chat::{EGRESS, INGRESS};
use airside_schema::codec::{ChatEgress, ChatIngress, EncodeCx, MaxTokensField};
use airside_schema::{
    CacheMark, ChatRequest, CodecError, DialectId, LossReport, Media, MediaSource, Message, Part,
    PartKind, Reasoning, ReasoningConfig, ReasoningEffort, Role, ToolCall, ToolChoice, ToolResult,
};
use airside_wire::{JsonDoc, Limits};
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
