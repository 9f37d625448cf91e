//! Documents with splices: what an edit changes, and that it changes nothing else.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use airside_wire::{JsonDoc, Kind, Limits, Path, RawJson, WireError};
use bytes::Bytes;

fn doc(text: &str) -> JsonDoc {
    JsonDoc::parse(Bytes::copy_from_slice(text.as_bytes()), &Limits::default()).unwrap()
}

fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

fn raw(text: &str) -> RawJson {
    RawJson::parse(text.to_owned()).unwrap()
}

fn text(doc: &JsonDoc) -> String {
    let bytes = doc.to_bytes();
    assert_eq!(doc.len(), bytes.len());
    assert_eq!(doc.frames().collect::<Vec<_>>().concat(), bytes);
    String::from_utf8(bytes.into()).unwrap()
}

/// Every spelling a rewrite would lose.
const ODD: &str = " {\"model\" :\t\"m\" , \"n\":1E5,\"big\":18446744073709551616,\r\n\"half\":\"\\ud83d\",\"\\u0061\":\"\\/\\u00e9é\",\"z\":[ ],\"neg\":-0.0 , \"messages\":[{\"role\":\"user\", \"content\":\"hi\"} ,{ }], \"o\":{ } }\n ";

#[test]
fn untouched_document_is_the_same_allocation() {
    let body = Bytes::copy_from_slice(ODD.as_bytes());
    let doc = JsonDoc::parse(body.clone(), &Limits::default()).unwrap();
    assert!(doc.is_verbatim());
    assert_eq!(doc.to_bytes().as_ptr(), body.as_ptr());
    assert_eq!(doc.len(), body.len());
    let frames: Vec<Bytes> = doc.frames().collect();
    assert_eq!(frames.len(), 1);
    assert_eq!(frames[0].as_ptr(), body.as_ptr());
    assert_eq!(doc.root().as_str(), ODD.trim());
}

#[test]
fn failed_edits_leave_the_document_untouched() {
    let body = Bytes::copy_from_slice(ODD.as_bytes());
    let mut doc = JsonDoc::parse(body.clone(), &Limits::default()).unwrap();
    let missing = |text| Err(WireError::NoSuchPath { path: path(text) });
    let value = RawJson::null;
    assert_eq!(doc.replace(&path("absent"), value()), missing("absent"));
    assert_eq!(doc.replace(&path("messages[2]"), value()), missing("messages[2]"));
    assert_eq!(doc.replace(&path("model.x"), value()), missing("model.x"));
    assert_eq!(doc.replace(&path("[0]"), value()), missing("[0]"));
    assert_eq!(doc.set(&path("absent.x"), value()), missing("absent.x"));
    assert_eq!(doc.set(&path("messages.x"), value()), missing("messages.x"));
    assert_eq!(doc.set(&path("messages[3]"), value()), missing("messages[3]"));
    assert_eq!(doc.append_item(&path("absent"), value()), missing("absent"));
    assert_eq!(doc.insert_item(&path("messages"), 3, value()), missing("messages[3]"));
    assert_eq!(doc.remove(&Path::root()).map(|_| ()), missing("$"));
    assert_eq!(doc.remove(&path("absent")), Ok(false));
    assert_eq!(doc.remove(&path("absent.x")), Ok(false));
    assert_eq!(doc.remove(&path("messages[2]")), Ok(false));
    assert_eq!(
        doc.append_item(&path("model"), value()),
        Err(WireError::NotAnArray { path: path("model"), found: Kind::String })
    );
    assert_eq!(
        doc.append_item(&Path::root(), value()),
        Err(WireError::NotAnArray { path: Path::root(), found: Kind::Object })
    );
    assert_eq!(
        doc.replace(&Path::root(), raw("[]")),
        Err(WireError::NotAnObject { found: Kind::Array })
    );
    assert!(doc.is_verbatim());
    assert_eq!(doc.to_bytes().as_ptr(), body.as_ptr());
}

#[test]
fn replacing_changes_only_the_named_bytes() {
    for (place, old) in [
        ("model", "\"m\""),
        ("n", "1E5"),
        ("big", "18446744073709551616"),
        ("half", "\"\\ud83d\""),
        ("a", "\"\\/\\u00e9é\""),
        ("z", "[ ]"),
        ("messages[0].content", "\"hi\""),
        ("messages[1]", "{ }"),
    ] {
        let mut doc = doc(ODD);
        assert_eq!(doc.pointer(&path(place)).unwrap().as_str(), old);
        doc.replace(&path(place), raw("{\"new\": [1]}")).unwrap();
        assert_eq!(text(&doc), ODD.replacen(old, "{\"new\": [1]}", 1), "{place}");
        assert_eq!(doc.pointer(&path(place)).unwrap().as_str(), "{\"new\": [1]}");
        assert_eq!(doc.root().as_str(), ODD.trim(), "the root stays what arrived");
    }
}

#[test]
fn removing_takes_one_comma_along() {
    for (before, place, after) in [
        (r#"{"a":1,"b":2,"c":3}"#, "a", r#"{"b":2,"c":3}"#),
        (r#"{"a":1,"b":2,"c":3}"#, "b", r#"{"a":1,"c":3}"#),
        (r#"{"a":1,"b":2,"c":3}"#, "c", r#"{"a":1,"b":2}"#),
        (r#"{"a":1}"#, "a", "{}"),
        ("{ \"a\" : 1 }", "a", "{ }"),
        ("{\n  \"a\": 1,\n  \"b\": 2\n}", "a", "{\n  \"b\": 2\n}"),
        ("{\n  \"a\": 1,\n  \"b\": 2\n}", "b", "{\n  \"a\": 1\n}"),
        (r#"{"l":[1, 2, 3]}"#, "l[1]", r#"{"l":[1, 3]}"#),
        (r#"{"l":[1, 2, 3]}"#, "l[0]", r#"{"l":[ 2, 3]}"#),
        (r#"{"l":[1]}"#, "l[0]", r#"{"l":[]}"#),
        (r#"{"a":1,"b":2,"a":3}"#, "a", r#"{"b":2}"#),
        (r#"{"\u0061":1,"b":2}"#, "a", r#"{"b":2}"#),
    ] {
        let mut doc = doc(before);
        assert_eq!(doc.remove(&path(place)), Ok(true));
        assert_eq!(text(&doc), after);
    }
}

#[test]
fn setting_appends_what_is_absent() {
    let mut doc = doc("{\n  \"a\": 1\n}");
    doc.set(&path("b"), raw("2")).unwrap();
    doc.set(&path("o"), raw("{}")).unwrap();
    doc.set(&path("o.x"), raw("[]")).unwrap();
    doc.set(&path("o.x[0]"), raw("\"first\"")).unwrap();
    doc.append_item(&path("o.x"), raw("\"last\"")).unwrap();
    doc.insert_item(&path("o.x"), 1, raw("\"middle\"")).unwrap();
    doc.set(&path("a"), raw("0")).unwrap();
    doc.set(&Path::key("quote\"d"), raw("null")).unwrap();
    assert_eq!(
        text(&doc),
        "{\n  \"a\": 0,\"b\":2,\"o\":{\"x\":[\"first\",\"middle\",\"last\"]},\"quote\\\"d\":null\n}"
    );
    assert_eq!(doc.get("o").unwrap().as_str(), r#"{"x":["first","middle","last"]}"#);
    assert_eq!(doc.pointer(&path("o.x[1]")).unwrap().as_str(), "\"middle\"");
    assert!(doc.get("quote\"d").unwrap().is_null());
}

#[test]
fn an_empty_object_takes_a_field() {
    let mut doc = doc(" { } ");
    doc.set(&path("a"), raw("1")).unwrap();
    assert_eq!(text(&doc), " {\"a\":1 } ");
}

#[test]
fn edits_may_overlap_in_any_order() {
    let mut doc = doc(r#"{"m":[{"c":"a"},{"c":"b"}],"x":1}"#);
    doc.replace(&path("m[1].c"), raw("\"B\"")).unwrap();
    doc.remove(&path("m[0]")).unwrap();
    doc.set(&path("m[0].d"), raw("true")).unwrap();
    assert_eq!(doc.get("m").unwrap().as_str(), r#"[{"c":"B","d":true}]"#);
    doc.replace(&path("m"), raw(r#"[{"c": 1}]"#)).unwrap();
    doc.replace(&path("m[0].c"), raw("2")).unwrap();
    assert_eq!(text(&doc), r#"{"m":[{"c": 2}],"x":1}"#);
    doc.replace(&Path::root(), raw(r#"{"whole": "new"}"#)).unwrap();
    doc.set(&path("k"), raw("0")).unwrap();
    assert_eq!(text(&doc), r#"{"whole": "new","k":0}"#);
    assert_eq!(doc.pointer(&Path::root()).unwrap().as_str(), r#"{"whole": "new","k":0}"#);
}

#[test]
fn frames_are_slices_of_the_body_and_of_the_replacement() {
    let image = "A".repeat(100_000);
    let body = Bytes::from(format!(r#"{{"image":"{image}","model":"m","tail":"{image}"}}"#));
    let mut doc = JsonDoc::parse(body.clone(), &Limits::default()).unwrap();
    let value = raw("\"large\"");
    doc.replace(&path("model"), value.clone()).unwrap();
    let frames: Vec<Bytes> = doc.frames().collect();
    assert_eq!(frames.len(), 3);
    assert_eq!(frames[0].as_ptr(), body.as_ptr());
    assert_eq!(frames[1].as_ptr(), value.as_str().as_ptr());
    assert_eq!(frames[2].as_ptr_range().end, body.as_ptr_range().end);
    assert_eq!(doc.len(), body.len() + 4);
}

#[test]
fn governed_keys_must_occur_once() {
    let duplicate = |key: &str| Err(WireError::DuplicateKey { key: key.into() });
    let governed = ["model", "stream"];
    assert_eq!(doc(r#"{"model":1,"x":2,"x":3}"#).governed(&governed), Ok(()));
    assert_eq!(
        doc(r#"{"model":1,"stream":2,"stream":3}"#).governed(&governed),
        duplicate("stream")
    );
    // The same key, spelled differently.
    assert_eq!(doc(r#"{"model":1,"m\u006fdel":2}"#).governed(&governed), duplicate("model"));
    assert_eq!(doc(r#"{"model":1,"model":2,"model":3}"#).governed(&governed), duplicate("model"));
    // Only the top level is governed.
    assert_eq!(doc(r#"{"o":{"model":1,"model":2}}"#).governed(&governed), Ok(()));
    let mut edited = doc(r#"{"model":1,"model":2}"#);
    edited.set(&path("y"), raw("0")).unwrap();
    assert_eq!(edited.governed(&governed), duplicate("model"));
    assert_eq!(edited.remove(&path("model")), Ok(true));
    assert_eq!(edited.governed(&governed), Ok(()));
}

#[test]
fn an_ambiguous_path_cannot_be_edited() {
    let mut doc = doc(r#"{"a":{"x":1},"b":0,"a":{"x":2}}"#);
    let ambiguous = Err(WireError::DuplicateKey { key: "a".into() });
    assert_eq!(doc.replace(&path("a"), RawJson::null()), ambiguous);
    assert_eq!(doc.set(&path("a.x"), RawJson::null()), ambiguous);
    assert_eq!(doc.remove(&path("a.x")).map(|_| ()), ambiguous);
    assert!(doc.is_verbatim());
    assert_eq!(doc.pointer(&path("a.x")).unwrap().u64(), Some(1), "reading takes the first");
}

#[test]
fn the_top_must_be_an_object() {
    let parse = |text: &'static str| {
        JsonDoc::parse(Bytes::from_static(text.as_bytes()), &Limits::default())
    };
    assert_eq!(parse(" [1] ").unwrap_err(), WireError::NotAnObject { found: Kind::Array });
    assert_eq!(parse("null").unwrap_err(), WireError::NotAnObject { found: Kind::Null });
    assert!(matches!(parse("[1").unwrap_err(), WireError::Json { .. }));
    assert!(matches!(parse("").unwrap_err(), WireError::Json { .. }));
    assert!(matches!(parse("{} x").unwrap_err(), WireError::Json { .. }));
    assert!(matches!(parse("\u{feff}{}").unwrap_err(), WireError::Json { offset: 0, .. }));
}

#[test]
fn a_document_can_be_made_of_a_value_inside_another() {
    let outer = raw(r#"{"body": {"a": 1, "b": [2]} }"#);
    let mut inner = JsonDoc::from_raw(&outer.get("body").unwrap()).unwrap();
    assert_eq!(inner.object().len(), 2);
    inner.set(&path("b[1]"), raw("3")).unwrap();
    assert_eq!(text(&inner), r#"{"a": 1, "b": [2,3]}"#);
    assert!(JsonDoc::from_raw(&RawJson::null()).is_err());
}

#[test]
fn debug_output_shows_no_content() {
    let shown = format!("{:?}", doc(r#"{"api_key":"secret"}"#));
    assert_eq!(shown, "JsonDoc { len: 20, fields: 1, verbatim: true, .. }");
}

#[test]
fn a_path_too_long_is_refused() {
    let mut long = Path::root();
    for _ in 0..300 {
        long = long.join_index(0);
    }
    let mut doc = doc("{}");
    assert!(matches!(doc.set(&long, RawJson::null()), Err(WireError::TooDeep { .. })));
}
