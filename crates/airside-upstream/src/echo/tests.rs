//! The echo upstream as its callers see it: requests in, replies out.

use std::time::Duration;

use airside_call::{CallError, Clock, ErrorKind};
use airside_dialects::{chat, chat_dialects, reader};
use airside_schema::stream::{Checker, Folder};
use airside_schema::{ChatResponse, DialectId, FinishReason, PartKind, Usage, codec::Memo};
use airside_wire::{RawJson, sse};
use bytes::Bytes;
use http_body::Body as _;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::*;
use crate::{OutgoingBody, Reach};

/// A reply, its body collected.
struct Got {
    status: u16,
    headers: http::HeaderMap,
    chunks: Vec<Bytes>,
    broken: Option<CallError>,
}

impl Got {
    fn text(&self) -> String {
        String::from_utf8(self.chunks.concat()).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text())
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The payloads of a stream of events.
    fn events(&self) -> Vec<String> {
        assert_eq!(self.headers["content-type"], "text/event-stream; charset=utf-8");
        let mut reader = sse::Reader::new();
        self.chunks.iter().for_each(|chunk| reader.push(chunk.clone()).unwrap());
        let events = std::iter::from_fn(|| reader.next_frame());
        events.filter_map(|frame| frame.data()).map(|data| data.to_string()).collect()
    }

    fn values(&self) -> Vec<Value> {
        let events = self.events();
        let values = events.iter().filter(|data| *data != "[DONE]");
        values.map(|data| serde_json::from_str(data).unwrap()).collect()
    }
}

async fn send(method: &str, path: &str, body: Option<Value>) -> Got {
    let body = body.map(|body| vec![Bytes::from(body.to_string())]).unwrap_or_default();
    let request = http::Request::builder()
        .method(method)
        .uri(format!("echo://local/v1{path}"))
        .header("content-type", "application/json")
        .body(OutgoingBody::Slices(body))
        .unwrap();
    let outgoing = Outgoing { request, reach: Reach::Trusted, headers_within: None };
    let response = Echo::new(Clock::fixed(1_700_000_000)).send(outgoing).await.unwrap();
    let (parts, mut body) = response.into_parts();
    let exact = body.size_hint().exact();
    let (mut chunks, mut broken) = (Vec::new(), None);
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => chunks.push(frame.into_data().unwrap()),
            Err(error) => broken = Some(error),
        }
    }
    if let Some(exact) = exact {
        assert_eq!(exact, chunks.iter().map(|chunk| chunk.len() as u64).sum::<u64>());
    }
    Got { status: parts.status.as_u16(), headers: parts.headers, chunks, broken }
}

async fn post(path: &str, body: Value) -> Got {
    send("POST", path, Some(body)).await
}

/// The path of a chat dialect, and a request in it.
fn asked(dialect: DialectId, said: &str, more: &Value) -> (String, Value) {
    let registry = Registry::builtin();
    let endpoints = &registry.get("echo").unwrap().endpoints;
    let endpoint = endpoints
        .iter()
        .find(|endpoint| endpoint.operation == Operation::Chat && endpoint.dialect == dialect)
        .unwrap_or_else(|| panic!("the row `echo` does not offer {dialect}"));
    let mut body = json!({
        "model": "echo", "max_tokens": 4096, "messages": [{"role": "user", "content": said}],
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    (endpoint.path.to_string(), body)
}

/// Reads a reply the way a client of the dialect would, streamed or not.
fn understood(dialect: DialectId, got: &Got) -> ChatResponse {
    let egress = chat(dialect).unwrap().egress;
    if got.headers["content-type"] == "application/json" {
        return egress.decode_response(Bytes::from(got.chunks.concat()), &Memo::default()).unwrap();
    }
    let mut decoder = egress.stream_decoder(&Memo::default());
    let mut events = Vec::new();
    for chunk in &got.chunks {
        decoder.push(chunk.clone(), &mut events).unwrap();
    }
    decoder.finish(&mut events);
    Checker::check(&events).unwrap();
    let mut folder = Folder::default();
    for event in &events {
        folder.event(event);
    }
    folder.finish().unwrap()
}

fn texts(response: &ChatResponse) -> String {
    response.choices[0].message.texts().map(ToString::to_string).collect()
}

fn calls(response: &ChatResponse) -> Vec<(String, String)> {
    let parts = response.choices.iter().flat_map(|choice| &choice.message.parts);
    let call = parts.filter_map(|part| match &part.kind {
        PartKind::ToolCall(call) => Some((call.name.to_string(), call.arguments.to_string())),
        _ => None,
    });
    call.collect()
}

/// Totals of tokens, whatever else a dialect tells.
fn totals(usage: Option<&Usage>) -> Option<(u64, u64)> {
    usage.map(|usage| (usage.input, usage.output))
}

#[tokio::test]
async fn every_chat_dialect_gets_its_text_back_streamed_or_not() {
    for dialect in chat_dialects() {
        for stream in [false, true] {
            let more = json!({"stream": stream, "stream_options": {"include_usage": true}});
            let (path, body) = asked(dialect.id, "bitter orange marmalade", &more);
            let got = post(&path, body).await;
            assert_eq!(got.status, 200, "{}", got.text());
            let response = understood(dialect.id, &got);
            assert_eq!(texts(&response), "bitter orange marmalade", "{}", dialect.id);
            assert_eq!(response.choices[0].finish, Some(FinishReason::Stop));
            assert_eq!(response.model, "echo");
            assert!(!response.id.is_empty());
            assert_eq!(totals(response.usage.as_ref()), Some((6, 6)), "{}", got.text());
            let observed = reader(dialect.id).unwrap();
            if stream {
                assert!(got.chunks.len() > 3, "words arrive one by one");
                let mut observer = observed.stream_observer();
                got.chunks.iter().for_each(|chunk| observer.frames(chunk));
                assert!(observer.observed().complete, "{}", dialect.id);
            } else {
                let body = Bytes::from(got.chunks.concat());
                assert_eq!(
                    totals(observed.observe_response(&body).unwrap().usage.as_ref()),
                    Some((6, 6))
                );
            }
        }
    }
}

#[tokio::test]
async fn every_chat_dialect_carries_tool_calls_and_thoughts() {
    let schema =
        json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    for dialect in chat_dialects() {
        for stream in [false, true] {
            let more = match dialect.id {
                DialectId::ANTHROPIC_MESSAGES => json!({
                    "tools": [{"name": "get_weather", "input_schema": schema}],
                    "thinking": {"type": "enabled", "budget_tokens": 1024}, "stream": stream,
                }),
                _ => json!({
                    "tools": [{"type": "function", "function": {"name": "get_weather", "parameters": schema}}],
                    "reasoning_effort": "low", "stream": stream,
                }),
            };
            let (path, body) = asked(dialect.id, "get_weather of Oslo", &more);
            let response = understood(dialect.id, &post(&path, body).await);
            let expected = [("get_weather".to_owned(), r#"{"city":"echo"}"#.to_owned())];
            assert_eq!(calls(&response), expected, "{} {stream}", dialect.id);
            assert_eq!(response.choices[0].finish, Some(FinishReason::ToolCalls));
            let thinks = |kind: &PartKind| matches!(kind, PartKind::Reasoning(_));
            let parts = &response.choices[0].message.parts;
            assert!(parts.iter().any(|part| thinks(&part.kind)), "{} {stream}", dialect.id);
        }
    }
}

#[tokio::test]
async fn a_single_word_arrives_in_one_piece() {
    let (path, body) = asked(DialectId::OPENAI_CHAT, "marmalade", &json!({"stream": true}));
    let got = post(&path, body).await;
    assert!(got.events().iter().any(|data| data.contains("\"marmalade\"")), "{}", got.text());
    assert_eq!(got.events().last().unwrap(), "[DONE]");
}

#[tokio::test]
async fn failures_have_the_shape_of_the_dialect() {
    let cases = [
        ("/chat/completions", "echo-status-503", 503, "/error/message"),
        ("/chat/completions", "echo-status-429", 429, "/error/message"),
        ("/messages", "echo-status-529", 529, "/error/message"),
        ("/completions", "echo-status-500", 500, "/error/message"),
        ("/responses", "echo-status-404", 404, "/error/message"),
        ("/embeddings", "echo-status-401", 401, "/error/message"),
        ("/messages/count_tokens", "echo-status-403", 403, "/error/message"),
        ("/moderations", "echo-status-400", 400, "/error/message"),
        ("/rerank", "echo-status-418", 418, "/error/message"),
        ("/chat/completions", "echo-nonsense", 400, "/error/message"),
    ];
    for (path, model, status, message) in cases {
        let got = post(path, json!({"model": model, "stream": true})).await;
        assert_eq!(
            (got.status, &got.headers["content-type"]),
            (status, &"application/json".parse().unwrap())
        );
        let body = got.json();
        assert!(body.pointer(message).is_some_and(Value::is_string), "{path} {model}: {body}");
        assert_eq!(body.get("type").is_some(), path.starts_with("/messages"), "{body}");
    }
}

#[tokio::test]
async fn retry_after_is_named_in_seconds() {
    let got = post("/chat/completions", json!({"model": "echo-retry-after-2"})).await;
    assert_eq!((got.status, &got.headers["retry-after"]), (429, &"2".parse().unwrap()));
    let got = post("/messages", json!({"model": "echo-status-503-retry-after-7"})).await;
    assert_eq!((got.status, &got.headers["retry-after"]), (503, &"7".parse().unwrap()));
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_and_the_place_named() {
    let cases = [
        ("/chat/completions", json!({"model": "echo", "messages": 5}), "messages"),
        ("/chat/completions", json!({"messages": [], "n": 1000}), "n"),
        ("/messages", json!({"messages": "hi"}), "messages"),
        ("/completions", json!({"prompt": {}}), "prompt"),
        ("/completions", json!({"prompt": ["a", "b"], "n": 65}), "n"),
        ("/embeddings", json!({}), "input"),
        ("/embeddings", json!({"input": "a", "dimensions": 0}), "dimensions"),
        ("/embeddings", json!({"input": "a", "dimensions": 1e9}), "dimensions"),
        ("/embeddings", json!({"input": "a", "encoding_format": "int8"}), "encoding_format"),
        ("/responses", json!({"input": 5}), "input"),
        ("/responses", json!({"input": [5]}), "input[0]"),
        ("/images/generations", json!({"prompt": "a", "n": 11}), "n"),
        ("/moderations", json!({}), "input"),
    ];
    for (path, body, param) in cases {
        let got = post(path, body.clone()).await;
        assert_eq!(got.status, 400, "{path} {body}");
        let message = got.json().pointer("/error/message").unwrap().to_string();
        assert!(message.contains(&format!("`{param}")), "{path} {body}: {message}");
    }
    let got = send("POST", "/chat/completions", None).await;
    assert_eq!(got.status, 400);
}

#[tokio::test(start_paused = true)]
async fn delays_come_before_the_headers_and_pauses_before_each_chunk() {
    let ask = |model: &str, stream: bool| json!({"model": model, "stream": stream, "messages": [{"role": "user", "content": "a b c"}]});
    let plain = post("/chat/completions", ask("echo", true)).await.chunks.len() as u64;
    let cases = [
        (ask("echo", true), 0),
        (ask("echo-delay-500", false), 500),
        (ask("echo-delay-200-status-429", false), 200),
        (ask("echo-slow-50", true), 50 * plain),
        (ask("echo-slow-50", false), 50),
        (ask("echo-slow-10-delay-7", true), 7 + 10 * plain),
    ];
    for (body, ms) in cases {
        let before = Instant::now();
        post("/chat/completions", body.clone()).await;
        assert_eq!(before.elapsed(), Duration::from_millis(ms), "{body}");
    }
}

#[tokio::test]
async fn cut_replies_break_off_with_an_error() {
    let ask = |model: &str, stream: bool| json!({"model": model, "stream": stream, "messages": [{"role": "user", "content": "a b c d"}]});
    let whole = post("/chat/completions", ask("echo", false)).await.text().len();
    let cases = [
        ("echo-cut-3", true, 3),
        ("echo-cut-0", true, 0),
        ("echo-cut-3", false, 1),
        ("echo-cut-0", false, 0),
    ];
    for (model, stream, chunks) in cases {
        let got = post("/chat/completions", ask(model, stream)).await;
        assert_eq!((got.status, got.chunks.len()), (200, chunks), "{model} {stream}");
        assert_eq!(got.broken.as_ref().map(CallError::kind), Some(ErrorKind::StreamBroken));
        assert!(got.text().len() < whole || stream);
        assert!(!got.text().contains("[DONE]"));
    }
    let got = post("/chat/completions", ask("echo-cut-1000", true)).await;
    assert!(got.broken.is_none(), "a stream with fewer chunks ends well");
}

#[tokio::test]
async fn text_completions_continue_each_prompt_with_itself() {
    let body = json!({"model": "echo", "prompt": ["one two", "three"], "n": 2, "max_tokens": 1});
    let got = post("/completions", body).await.json();
    let choices: Vec<_> = got["choices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|choice| {
            (choice["index"].as_u64(), choice["text"].as_str(), choice["finish_reason"].as_str())
        })
        .collect();
    assert_eq!(
        choices,
        [
            (Some(0), Some("one "), Some("length")),
            (Some(1), Some("one "), Some("length")),
            (Some(2), Some("thre"), Some("length")),
            (Some(3), Some("thre"), Some("length")),
        ]
    );
    let usage = json!({"prompt_tokens": 4, "completion_tokens": 4, "total_tokens": 8});
    assert_eq!((&got["object"], &got["usage"]), (&json!("text_completion"), &usage));

    let body = json!({"prompt": "a b stop c", "stop": "stop", "echo": true});
    let got = post("/completions", body).await.json();
    assert_eq!(got["choices"][0]["text"], "a b stop ca b ");
    assert_eq!(got["choices"][0]["finish_reason"], "stop");
}

#[tokio::test]
async fn streamed_completions_end_each_choice_and_then_the_stream() {
    for usage in [false, true] {
        let body = json!({"prompt": ["one two", "three"], "stream": true,
            "stream_options": {"include_usage": usage}});
        let got = post("/completions", body).await;
        let seen: Vec<_> = got
            .values()
            .iter()
            .map(|chunk| match chunk["choices"].get(0) {
                Some(choice) => json!([choice["index"], choice["text"], choice["finish_reason"]]),
                None => chunk["usage"].clone(),
            })
            .collect();
        let mut expected = vec![
            json!([0, "one", null]),
            json!([0, " two", null]),
            json!([0, "", "stop"]),
            json!([1, "three", null]),
            json!([1, "", "stop"]),
        ];
        if usage {
            expected.push(json!({"prompt_tokens": 4, "completion_tokens": 4, "total_tokens": 8}));
        }
        assert_eq!(seen, expected);
        assert_eq!(got.events().last().unwrap(), "[DONE]");
    }
}

#[tokio::test]
async fn embeddings_depend_on_the_text_alone() {
    let body = json!({"model": "e", "input": ["same", "other", "same"], "dimensions": 8});
    let got = post("/embeddings", body).await.json();
    let vector = |index: usize| -> Vec<f64> {
        let vector = got["data"][index]["embedding"].as_array().unwrap();
        vector.iter().map(|number| number.as_f64().unwrap()).collect()
    };
    assert_eq!(vector(0).len(), 8);
    assert_eq!(vector(0), vector(2));
    assert_ne!(vector(0), vector(1));
    assert!((vector(0).iter().map(|number| number * number).sum::<f64>() - 1.0).abs() < 1e-5);
    assert_eq!(got["usage"], json!({"prompt_tokens": 4, "total_tokens": 4}));
    assert_eq!(got["model"], "e");

    let body = json!({"input": "same", "dimensions": 8, "encoding_format": "base64"});
    let packed = post("/embeddings", body).await.json();
    let packed = base64::Engine::decode(
        &base64::engine::general_purpose::STANDARD,
        packed["data"][0]["embedding"].as_str().unwrap(),
    )
    .unwrap();
    let numbers: Vec<f32> =
        packed.chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect();
    assert!(numbers.iter().zip(vector(0)).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-6));
    assert_eq!(numbers.len(), 8);

    let got = post("/embeddings", json!({"input": [1, 2, 3]})).await.json();
    assert_eq!(got["data"][0]["embedding"].as_array().unwrap().len(), 1536);
}

/// A golden value: stores filled by one version must fit the next.
#[tokio::test]
async fn vectors_never_change() {
    let got = post("/embeddings", json!({"input": "hello", "dimensions": 3})).await.json();
    let vector = got["data"][0]["embedding"].to_string();
    assert_eq!(vector, GOLDEN_VECTOR);
}

const GOLDEN_VECTOR: &str = "[0.7914658,0.20774561,-0.57482463]";

#[tokio::test]
async fn responses_answer_whole() {
    let body = json!({
        "model": "echo", "instructions": "be brief", "reasoning": {"effort": "low"},
        "metadata": {"a": "b"}, "temperature": 0.50,
        "input": [{"role": "user", "content": [{"type": "input_text", "text": "hello there"}]}],
    });
    let got = post("/responses", body).await.json();
    assert_eq!((&got["object"], &got["status"]), (&json!("response"), &json!("completed")));
    assert_eq!(got["output"][0]["type"], "reasoning");
    assert_eq!(got["output"][1]["content"][0]["text"], "hello there");
    assert_eq!((&got["metadata"]["a"], &got["temperature"]), (&json!("b"), &json!(0.5)));
    let usage = &got["usage"];
    let count = |pointer: &str| usage.pointer(pointer).unwrap().as_u64().unwrap();
    assert_eq!(count("/input_tokens") + count("/output_tokens"), count("/total_tokens"));
    assert_eq!(count("/output_tokens"), 3 + count("/output_tokens_details/reasoning_tokens"));
}

#[tokio::test]
async fn responses_call_tools_and_take_their_results() {
    let tool = json!({"type": "function", "name": "now", "parameters": {"type": "object"}});
    let question = json!({"role": "user", "content": "now?"});
    let body = json!({"input": [question], "tools": [tool], "tool_choice": "required"});
    let got = post("/responses", body).await.json();
    let call = &got["output"][0];
    assert_eq!(
        (&call["type"], &call["name"], &call["arguments"]),
        (&json!("function_call"), &json!("now"), &json!("{}"))
    );
    let output =
        json!({"type": "function_call_output", "call_id": call["call_id"], "output": "noon"});
    let body =
        json!({"input": [question, call, output], "tools": [tool], "tool_choice": "required"});
    let got = post("/responses", body).await.json();
    assert_eq!(got["output"][0]["content"][0]["text"], "noon");
}

#[tokio::test]
async fn streamed_responses_tell_the_whole_sequence() {
    let cases: [(Value, &[&str]); 3] = [
        (
            json!({"input": "one two", "reasoning": {"effort": "low"}}),
            &[
                "response.created",
                "response.in_progress",
                "response.output_item.added",
                "response.reasoning_summary_part.added",
                "response.reasoning_summary_text.delta",
                "response.reasoning_summary_text.done",
                "response.reasoning_summary_part.done",
                "response.output_item.done",
                "response.output_item.added",
                "response.content_part.added",
                "response.output_text.delta",
                "response.output_text.done",
                "response.content_part.done",
                "response.output_item.done",
                "response.completed",
            ],
        ),
        (
            json!({"input": "hi", "tool_choice": "required", "tools": [{"type": "function", "name": "now"}]}),
            &[
                "response.created",
                "response.in_progress",
                "response.output_item.added",
                "response.function_call_arguments.delta",
                "response.function_call_arguments.done",
                "response.output_item.done",
                "response.completed",
            ],
        ),
        (
            json!({"input": "one two three", "max_output_tokens": 1}),
            &[
                "response.created",
                "response.in_progress",
                "response.output_item.added",
                "response.content_part.added",
                "response.output_text.delta",
                "response.output_text.done",
                "response.content_part.done",
                "response.output_item.done",
                "response.incomplete",
            ],
        ),
    ];
    for (mut body, expected) in cases {
        body["stream"] = json!(true);
        let got = post("/responses", body).await;
        let events = got.values();
        let mut names: Vec<_> =
            events.iter().map(|event| event["type"].as_str().unwrap()).collect();
        names.dedup();
        assert_eq!(names, expected);
        for (number, event) in events.iter().enumerate() {
            assert_eq!(event["sequence_number"], number);
        }
        assert!(got.text().starts_with("event: response.created\ndata: {"));
        let last = &events.last().unwrap()["response"];
        let deltas = |kind: &str| -> String {
            let deltas = events.iter().filter(|event| event["type"] == kind);
            deltas.map(|event| event["delta"].as_str().unwrap()).collect()
        };
        for item in last["output"].as_array().unwrap() {
            match item["type"].as_str().unwrap() {
                "message" => {
                    assert_eq!(item["content"][0]["text"], deltas("response.output_text.delta"));
                }
                "function_call" => {
                    assert_eq!(item["arguments"], deltas("response.function_call_arguments.delta"));
                }
                _ => {}
            }
        }
        let mut observer = reader(DialectId::OPENAI_RESPONSES).unwrap().stream_observer();
        got.chunks.iter().for_each(|chunk| observer.frames(chunk));
        assert!(observer.observed().complete && observer.observed().usage.is_some());
    }
}

#[tokio::test]
async fn tokens_are_counted_as_usage_counts_them() {
    let body = json!({"model": "echo", "max_tokens": 10, "system": "be brief",
        "messages": [{"role": "user", "content": "hello there"}]});
    let counted = post("/messages/count_tokens", body.clone()).await.json();
    let answered = post("/messages", body).await.json();
    assert_eq!(counted, json!({"input_tokens": 5}));
    assert_eq!(counted["input_tokens"], answered["usage"]["input_tokens"]);
}

#[tokio::test]
async fn models_are_listed_and_found() {
    let list = send("GET", "/models", None).await.json();
    let ids: Vec<_> =
        list["data"].as_array().unwrap().iter().map(|model| model["id"].clone()).collect();
    assert!(ids.contains(&json!("echo")) && ids.contains(&json!("echo-cut-3")));
    for id in &ids {
        let got = send("GET", &format!("/models/{}", id.as_str().unwrap()), None).await;
        assert_eq!((got.status, &got.json()["id"]), (200, id));
    }
    assert_eq!(send("GET", "/models/gpt-4o", None).await.status, 404);
}

#[tokio::test]
async fn media_and_moderation_get_small_answers() {
    let got = post("/images/generations", json!({"prompt": "a", "n": 2})).await.json();
    assert_eq!(got["data"].as_array().unwrap().len(), 2);
    let picture = base64::Engine::decode(
        &base64::engine::general_purpose::STANDARD,
        got["data"][0]["b64_json"].as_str().unwrap(),
    )
    .unwrap();
    assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n") && picture.ends_with(b"IEND\xaeB`\x82"));

    let got = post("/audio/speech", json!({"input": "a"})).await;
    assert_eq!(got.headers["content-type"], "audio/wav");
    let wav = got.chunks.concat();
    assert_eq!(wav.len(), 844);
    assert_eq!(u32::from_le_bytes(wav[4..8].try_into().unwrap()) as usize, wav.len() - 8);

    let got = post("/audio/transcriptions", json!({})).await.json();
    assert_eq!(got["text"], "echo of 2 bytes");

    let got = post("/moderations", json!({"input": ["a", "b"]})).await.json();
    assert_eq!(got["results"].as_array().unwrap().len(), 2);
    assert_eq!(got["results"][0]["flagged"], false);
}

#[tokio::test]
async fn any_other_path_is_described() {
    let cases = [
        ("GET", "/files?limit=2", None, 0),
        ("DELETE", "/chat/completions", None, 0),
        ("POST", "/rerank", Some(json!({"query": "a"})), 13),
    ];
    for (method, path, body, bytes) in cases {
        let got = send(method, path, body).await.json();
        let expected = json!({"object": "echo", "method": method, "path": format!("/v1{path}"),
            "content_type": "application/json", "bytes": bytes});
        assert_eq!(got, expected);
    }
}

#[tokio::test]
async fn identifiers_of_two_replies_differ() {
    let echo = Echo::new(Clock::fixed(1));
    let (one, two) = (echo.stamp(), echo.clone().stamp());
    let ids = [one.id("a"), one.id("a"), two.id("a")];
    assert!(ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2], "{ids:?}");
}

#[tokio::test]
async fn a_request_that_is_answered_shows_no_text_in_debug_output() {
    let (path, body) = asked(DialectId::OPENAI_CHAT, "secret", &json!({}));
    let body = vec![Bytes::from(body.to_string())];
    let request = http::Request::post(format!("echo://local/v1{path}"))
        .header("content-type", "application/json")
        .body(OutgoingBody::Slices(body))
        .unwrap();
    let outgoing = Outgoing { request, reach: Reach::Trusted, headers_within: None };
    let response = Echo::new(Clock::fixed(1)).send(outgoing).await.unwrap();
    assert!(!format!("{:?}", response.body()).contains("secret"));
    assert!(RawJson::parse(response.into_body().collect().await.unwrap().to_bytes()).is_ok());
}
