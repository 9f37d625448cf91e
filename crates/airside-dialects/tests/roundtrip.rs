//! What a dialect reads it can write: within one dialect nothing is lost, and
//! an edit of the document changes what it should and nothing else.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod corpus;

use airside_dialects::ChatDialect;
use airside_schema::codec::{EncodeCx, Memo, ReplyCx};
use airside_schema::stream::unfold;
use airside_schema::{ChatRequest, ChatResponse, Edit, LossReport, Message, Patched, Role, Weight};
use airside_wire::{JsonDoc, Limits, Path, RawJson};
use bytes::Bytes;
use corpus::Fixture;
use serde_json::{Value, json};

fn parse(bytes: &Bytes) -> JsonDoc {
    JsonDoc::parse(bytes.clone(), &Limits::default()).unwrap()
}

fn decode(dialect: &ChatDialect, doc: &JsonDoc) -> ChatRequest {
    dialect.ingress.inspect(doc).unwrap();
    dialect.ingress.decode(doc).unwrap()
}

#[test]
fn requests_come_out_as_they_went_in() {
    for fixture in corpus::fixtures("requests") {
        let request = decode(fixture.dialect, &parse(&fixture.bytes));
        let mut cx = EncodeCx::default();
        cx.developer_role = true;
        let mut loss = LossReport::default();
        let encoded = fixture.dialect.egress.encode(&request, &cx, &mut loss).unwrap();
        let again = decode(fixture.dialect, &parse(&encoded.body));
        let (again, request) = (normal(again), normal(request));
        assert_eq!(again, request, "{} of {}", fixture.name, fixture.dialect.id);
        assert_eq!(loss.to_string(), "", "{} of {}", fixture.name, fixture.dialect.id);
    }
}

/// The raw setting may come out with other whitespace, and what is the default
/// anyhow need not be said.
fn normal(mut request: ChatRequest) -> ChatRequest {
    request.parallel_tool_calls = request.parallel_tool_calls.filter(|parallel| !parallel);
    if let Some(config) = &mut request.reasoning {
        config.raw = None;
    }
    request
}

/// A context without strict compliance, so that reasoning may be shown.
fn open_cx() -> ReplyCx {
    let mut cx = corpus::reply_cx();
    cx.strict = false;
    cx
}

/// Fills in what a reply always has and an upstream may leave out.
fn filled(mut answer: ChatResponse, from: &ChatResponse) -> ChatResponse {
    if answer.id.is_empty() {
        answer.id = from.id.clone();
    }
    if answer.model.is_empty() {
        answer.model = from.model.clone();
    }
    answer.created = answer.created.or(from.created);
    without_raw_usage(answer)
}

/// Reports in pieces are joined, and whitespace may differ.
fn without_raw_usage(mut answer: ChatResponse) -> ChatResponse {
    if let Some(usage) = &mut answer.usage {
        usage.raw = None;
    }
    answer
}

#[test]
fn answers_come_out_as_they_went_in() {
    for fixture in corpus::fixtures("responses") {
        let context = format!("{} of {}", fixture.name, fixture.dialect.id);
        let answer = corpus::decode_response(fixture.dialect, fixture.bytes.clone());
        let (body, loss) = corpus::encode_response(fixture.dialect, &answer, &open_cx());
        let again = corpus::decode_response(fixture.dialect, body);
        assert_eq!(without_raw_usage(again.clone()), filled(answer, &again), "{context}");
        assert_eq!(loss.to_string(), "", "{context}");
    }
}

#[test]
fn streams_come_out_saying_what_they_said() {
    for fixture in corpus::fixtures("streams") {
        let context = format!("{} of {}", fixture.name, fixture.dialect.id);
        let events = corpus::decode_stream(fixture.dialect, &fixture.bytes);
        let (body, loss) = corpus::encode_stream(fixture.dialect, &events, &open_cx());
        let again = corpus::decode_stream(fixture.dialect, &body);
        assert_eq!(loss.count(Weight::Semantic), 0, "{context}: {loss}");
        let (Some(answer), Some(mut again)) = (corpus::fold(&events), corpus::fold(&again)) else {
            let fault = events.last();
            assert_eq!(again.last().map(std::mem::discriminant), fault.map(std::mem::discriminant));
            continue;
        };
        // Unknown fields of chunks have no place in a stream; they are reported.
        let mut answer = filled(answer, &again);
        for answer in [&mut answer, &mut again] {
            while answer.extras.take("stream_event").is_some() {}
        }
        assert_eq!(without_raw_usage(again), answer, "{context}");
    }
}

/// A complete answer sent as a stream, as caches do.
#[test]
fn answers_sent_as_a_stream_say_the_same() {
    for fixture in corpus::fixtures("responses") {
        let answer = corpus::decode_response(fixture.dialect, fixture.bytes.clone());
        for dialect in airside_dialects::chat_dialects() {
            let (body, _) = corpus::encode_stream(dialect, &unfold(&answer), &open_cx());
            let again = corpus::fold(&corpus::decode_stream(dialect, &body)).unwrap();
            let (body, _) = corpus::encode_response(dialect, &answer, &open_cx());
            let whole = corpus::decode_response(dialect, body);
            let context = format!("{} for {}", fixture.name, dialect.id);
            assert_eq!(corpus::said(&again), corpus::said(&whole), "{context}");
        }
    }
}

#[test]
fn faults_come_out_as_they_went_in() {
    for fixture in corpus::fixtures("faults") {
        let status = fixture.name.split('_').next().unwrap().parse().unwrap();
        let fault = fixture.dialect.egress.decode_fault(status, &fixture.bytes);
        let body = fixture.dialect.ingress.encode_fault(&fault);
        let mut again = fixture.dialect.egress.decode_fault(status, &body);
        again.raw.clone_from(&fault.raw);
        again.type_name.clone_from(&fault.type_name);
        assert_eq!(again, fault, "{} of {}", fixture.name, fixture.dialect.id);
    }
}

/// Applies an edit and returns the request it makes, with the document.
fn edited(fixture: &Fixture, edit: &Edit) -> (JsonDoc, Patched, ChatRequest) {
    let mut doc = parse(&fixture.bytes);
    let patched = fixture.dialect.ingress.patch(&mut doc, edit).unwrap();
    let request = decode(fixture.dialect, &doc);
    assert_eq!(patched == Patched::Spliced, !doc.is_verbatim(), "{}", fixture.name);
    (doc, patched, request)
}

#[test]
fn setting_the_model_changes_the_model_only() {
    for fixture in corpus::fixtures("requests") {
        let (doc, patched, request) = edited(&fixture, &Edit::SetModel("other".into()));
        assert_eq!(patched, Patched::Spliced);
        let mut expected = decode(fixture.dialect, &parse(&fixture.bytes));
        let model = RawJson::from_string(&expected.model);
        expected.model = "other".into();
        assert_eq!(request, expected, "{}", fixture.name);
        let text = String::from_utf8(fixture.bytes.to_vec()).unwrap();
        assert_eq!(
            doc.to_bytes(),
            text.replacen(model.as_str(), "\"other\"", 1),
            "{}",
            fixture.name
        );
    }
}

#[test]
fn an_edit_that_changes_nothing_leaves_the_bytes_alone() {
    for fixture in corpus::fixtures("requests") {
        let request = decode(fixture.dialect, &parse(&fixture.bytes));
        let edits = [
            Edit::SetModel(request.model.clone()),
            Edit::Remove(Path::key("no_such_field")),
            Edit::RenameParam { from: "no_such_field".into(), to: "other".into() },
            Edit::DefaultParam { name: "model".into(), value: RawJson::from_string("x") },
        ];
        for edit in edits {
            let (doc, patched, _) = edited(&fixture, &edit);
            assert_eq!(patched, Patched::Unchanged, "{} {edit:?}", fixture.name);
            assert_eq!(doc.to_bytes().as_ptr(), fixture.bytes.as_ptr(), "{}", fixture.name);
        }
    }
}

#[test]
fn a_stream_can_be_asked_for_and_called_off() {
    for fixture in corpus::fixtures("requests") {
        for stream in [true, false] {
            let (_, _, request) = edited(&fixture, &Edit::SetStream(stream));
            let mut expected = decode(fixture.dialect, &parse(&fixture.bytes));
            expected.stream = stream;
            assert_eq!(request.stream, stream, "{}", fixture.name);
            assert_eq!(request.messages, expected.messages, "{}", fixture.name);
        }
    }
}

#[test]
fn parameters_are_set_defaulted_renamed_and_removed() {
    let value = RawJson::from_f64(0.25);
    for fixture in corpus::fixtures("requests") {
        let given = decode(fixture.dialect, &parse(&fixture.bytes)).params.temperature;
        let name = "temperature";
        let set = Edit::SetParam { name: name.into(), value: value.clone() };
        assert_eq!(edited(&fixture, &set).2.params.temperature.as_ref(), Some(&value));

        let default = Edit::DefaultParam { name: name.into(), value: value.clone() };
        let present = parse(&fixture.bytes).get(name).is_some();
        let expected = if present { given.clone() } else { Some(value.clone()) };
        assert_eq!(edited(&fixture, &default).2.params.temperature, expected, "{}", fixture.name);

        let rename = Edit::RenameParam { from: name.into(), to: "heat".into() };
        let (doc, _, request) = edited(&fixture, &rename);
        assert_eq!(request.params.temperature, None, "{}", fixture.name);
        assert_eq!(doc.get("heat"), parse(&fixture.bytes).get(name), "{}", fixture.name);

        let remove = Edit::Remove(Path::key(name));
        assert_eq!(edited(&fixture, &remove).2.params.temperature, None, "{}", fixture.name);
    }
}

#[test]
fn a_text_is_replaced_where_it_stands() {
    let mut replaced = 0;
    for fixture in corpus::fixtures("requests") {
        let at = Path::parse("messages[0].content").unwrap();
        let Some(text) = parse(&fixture.bytes).pointer(&at).and_then(|raw| raw.string()) else {
            continue;
        };
        let edit = Edit::ReplaceText { at: at.clone(), text: "\"quoted\"\n".into() };
        let (doc, patched, _) = edited(&fixture, &edit);
        assert_eq!(patched, Patched::Spliced, "{}", fixture.name);
        assert_eq!(doc.pointer(&at).unwrap().string().unwrap(), "\"quoted\"\n");
        let edit = Edit::ReplaceText { at, text };
        let mut doc = doc;
        fixture.dialect.ingress.patch(&mut doc, &edit).unwrap();
        assert_eq!(
            decode(fixture.dialect, &doc),
            decode(fixture.dialect, &parse(&fixture.bytes)),
            "{}",
            fixture.name
        );
        replaced += 1;
    }
    assert!(replaced > 10, "{replaced}");
}

#[test]
fn a_replaced_text_must_be_there_and_be_a_text() {
    for fixture in corpus::fixtures("requests") {
        for at in ["messages", "messages[999].content"] {
            let mut doc = parse(&fixture.bytes);
            let edit = Edit::ReplaceText { at: Path::parse(at).unwrap(), text: "x".into() };
            let error = fixture.dialect.ingress.patch(&mut doc, &edit).unwrap_err().to_string();
            assert!(error.contains(at), "{error}");
            assert!(doc.is_verbatim());
        }
    }
}

#[test]
fn an_inserted_message_stands_where_it_should() {
    let mut inserted = 0;
    for fixture in corpus::fixtures("requests") {
        let before = decode(fixture.dialect, &parse(&fixture.bytes));
        for index in 0..=before.messages.len() {
            let message = Message::text(Role::User, "inserted");
            let edit = Edit::InsertMessage { index, message: Box::new(message.clone()) };
            let (_, patched, request) = edited(&fixture, &edit);
            let mut expected = before.messages.clone();
            if patched == Patched::Spliced {
                expected.insert(index, message);
                inserted += 1;
            }
            assert_eq!(request.messages, expected, "{} at {index}", fixture.name);
        }
    }
    assert!(inserted > 20, "{inserted}");
}

// === what is damaged ===

/// Puts a value in the place of the one at a position, counted depth first.
fn replace_at(value: &mut Value, position: &mut usize, by: &Value) -> bool {
    if *position == 0 {
        *value = by.clone();
        return true;
    }
    *position -= 1;
    match value {
        Value::Object(fields) => fields.values_mut().any(|value| replace_at(value, position, by)),
        Value::Array(items) => items.iter_mut().any(|value| replace_at(value, position, by)),
        _ => false,
    }
}

/// Every fixture with one of its values replaced by each of a few.
fn damaged(kind: &str) -> impl Iterator<Item = (Fixture, Bytes)> {
    let values =
        [json!(null), json!(5), json!("x"), json!([]), json!({}), json!([{}]), json!(true)];
    corpus::fixtures(kind).into_iter().flat_map(move |fixture| {
        let whole: Value = serde_json::from_slice(&fixture.bytes).unwrap();
        let mut bodies = Vec::new();
        for by in &values {
            for position in 1.. {
                let mut body = whole.clone();
                if !replace_at(&mut body, &mut position.clone(), by) {
                    break;
                }
                bodies.push(Bytes::from(serde_json::to_vec(&body).unwrap()));
            }
        }
        bodies.into_iter().map(move |body| {
            let (dialect, name) = (fixture.dialect, fixture.name.clone());
            (Fixture { dialect, name, bytes: Bytes::new() }, body)
        })
    })
}

#[test]
fn a_damaged_request_is_refused_or_written_as_json() {
    let (mut refused, mut written) = (0, 0);
    for (fixture, body) in damaged("requests") {
        let doc = parse(&body);
        let seen = fixture.dialect.ingress.inspect(&doc);
        let Ok(request) = fixture.dialect.ingress.decode(&doc) else {
            refused += 1;
            continue;
        };
        assert!(seen.is_ok(), "{}: {seen:?}", fixture.name);
        for target in airside_dialects::chat_dialects() {
            let mut loss = LossReport::default();
            let encoded = target.egress.encode(&request, &EncodeCx::default(), &mut loss);
            if let Ok(encoded) = encoded {
                assert!(RawJson::parse(encoded.body).is_ok(), "{}", fixture.name);
                written += 1;
            }
        }
    }
    assert!(refused > 100 && written > 1000, "{refused} refused, {written} written");
}

#[test]
fn a_damaged_answer_is_refused_or_written_as_json() {
    let (mut refused, mut written) = (0, 0);
    for (fixture, body) in damaged("responses") {
        let fault = fixture.dialect.egress.decode_fault(500, &body);
        assert!(!fault.message.is_empty());
        let _ = fixture.dialect.egress.observe_response(&body);
        let answer = fixture.dialect.egress.decode_response(body, &Memo::default());
        let Ok(answer) = answer else {
            refused += 1;
            continue;
        };
        for target in airside_dialects::chat_dialects() {
            let (body, _) = corpus::encode_response(target, &answer, &open_cx());
            assert!(RawJson::parse(body).is_ok(), "{}", fixture.name);
            let (body, _) = corpus::encode_stream(target, &unfold(&answer), &open_cx());
            corpus::decode_stream(target, &body);
            written += 1;
        }
    }
    assert!(refused > 20 && written > 500, "{refused} refused, {written} written");
}
