//! What `openai.chat` demands of complete replies and errors, one rule a test.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use airside_dialects::openai_chat::{EGRESS, INGRESS};
use airside_schema::codec::{ChatEgress, ChatIngress, ReplyCx};
use airside_schema::{
    ChatResponse, Choice, Citation, DialectId, FaultKind, FinishReason, LossReport, Message, Part,
    PartKind, Reasoning, Role, ToolCall, Usage, Weight,
};
use airside_wire::RawJson;
use bytes::Bytes;
use serde_json::{Value, json};

const FOREIGN: DialectId = DialectId::ANTHROPIC_MESSAGES;

fn shown(loss: &LossReport) -> Vec<String> {
    loss.iter().map(|loss| format!("{:?} {:?} {}", loss.weight, loss.kind, loss.path)).collect()
}

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
