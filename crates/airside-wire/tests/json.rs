//! What is JSON, where it is not, and how values are read.

use airside_wire::{Kind, Limits, RawJson, WireError, Writer};
use proptest::prelude::*;
use serde_json::value::RawValue;

/// The value as the reference parser sees it: its text, or that there is none.
fn reference(bytes: &[u8]) -> Option<&str> {
    serde_json::from_slice::<&RawValue>(bytes).ok().map(RawValue::get)
}

fn ours(bytes: &[u8]) -> Result<RawJson, WireError> {
    let limits = Limits::default().with_max_depth(usize::MAX);
    RawJson::parse_within(bytes.to_vec(), &limits)
}

const ACCEPTED: &[&str] = &[
    "0",
    "-0",
    "0.0",
    "1E5",
    "1e-5",
    "1.5E+10",
    "-12.5e3",
    "18446744073709551616",
    "1e999999",
    "null",
    "true",
    "false",
    "\"\"",
    "\"a\"",
    "{}",
    "[]",
    "[[]]",
    "[{}]",
    "{\"\":0}",
    " [ 1 , 2 ] ",
    "\t\n\r {\"a\" : [ ] , \"a\" : { } }\n",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    "\"\\u0000\"",
    "\"\\ud83d\"",
    "\"\\uDE00\\ud83d\"",
    "\"\\uD83D\\uDE00\"",
    "\"\u{7f}\u{80}\u{2028}\u{10ffff}\"",
    "\"exactly\"",
    "\"sixteen bytes...\"",
    "\"a string longer than one word with \\\" inside\"",
];

const REFUSED: &[&str] = &[
    "",
    " ",
    "nul",
    "nulll",
    "True",
    "+1",
    "01",
    "-",
    "-01",
    "1.",
    ".5",
    "1.e3",
    "1e",
    "1e+",
    "0x10",
    "NaN",
    "Infinity",
    "\"",
    "\"a",
    "'a'",
    "\"\\\"",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\u12g4\"",
    "\"\\U0041\"",
    "\"\n\"",
    "\"\t\"",
    "\"\0\"",
    "[",
    "]",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1}",
    "{",
    "}",
    "{,}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{\"a\" 1}",
    "{a:1}",
    "{1:1}",
    "{\"a\":1]",
    "{\"a\":1 \"b\":2}",
    "1 2",
    "{} {}",
    "[] ,",
    "// c\n1",
    "\u{feff}{}",
    "\u{a0}1",
    "\"a\"\u{b}",
    "-a",
    "tru",
    "[tru]",
    "\"\\",
    "{\"a\":\"b",
];

#[test]
fn accepts_and_refuses_what_the_grammar_says() {
    for text in ACCEPTED {
        let value = RawJson::parse(*text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(value.as_str(), text.trim_matches([' ', '\t', '\n', '\r']));
        assert_eq!(reference(text.as_bytes()), Some(value.as_str()));
    }
    for text in REFUSED {
        assert!(RawJson::parse(*text).is_err(), "{text:?}");
        assert_eq!(reference(text.as_bytes()), None, "{text:?}");
    }
}

/// JSON text with values of all kinds and whitespace anywhere.
fn any_json() -> impl Strategy<Value = String> {
    let space = "[ \n\t\r]{0,2}";
    let string = prop_oneof![
        "\"[a-z ]{0,20}\"",
        "\"([ !#-\\[\\]-~éß中\u{10ffff}]|\\\\[\"\\\\/bfnrt]|\\\\u[0-9a-fA-F]{4}){0,8}\"",
    ];
    let scalar = prop_oneof![
        prop::sample::select(&["null", "true", "false", "0", "-0.0"][..]).prop_map(str::to_owned),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,3})?",
        string.clone(),
    ];
    let value = scalar.prop_recursive(4, 40, 5, move |inner| {
        let spaced = (space, inner, space).prop_map(|(a, value, b)| format!("{a}{value}{b}"));
        let field = (space, string.clone(), space, spaced.clone())
            .prop_map(|(a, key, b, value)| format!("{a}{key}{b}:{value}"));
        prop_oneof![
            prop::collection::vec(spaced, 0..5).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(field, 0..5).prop_map(|items| format!("{{{}}}", items.join(","))),
        ]
    });
    (space, value, space).prop_map(|(a, value, b)| format!("{a}{value}{b}"))
}

proptest! {
    #[test]
    fn valid_text_is_accepted_unchanged(text in any_json()) {
        let value = ours(text.as_bytes()).unwrap();
        prop_assert_eq!(Some(value.as_str()), reference(text.as_bytes()));
    }

    #[test]
    fn damaged_text_is_judged_as_by_the_reference(
        text in any_json(),
        at in any::<prop::sample::Index>(),
        damage in prop_oneof![
            prop::sample::select(&b"\"\\{}[]:,0-e. ntf\x00\x1f"[..]).prop_map(|byte| vec![byte]),
            prop::collection::vec(any::<u8>(), 0..3),
        ],
        cut in 0_usize..3,
    ) {
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len() + 1);
        let end = (at + cut).min(bytes.len());
        bytes.splice(at..end, damage);
        let value = ours(&bytes).ok();
        prop_assert_eq!(value.as_ref().map(RawJson::as_str), reference(&bytes));
    }

    #[test]
    fn text_of_json_like_characters_is_judged_as_by_the_reference(
        text in "[{}\\[\\]\",:0-2eE+.\\-\\\\u \n]{0,12}"
    ) {
        let value = ours(text.as_bytes()).ok();
        prop_assert_eq!(value.as_ref().map(RawJson::as_str), reference(text.as_bytes()));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let value = ours(&bytes).ok();
        prop_assert_eq!(value.as_ref().map(RawJson::as_str), reference(&bytes));
    }

    #[test]
    fn shallow_reading_yields_the_parts_of_the_whole(text in any_json()) {
        fn rewrite(value: &RawJson, out: &mut Writer) {
            if let Some(object) = value.object() {
                out.begin_object();
                for (key, value) in &object {
                    out.key(key);
                    rewrite(value, out);
                }
                out.end_object();
            } else if let Some(items) = value.items() {
                out.begin_array();
                for item in &items {
                    rewrite(item, out);
                }
                out.end_array();
            } else if let Some(string) = value.string() {
                out.string(&string);
            } else {
                out.raw(value);
            }
        }
        let value = ours(text.as_bytes()).unwrap();
        let mut out = Writer::new();
        rewrite(&value, &mut out);
        let rewritten = out.into_raw();
        prop_assert!(reference(rewritten.as_str().as_bytes()).is_some());
        // The reference refuses lone surrogates and huge numbers as values; compare where it can.
        if let Ok(expected) = serde_json::from_str::<serde_json::Value>(&text) {
            let found: serde_json::Value = serde_json::from_str(rewritten.as_str()).unwrap();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn strings_round_trip_and_are_escaped_as_by_the_reference(text in any::<String>()) {
        let value = RawJson::from_string(&text);
        prop_assert_eq!(value.string().unwrap(), text.as_str());
        prop_assert_eq!(value.as_str(), serde_json::to_string(&text).unwrap());
    }

    #[test]
    fn numbers_round_trip(double in any::<f64>(), signed in any::<i64>(), unsigned in any::<u64>()) {
        prop_assert_eq!(RawJson::from_i64(signed).i64(), Some(signed));
        prop_assert_eq!(RawJson::from_u64(unsigned).u64(), Some(unsigned));
        let written = RawJson::from_f64(double);
        prop_assert!(reference(written.as_str().as_bytes()).is_some(), "{}", written);
        prop_assert_eq!(written.f64(), double.is_finite().then_some(double));
    }

    #[test]
    fn a_decimal_is_an_integer_exactly_if_its_value_is(
        digits in "(0|[1-9][0-9]{0,12})(\\.[0-9]{1,6})?",
        exponent in -8_i32..12,
    ) {
        let text = format!("{digits}e{exponent}");
        // Exact in 128 bits: at most 13 + 6 digits, scaled by 10^(exponent + 8).
        let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
        let scaled: u128 = format!("{whole}{fraction:0<6}").parse().unwrap();
        let scaled = scaled * 10_u128.pow(u32::try_from(exponent + 8).unwrap());
        let unit = 10_u128.pow(6 + 8);
        let expected = scaled.is_multiple_of(unit).then(|| u64::try_from(scaled / unit).ok()).flatten();
        prop_assert_eq!(RawJson::parse(text).unwrap().u64(), expected);
    }
}

#[test]
fn errors_say_line_column_and_offset() {
    let text = "{\n  \"größe\": 1,\n  \"ü\": tru\n}";
    let WireError::Json { offset, line, column, what } = RawJson::parse(text).unwrap_err() else {
        panic!("another error");
    };
    assert_eq!((line, column, offset), (3, 8, text.find("tru").unwrap()));
    assert!(what.starts_with("expected a value"), "{what}");

    let mut bytes = b"{\"a\": \"".to_vec();
    bytes.extend_from_slice(&[0xff, b'"', b'}']);
    assert_eq!(RawJson::parse(bytes).unwrap_err(), WireError::Utf8 { offset: 7 });
}

#[test]
fn errors_say_what_was_expected() {
    for (text, message) in [
        ("[01]", "a number may not begin with a zero"),
        ("[1 2]", "expected `,` or `]` after an item"),
        ("{\"a\":1 2}", "expected `,` or `}` after a field"),
        ("{\"a\" 1}", "expected `:` after a key"),
        ("{'a':1}", "expected a key in double quotes"),
        ("\"a\nb\"", "a control character in a string must be escaped"),
        ("\"\\x\"", "unknown escape in a string"),
        ("[1", "the document ends inside an object or array"),
        ("\"a", "the document ends inside a string"),
        ("{} {}", "expected the end of the document"),
        ("\u{feff}{}", "expected a value (a byte order mark is not allowed)"),
    ] {
        let error = RawJson::parse(text).unwrap_err().to_string();
        assert!(error.ends_with(message), "{error}");
        assert!(error.starts_with("invalid JSON at line "), "{error}");
    }
}

#[test]
fn errors_do_not_quote_the_document() {
    let error = RawJson::parse(r#"{"api_key": "secret-value", oops}"#).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
}

#[test]
fn limits_hold_exactly() {
    let limits = Limits::default()
        .with_max_bytes(60)
        .with_max_depth(3)
        .with_max_fields(2)
        .with_max_values(8);
    let parse = |text: &str| RawJson::parse_within(text.to_owned(), &limits);
    let too_many = |what, limit, offset| Err(WireError::TooMany { what, limit, offset });

    assert!(parse(&" ".repeat(59).replacen(' ', "1", 1)).is_ok());
    assert_eq!(parse(&format!("{:61}", 1)), Err(WireError::TooLarge { limit: 60 }));
    assert!(parse("[[[]]]").is_ok());
    assert_eq!(parse("[[[[]]]]"), Err(WireError::TooDeep { limit: 3, offset: 3 }));
    assert_eq!(parse("[[],[[{}]]]"), Err(WireError::TooDeep { limit: 3, offset: 6 }));
    assert!(parse(r#"[{"a":1,"b":2},{"c":3,"d":4}]"#).is_ok());
    assert_eq!(parse(r#"{"a":1,"b":2,"c":3}"#), too_many("fields in one object", 2, 13));
    assert!(parse("[1,2,3,4,5,6,7]").is_ok());
    assert_eq!(parse("[1,2,3,4,5,6,7,8]"), too_many("values", 8, 15));
}

#[test]
fn deep_nesting_is_refused_by_default_and_never_recursed_into() {
    let deep = "[".repeat(1_000_000);
    assert!(matches!(RawJson::parse(deep.clone()), Err(WireError::TooDeep { limit: 128, .. })));
    let closed = format!("{deep}{}", "]".repeat(1_000_000));
    let value = ours(closed.as_bytes()).unwrap();
    assert_eq!(value.items().unwrap().len(), 1);
}

#[test]
fn values_are_read_in_place() {
    let body = bytes::Bytes::from_static(
        br#" {"model":"m","n":1e3,"f":0.5,"ok":true,"no":null,"list":[1,[2],{"k":"v"}],"m":2,"\u006e":3} "#,
    );
    let value = RawJson::parse(body.clone()).unwrap();
    assert_eq!(value.kind(), Kind::Object);
    assert_eq!(value.get("n").unwrap().u64(), Some(1000));
    assert_eq!(value.get("f").unwrap().u64(), None);
    assert_eq!(value.get("f").unwrap().f64(), Some(0.5));
    assert_eq!(value.get("ok").unwrap().bool(), Some(true));
    assert!(value.get("no").unwrap().is_null());
    assert!(value.get("absent").is_none());
    let list = value.get("list").unwrap().items().unwrap();
    assert_eq!(list.iter().map(RawJson::as_str).collect::<Vec<_>>(), ["1", "[2]", r#"{"k":"v"}"#]);
    // No copy: the string lies inside the body.
    let model = value.get("model").unwrap().string().unwrap();
    assert_eq!(
        model.as_ptr() as usize - body.as_ptr() as usize,
        body.iter().position(|&b| b == b'm').unwrap() + 8
    );
    // The escaped second "n" is a duplicate of the first.
    let object = value.object().unwrap();
    assert_eq!(object.duplicate().unwrap(), "n");
    assert_eq!(object.len(), 8);
}

#[test]
fn numbers_outside_a_type_are_none() {
    let number = |text: &'static str| RawJson::parse(text).unwrap();
    assert_eq!(number("-1").u64(), None);
    assert_eq!(number("-1").i64(), Some(-1));
    assert_eq!(number("-0").u64(), Some(0));
    assert_eq!(number("-9223372036854775808").i64(), Some(i64::MIN));
    assert_eq!(number("-9223372036854775809").i64(), None);
    assert_eq!(number("9223372036854775808").i64(), None);
    assert_eq!(number("1e400").f64(), None);
    assert_eq!(number("\"1\"").u64(), None);
}

#[test]
fn strings_are_decoded() {
    let string = |text: &'static str| RawJson::parse(text).unwrap().string().unwrap();
    assert_eq!(string(r#""\"\\\/\b\f\n\r\t""#), "\"\\/\u{8}\u{c}\n\r\t");
    assert_eq!(string(r#""\u00e9\ud83d\ude00""#), "é😀");
    assert_eq!(string(r#""\udbff\udfff\ud800\udc00""#), "\u{10ffff}\u{10000}");
    assert_eq!(string(r#""\ud83d""#), "\u{fffd}");
    assert_eq!(string(r#""\ude00\ud83dx""#), "\u{fffd}\u{fffd}x");
    assert_eq!(string(r#""\ud83d\u0041""#), "\u{fffd}A");
    assert_eq!(string(r#""\ud83d\ud83d\ude00""#), "\u{fffd}😀");
    assert!(RawJson::null().string().is_none());
}

#[test]
fn keys_are_compared_decoded() {
    let value = RawJson::parse(r#"{"a\n":1,"\u0061":2,"\\n":3}"#).unwrap();
    assert_eq!(value.get("a\n").unwrap().u64(), Some(1));
    assert_eq!(value.get("a").unwrap().u64(), Some(2));
    assert_eq!(value.get("\\n").unwrap().u64(), Some(3));
    assert!(value.get("a\\n").is_none());
    assert!(value.get("\\u0061").is_none());
}

#[test]
fn json_pointers_follow_the_rfc() {
    let value =
        RawJson::parse(r#"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"m~n":8,"~1":9,"list":[[1]]}"#)
            .unwrap();
    let at = |pointer: &str| value.pointer(pointer).map(|found| found.to_string());
    assert_eq!(at("").as_deref(), Some(value.as_str()));
    for (pointer, text) in [
        ("/foo/0", "\"bar\""),
        ("/", "0"),
        ("/a~1b", "1"),
        ("/c%d", "2"),
        ("/m~0n", "8"),
        ("/~01", "9"),
        ("/list/0/0", "1"),
    ] {
        assert_eq!(at(pointer).as_deref(), Some(text), "{pointer}");
    }
    for pointer in ["foo", "/foo/2", "/foo/-", "/foo/01", "/foo/+1", "/foo/0/x", "/absent", "/foo/"]
    {
        assert_eq!(at(pointer), None, "{pointer}");
    }
}

#[test]
fn an_object_gives_up_its_fields_one_by_one() {
    let value = RawJson::parse(r#"{"a":1,"b":2,"a":3,"c":4}"#).unwrap();
    let mut object = value.object().unwrap();
    assert_eq!(object.take("a").unwrap().u64(), Some(1));
    assert!(object.duplicate().is_none());
    assert_eq!(object.take("c").unwrap().u64(), Some(4));
    assert!(object.take("c").is_none());
    assert_eq!(object.to_raw().as_str(), r#"{"b":2,"a":3}"#);
}

#[test]
fn the_writer_places_commas_and_escapes() {
    let mut out = Writer::new();
    out.begin_object();
    out.field_string("a\"b", "line\nend\u{1}");
    out.open_array("list");
    out.u64(u64::MAX);
    out.i64(-1);
    out.f64(0.1);
    out.f64(f64::NAN);
    out.begin_object();
    out.end_object();
    out.begin_array();
    out.end_array();
    out.end_array();
    out.field_null("n");
    out.field_bool("t", true);
    out.field_f64("f", 1.0);
    out.open_object("o");
    out.field_raw("raw", &RawJson::parse("1E5").unwrap());
    out.end_object();
    out.end_object();
    let expected = r#"{"a\"b":"line\nend\u0001","list":[18446744073709551615,-1,0.1,null,{},[]],"n":null,"t":true,"f":1.0,"o":{"raw":1E5}}"#;
    assert_eq!(out.len(), expected.len());
    assert_eq!(out.into_bytes(), expected);
}

#[test]
fn debug_output_is_shortened() {
    let value = RawJson::from_string(&"é".repeat(1000));
    assert!(format!("{value:?}").len() < 500);
    assert_eq!(format!("{:?}", RawJson::null()), "RawJson(null)");
}

#[test]
fn fields_are_read_without_keeping_them() {
    let raw = RawJson::parse(r#"{ "a": 7, "b" : {"c":1e3,"d":-1}, "e\u0066":"x" }"#).unwrap();
    let fields: Vec<_> =
        raw.iter_fields().unwrap().map(|field| (field.key(), field.text())).collect();
    assert_eq!(fields, [("a", "7"), ("b", r#"{"c":1e3,"d":-1}"#), ("e\\u0066", "\"x\"")]);
    let inner = raw.iter_fields().unwrap().nth(1).unwrap();
    let counts: Vec<_> = inner.iter_fields().unwrap().map(airside_wire::FieldRef::u64).collect();
    assert_eq!(counts, [Some(1000), None]);
    assert!(inner.u64().is_none() && RawJson::null().iter_fields().is_none());
}

#[test]
fn numbers_are_written_in_decimal() {
    let mut out = Writer::new();
    out.begin_array();
    for value in [0, 7, 10, 999, 1000, u64::MAX] {
        out.u64(value);
    }
    for value in [i64::MIN, -10, 0, i64::MAX] {
        out.i64(value);
    }
    out.end_array();
    let expected =
        "[0,7,10,999,1000,18446744073709551615,-9223372036854775808,-10,0,9223372036854775807]";
    assert_eq!(out.into_raw().as_str(), expected);
}
