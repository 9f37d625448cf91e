//! Paths: how they are written and read.

use airside_wire::{Path, Segment, WireError};
use proptest::prelude::*;

#[test]
fn paths_are_written_as_people_write_them() {
    let messages = Path::key("messages").join_index(3);
    for (path, display, pointer) in [
        (Path::root(), "$", ""),
        (Path::key("model"), "model", "/model"),
        (messages.join_key("content"), "messages[3].content", "/messages/3/content"),
        (
            messages.join_key("a.b").join_key("c/d~e"),
            "messages[3][\"a.b\"].c/d~e",
            "/messages/3/a.b/c~1d~0e",
        ),
        (Path::root().join_index(0), "[0]", "/0"),
        (Path::key(""), "[\"\"]", "/"),
        (Path::key("$"), "[\"$\"]", "/$"),
    ] {
        assert_eq!(path.to_string(), display);
        assert_eq!(path.to_pointer(), pointer);
        assert_eq!(Path::parse(display), Ok(path));
    }
}

#[test]
fn other_spellings_are_read() {
    let path = Path::key("a").join_key("b").join_index(0).join_key("c");
    for text in ["a.b[0].c", "$.a.b[0].c", "[\"a\"].b[0][\"c\"]", "$[\"a\"][\"b\"][0].c"] {
        assert_eq!(Path::parse(text), Ok(path.clone()), "{text}");
    }
    assert_eq!(Path::parse(""), Ok(Path::root()));
}

#[test]
fn mistakes_are_located() {
    for (text, at) in [
        (".a", 0),
        ("a.", 2),
        ("a..b", 2),
        ("a[", 2),
        ("a[x]", 2),
        ("a[0", 3),
        ("a[-1]", 2),
        ("a[0]b", 4),
        ("a]", 1),
        ("a[\"b]", 2),
        ("a[\"b\"", 5),
        ("a[99999999999999999999]", 2),
        ("a\"b", 1),
    ] {
        let Err(WireError::InvalidPath { offset, .. }) = Path::parse(text) else {
            panic!("{text} is no path");
        };
        assert_eq!(offset, at, "{text}");
    }
}

proptest! {
    #[test]
    fn every_path_reads_back(segments in prop::collection::vec(
        prop_oneof![
            any::<usize>().prop_map(Segment::Index),
            any::<String>().prop_map(|key| Segment::Key(key.into())),
            "[a$.\"\\\\\\[\\]\n]{0,4}".prop_map(|key| Segment::Key(key.into())),
        ],
        0..5,
    )) {
        let path = segments.iter().fold(Path::root(), |path, segment| match segment {
            Segment::Key(key) => path.join_key(key.clone()),
            Segment::Index(index) => path.join_index(*index),
        });
        prop_assert_eq!(Path::parse(&path.to_string()), Ok(path));
    }

    #[test]
    fn any_text_is_a_path_or_an_error(text in any::<String>(), like in "[a\\[\\]\"0.$\\\\]{0,10}") {
        for text in [text, like] {
            if let Ok(path) = Path::parse(&text) {
                prop_assert_eq!(Path::parse(&path.to_string()), Ok(path));
            }
        }
    }
}
