//! Streams of `openai.chat`, one rule a test: what is read from upstreams that
//! do not agree on the details, and what is written for callers that do.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod corpus;

use airside_dialects::ChatDialect;
use airside_dialects::openai_chat::{EGRESS, INGRESS};
use airside_schema::codec::{ChatEgress, ChatIngress, EncodeCx, Memo, ReplyCx};
use airside_schema::stream::{Checker, Start};
use airside_schema::{
    BlockKind, ChatRequest, Delta, DialectId, Event, Fault, FaultKind, FinishReason, LossReport,
    Usage,
};
use airside_wire::RawJson;
use bytes::Bytes;
use serde_json::{Value, json};

fn openai() -> &'static ChatDialect {
    airside_dialects::chat(DialectId::OPENAI_CHAT).unwrap()
}

/// A stream of chunks with these deltas of the first choice.
fn stream(deltas: &[Value], finish: Option<&str>) -> String {
    let chunk = |choice: Value| format!("data: {}\n\n", json!({"id": "s1", "choices": [choice]}));
    let pieces = deltas
        .iter()
        .map(|delta| chunk(json!({"index": 0, "delta": delta, "finish_reason": null})));
    let mut text: String = pieces.collect();
    if let Some(reason) = finish {
        text += &chunk(json!({"index": 0, "delta": {}, "finish_reason": reason}));
        text += "data: [DONE]\n\n";
    }
    text
}

fn events(text: &str) -> Vec<Event> {
    corpus::decode_stream(openai(), &Bytes::copy_from_slice(text.as_bytes()))
}

/// Events in short: `+` a block begins, `-` it ends, `=` the choice ends.
fn short(events: &[Event]) -> Vec<String> {
    let name = |event: &Event| match event {
        Event::Start(_) => "start".to_owned(),
        Event::BlockStart { kind: BlockKind::ToolCall { id, name, .. }, .. } => {
            format!("+{name} {id}")
        }
        Event::BlockStart { kind, .. } => format!("+{kind:?}"),
        Event::Delta { delta, .. } => match delta {
            Delta::Text(text)
            | Delta::Reasoning(text)
            | Delta::Refusal(text)
            | Delta::Signature(text)
            | Delta::Arguments(text) => text.to_string(),
            other => format!("{other:?}"),
        },
        Event::BlockStop { .. } => "-".to_owned(),
        Event::Finish { reason, .. } => format!("={reason:?}"),
        Event::Opaque { raw, .. } => raw.to_string(),
        Event::Fault(fault) => format!("fault: {}", fault.message),
        other => format!("{other:?}"),
    };
    events.iter().map(name).collect()
}

fn call(index: u64, id: &str, name: &str, arguments: &str) -> Value {
    json!({"index": index, "id": id, "type": "function",
        "function": {"name": name, "arguments": arguments}})
}

fn piece(index: u64, arguments: &str) -> Value {
    json!({"index": index, "function": {"arguments": arguments}})
}

fn calls(list: &[Value]) -> Value {
    json!({"tool_calls": list})
}

const CUT: &str = "fault: the upstream's stream ended before the answer was complete";

#[test]
fn interleaved_calls_become_blocks_one_after_the_other() {
    let text = stream(
        &[
            calls(&[call(0, "a", "f", ""), call(1, "b", "g", "")]),
            calls(&[piece(0, "{\"x\":"), piece(1, "{\"y\"")]),
            json!({"content": "meanwhile"}),
            calls(&[piece(1, ":2}"), piece(0, "1}")]),
            json!({"content": "after"}),
        ],
        Some("tool_calls"),
    );
    let expected = [
        "start",
        "+f a",
        "{\"x\":",
        "1}",
        "-",
        "+g b",
        "{\"y\"",
        ":2}",
        "-",
        "+Text",
        "meanwhile",
        "after",
        "-",
        "=ToolCalls",
        "End",
    ];
    assert_eq!(short(&events(&text)), expected);
}

#[test]
fn a_call_that_never_completes_holds_the_others_until_the_end() {
    let text = stream(
        &[
            calls(&[call(0, "a", "f", "{\"x\":")]),
            calls(&[call(1, "b", "g", "{}")]),
            json!({"content": "text"}),
        ],
        Some("length"),
    );
    let expected = [
        "start", "+f a", "{\"x\":", "-", "+g b", "{}", "-", "+Text", "text", "-", "=Length", "End",
    ];
    assert_eq!(short(&events(&text)), expected);
}

#[test]
fn a_complete_call_is_passed_on_before_the_next_arrives() {
    let mut decoder = EGRESS.stream_decoder(&Memo::default());
    let mut events = Vec::new();
    let text =
        stream(&[calls(&[call(0, "a", "f", "{}")]), calls(&[call(1, "b", "g", "{\"")])], None);
    decoder.push(Bytes::from(text), &mut events).unwrap();
    assert_eq!(short(&events), ["start", "+f a", "{}", "-", "+g b", "{\""]);
}

#[test]
fn servers_that_number_every_call_0_or_not_at_all_are_understood() {
    let expected = ["start", "+f a", "{\"x\":1}", "-", "+g b", "{}", "-", "=ToolCalls", "End"];
    let same = stream(
        &[calls(&[call(0, "a", "f", "{\"x\":1}")]), calls(&[call(0, "b", "g", "{}")])],
        Some("tool_calls"),
    );
    assert_eq!(short(&events(&same)), expected);
    let none = |id: &str, name: &str, arguments: &str| json!({"id": id, "function": {"name": name, "arguments": arguments}});
    let whole =
        stream(&[calls(&[none("a", "f", "{\"x\":1}"), none("b", "g", "{}")])], Some("tool_calls"));
    assert_eq!(short(&events(&whole)), expected);
    let object = json!({"id": "a", "function": {"name": "f", "arguments": {"x": 1}}});
    let objects = stream(&[calls(&[object, none("b", "g", "{}")])], Some("tool_calls"));
    assert_eq!(short(&events(&objects)), expected);
}

#[test]
fn a_call_begins_once_its_name_is_known() {
    let nameless = json!({"index": 0, "id": "a", "function": {"arguments": "{"}});
    let named = json!({"index": 0, "function": {"name": "f", "arguments": "}"}});
    let text =
        stream(&[calls(std::slice::from_ref(&nameless)), calls(&[named])], Some("tool_calls"));
    assert_eq!(short(&events(&text)), ["start", "+f a", "{", "}", "-", "=ToolCalls", "End"]);
    let never = stream(&[calls(&[nameless])], Some("tool_calls"));
    assert_eq!(short(&events(&never)), ["start", "+ a", "{", "-", "=ToolCalls", "End"]);
}

#[test]
fn what_comes_too_late_is_not_lost_silently() {
    let text = stream(
        &[
            calls(&[call(0, "a", "f", "{}")]),
            json!({"content": "x"}),
            calls(&[piece(0, " ")]),
            calls(&[piece(0, "more")]),
        ],
        Some("stop"),
    );
    let late = "{\"tool_calls\":{\"function\":{\"arguments\":\"more\"},\"index\":0}}";
    let expected = ["start", "+f a", "{}", "-", "+Text", "x", late, "-", "=Stop", "End"];
    assert_eq!(short(&events(&text)), expected);

    let text = stream(&[json!({"content": "x"})], Some("stop")).replace("data: [DONE]\n\n", "")
        + &stream(&[json!({"content": "late"})], Some("stop"));
    let expected = ["start", "+Text", "x", "-", "=Stop", "{\"content\":\"late\"}", "End"];
    assert_eq!(short(&events(&text)), expected);
}

#[test]
fn an_answer_without_done_is_complete_if_every_choice_has_finished() {
    let text = stream(&[json!({"content": "x"})], Some("stop")).replace("data: [DONE]\n\n", "");
    assert_eq!(short(&events(&text)).last().unwrap(), "End");
    // Two choices were asked for, one has finished.
    let mut request = ChatRequest::new("m", Vec::new());
    request.params.n = Some(2);
    let mut loss = LossReport::default();
    let memo = EGRESS.encode(&request, &EncodeCx::default(), &mut loss).unwrap().memo;
    let mut decoder = EGRESS.stream_decoder(&memo);
    let mut events = Vec::new();
    decoder.push(Bytes::from(text), &mut events).unwrap();
    decoder.finish(&mut events);
    assert_eq!(short(&events).last().unwrap(), CUT);
}

#[test]
fn a_stream_that_says_nothing_is_a_fault_unless_it_says_so() {
    assert_eq!(short(&events("")), [CUT]);
    assert_eq!(short(&events(": hello\n\n")), ["Ping", CUT]);
    assert_eq!(short(&events("data: [DONE]\n\n")), ["start", "End"]);
    assert_eq!(short(&events("data: [DONE]")), ["start", "End"]);
}

#[test]
fn errors_within_a_stream_end_it() {
    for (frame, kind, message) in [
        (r#"data: {"error":{"message":"busy","code":503}}"#, FaultKind::Overloaded, "busy"),
        (r#"data: {"error":{"message":"slow","code":"429"}}"#, FaultKind::RateLimit, "slow"),
        (r#"data: {"error":"text"}"#, FaultKind::Api, "text"),
        (
            r#"data: {"id":"1","choices":[{"delta":{},"finish_reason":"error"}],"error":{"message":"m"}}"#,
            FaultKind::Api,
            "m",
        ),
        ("event: error\ndata: {\"message\":\"m\"}", FaultKind::Api, "m"),
    ] {
        let text = stream(&[json!({"content": "x"})], None) + frame + "\n\ndata: [DONE]\n\n";
        let events = events(&text);
        let Some(Event::Fault(fault)) = events.last() else { panic!("{events:?}") };
        assert_eq!((fault.kind, &*fault.message), (kind, message), "{frame}");
    }
}

#[test]
fn what_is_not_a_chunk_is_an_error_of_the_upstream() {
    for text in ["data: {\"a\"\n\n", "data: 5\n\n", "data: {\"choices\":5}\n\n", "data: <html>\n\n"]
    {
        let mut decoder = EGRESS.stream_decoder(&Memo::default());
        let mut events = Vec::new();
        assert!(decoder.push(Bytes::from(text), &mut events).is_err(), "{text}");
        assert_eq!(events, []);
    }
}

#[test]
fn token_counts_never_shrink_and_are_told_once() {
    let usage = |input: u64, output: u64| {
        let usage = json!({"prompt_tokens": input, "completion_tokens": output});
        format!("data: {}\n\n", json!({"id": "s1", "choices": [], "usage": usage}))
    };
    let text = [usage(5, 1), usage(5, 1), usage(5, 4), usage(0, 6), "data: [DONE]\n\n".into()];
    let events = events(&text.concat());
    let counts = events.iter().filter_map(|event| match event {
        Event::Usage(usage) => Some((usage.input, usage.output)),
        _ => None,
    });
    assert_eq!(counts.collect::<Vec<_>>(), [(5, 1), (5, 4), (5, 6)]);
}

#[test]
fn fields_repeated_in_every_chunk_are_told_once() {
    let chunk = |fingerprint: &str| {
        let choice = json!({"index": 0, "delta": {"content": "x"}});
        let chunk = json!({"id": "s1", "choices": [choice], "system_fingerprint": fingerprint,
            "obfuscation": "abc"});
        format!("data: {chunk}\n\n")
    };
    let text = [chunk("a"), chunk("a"), chunk("b"), chunk("b"), "data: [DONE]\n\n".into()];
    let expected =
        ["start", "+Text", "x", "x", "{\"system_fingerprint\":\"b\"}", "x", "x", "-", "End"];
    assert_eq!(short(&events(&text.concat())), expected);
}

#[test]
fn reasoning_is_read_in_every_form() {
    let expected = ["start", "+Reasoning", "hm", "-", "+Text", "so", "-", "=Stop", "End"];
    let part = json!([{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]);
    for delta in [
        json!({"reasoning_content": "hm"}),
        json!({"reasoning": "hm", "content": null}),
        json!({"reasoning": "hm", "reasoning_content": "hm", "content": ""}),
        json!({"content": part}),
        json!({"content_blocks": [{"index": 0, "delta": {"thinking": "hm"}}], "reasoning_content": "hm"}),
    ] {
        let text = stream(&[delta.clone(), json!({"content": "so"})], Some("stop"));
        assert_eq!(short(&events(&text)), expected, "{delta}");
    }
}

#[test]
fn many_interleaved_calls_take_linear_time() {
    // With work that grows with the square this would not end in our lifetime.
    const CALLS: u64 = 8_000;
    let mut text = String::new();
    for round in ["{\"a\":", "1", "}"] {
        for index in 0..CALLS {
            let id = format!("c{index}");
            let delta =
                if round.len() > 1 { call(index, &id, "f", round) } else { piece(index, round) };
            text.push_str(&stream(&[calls(&[delta])], None));
        }
    }
    text.push_str(&stream(&[], Some("tool_calls")));
    let events = events(&text);
    let answer = corpus::fold(&events).unwrap();
    assert_eq!(corpus::said(&answer).1.len(), usize::try_from(CALLS).unwrap());
}

// === for callers ===

fn start() -> Event {
    let mut start = Start::default();
    start.id = "s1".into();
    start.model = "m".into();
    start.created = Some(7);
    Event::Start(Box::new(start))
}

fn block(kind: BlockKind) -> Event {
    Event::BlockStart { choice: 0, index: 0, kind }
}

fn delta(delta: Delta) -> Event {
    Event::Delta { choice: 0, index: 0, delta }
}

const STOP: Event = Event::BlockStop { choice: 0, index: 0 };

fn finish(reason: FinishReason) -> Event {
    Event::Finish { choice: 0, reason }
}

/// The chunks a caller gets, without the head they share, and what ends it.
fn written(events: &[Event], cx: &ReplyCx) -> (Vec<Value>, String) {
    let mut encoder = INGRESS.stream_encoder(cx);
    let (mut out, mut loss) = (Vec::new(), LossReport::default());
    for event in events {
        encoder.event(event, &mut out, &mut loss);
    }
    let text = String::from_utf8(out).unwrap();
    let mut frames: Vec<&str> = text.split_terminator("\n\n").collect();
    let last = frames.pop().unwrap_or_default().to_owned();
    let chunk = |frame: &&str| {
        let mut chunk: Value = serde_json::from_str(frame.strip_prefix("data: ")?).ok()?;
        let object = chunk.as_object_mut()?;
        assert_eq!(object.remove("id"), Some(json!("s1")));
        assert_eq!(object.remove("model"), Some(json!("m")));
        assert_eq!(object.remove("created"), Some(json!(7)));
        assert_eq!(object.remove("object"), Some(json!("chat.completion.chunk")));
        Some(chunk)
    };
    (frames.iter().map(|frame| chunk(frame).unwrap()).collect(), last)
}

/// A chunk of the first choice as a caller gets it, without the head.
fn chunk(delta: &Value, finish: Option<&str>) -> Value {
    json!({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
}

#[test]
fn a_text_is_written_as_the_official_api_does() {
    let events = [
        start(),
        block(BlockKind::Text),
        delta(Delta::Text("Hi\n".into())),
        STOP,
        finish(FinishReason::Stop),
        Event::Usage(Box::new(Usage::new(3, 4))),
        Event::End,
    ];
    let (chunks, last) = written(&events, &ReplyCx::new("m"));
    let expected = [
        chunk(&json!({"role": "assistant", "content": ""}), None),
        chunk(&json!({"content": "Hi\n"}), None),
        chunk(&json!({}), Some("stop")),
    ];
    assert_eq!(chunks, expected);
    assert_eq!(last, "data: [DONE]");
}

#[test]
fn usage_comes_last_if_asked_for_and_with_the_finish_for_compatible_callers() {
    let events =
        [start(), finish(FinishReason::Stop), Event::Usage(Box::new(Usage::new(3, 4))), Event::End];
    let counts = json!({"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7});
    let mut cx = ReplyCx::new("m");
    cx.stream_usage = true;
    let (chunks, _) = written(&events, &cx);
    assert_eq!(chunks.last().unwrap(), &json!({"choices": [], "usage": counts}));
    assert!(chunks[..chunks.len() - 1].iter().all(|chunk| chunk["usage"].is_null()));

    cx.stream_usage = false;
    cx.provider = Some("somebody".into());
    let (chunks, _) = written(&events, &cx);
    let last = chunks.last().unwrap();
    assert_eq!((&last["usage"], &last["provider"]), (&counts, &json!("somebody")));
    assert_eq!(last["choices"][0]["finish_reason"], "stop");
}

#[test]
fn tool_calls_are_numbered_and_named_once() {
    let kind = |id: &str| BlockKind::ToolCall { id: id.into(), name: "f".into(), custom: false };
    let events = [
        start(),
        block(kind("a")),
        delta(Delta::Arguments("{".into())),
        delta(Delta::Arguments("}".into())),
        STOP,
        block(kind("b")),
        STOP,
        finish(FinishReason::ToolCalls),
        Event::End,
    ];
    let (chunks, _) = written(&events, &ReplyCx::new("m"));
    let deltas: Vec<&Value> = chunks.iter().map(|chunk| &chunk["choices"][0]["delta"]).collect();
    assert_eq!(deltas[1], &calls(&[call(0, "a", "f", "")]));
    assert_eq!(deltas[2], &calls(&[piece(0, "{")]));
    assert_eq!(deltas[3], &calls(&[piece(0, "}")]));
    assert_eq!(deltas[4], &calls(&[call(1, "b", "f", "")]));
}

#[test]
fn callers_that_declared_functions_get_one_function_call() {
    let kind = |id: &str| BlockKind::ToolCall { id: id.into(), name: "f".into(), custom: false };
    let events = [
        start(),
        block(kind("a")),
        delta(Delta::Arguments("{}".into())),
        STOP,
        block(kind("b")),
        delta(Delta::Arguments("{}".into())),
        STOP,
        finish(FinishReason::ToolCalls),
        Event::End,
    ];
    let mut cx = ReplyCx::new("m");
    cx.legacy_functions = true;
    let (chunks, _) = written(&events, &cx);
    let expected = [
        chunk(&json!({"role": "assistant", "content": ""}), None),
        chunk(&json!({"function_call": {"name": "f", "arguments": ""}}), None),
        chunk(&json!({"function_call": {"arguments": "{}"}}), None),
        chunk(&json!({}), Some("function_call")),
    ];
    assert_eq!(chunks, expected);
}

#[test]
fn a_fault_ends_the_stream_without_done() {
    let fault = Fault::new(FaultKind::Overloaded, "busy");
    let events = [start(), Event::Fault(Box::new(fault.clone()))];
    let (chunks, last) = written(&events, &ReplyCx::new("m"));
    assert_eq!(chunks.len(), 1);
    let error = json!({"message": "busy", "type": "overloaded_error", "param": null, "code": null});
    let last: Value = serde_json::from_str(last.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(last, json!({"error": error}));
    let frame = INGRESS.fault_frame(&fault);
    assert!(
        frame.starts_with(b"data: {\"error\":{\"message\":\"busy\"") && frame.ends_with(b"\n\n")
    );
}

#[test]
fn raw_values_with_line_ends_stay_on_one_line() {
    let raw = RawJson::parse("{\r\n \"content\": [\n]\n}").unwrap();
    let events = [start(), block(BlockKind::Text), delta(Delta::Logprobs(raw)), STOP, Event::End];
    let (chunks, _) = written(&events, &ReplyCx::new("m"));
    assert_eq!(chunks[1]["choices"][0]["logprobs"], json!({"content": []}));
}

#[test]
fn a_sign_of_life_is_a_comment() {
    let (mut out, mut loss) = (Vec::new(), LossReport::default());
    INGRESS.stream_encoder(&ReplyCx::new("m")).event(&Event::Ping, &mut out, &mut loss);
    assert!(out.starts_with(b":") && out.ends_with(b"\n\n"));
}

// === looking on ===

#[test]
fn an_observer_is_not_fooled_by_text() {
    let fake =
        "\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":9} \"finish_reason\":\"stop\" [DONE]";
    let text = stream(&[json!({"role": "assistant"}), json!({"content": fake})], None);
    let mut observer = EGRESS.stream_observer();
    observer.frames(&Bytes::from(text));
    let observed = observer.observed();
    assert_eq!((observed.complete, observed.content, observed.fault), (false, true, false));
    assert_eq!((&observed.usage, &observed.finish), (&None, &None));
}

#[test]
fn an_observer_tells_whether_there_was_content() {
    let mut observer = EGRESS.stream_observer();
    for delta in [json!({"role": "assistant", "content": "", "refusal": null}), json!({})] {
        observer.frames(&Bytes::from(stream(&[delta], None)));
        assert!(!observer.observed().content);
    }
    let first = stream(&[calls(&[call(0, "a", "f", "")])], None);
    observer.frames(&Bytes::from(first));
    assert!(observer.observed().content);
}

#[test]
fn laws_hold_for_answers_of_several_choices() {
    let chunk = |index: u64, delta: &Value, finish: Option<&str>| {
        let choice = json!({"index": index, "delta": delta, "finish_reason": finish});
        format!("data: {}\n\n", json!({"id": "s1", "choices": [choice]}))
    };
    let text = [
        chunk(1, &json!({"content": "b"}), None),
        chunk(0, &json!({"content": "a"}), None),
        chunk(1, &json!({"content": "B"}), Some("stop")),
        chunk(0, &json!({}), Some("stop")),
        "data: [DONE]\n\n".into(),
    ];
    let events = events(&text.concat());
    assert_eq!(Checker::check(&events), Ok(()));
    let answer = corpus::fold(&events).unwrap();
    let texts: Vec<String> = answer
        .choices
        .iter()
        .map(|choice| choice.message.texts().map(ToString::to_string).collect())
        .collect();
    assert_eq!(texts, ["a", "bB"]);
}
