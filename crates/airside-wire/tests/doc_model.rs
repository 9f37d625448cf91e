//! Random documents and random edits, compared with a plain tree that is edited the same way.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests fail the test"
)]

use airside_wire::{JsonDoc, Limits, Path, RawJson, Segment, Str, WireError};
use bytes::Bytes;
use proptest::prelude::*;

/// A value as a tree. Scalars keep their text.
#[derive(Debug, Clone, PartialEq)]
enum Tree {
    Scalar(String),
    Array(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

/// Why an edit fails, as far as the model tells apart.
#[derive(Debug, PartialEq)]
enum Refusal {
    Missing,
    Duplicate,
    NotAnArray,
}

type Edited<T> = Result<T, Refusal>;

impl Tree {
    /// Writes the text, placing whitespace as `spaces` says.
    fn write(&self, out: &mut String, spaces: &mut impl Iterator<Item = &'static str>) {
        let space = |out: &mut String, spaces: &mut dyn Iterator<Item = &'static str>| {
            out.push_str(spaces.next().unwrap_or(""));
        };
        match self {
            Self::Scalar(text) => out.push_str(text),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    space(out, spaces);
                    item.write(out, spaces);
                    space(out, spaces);
                }
                out.push(']');
            }
            Self::Object(fields) => {
                out.push('{');
                for (index, (key, value)) in fields.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "," });
                    space(out, spaces);
                    out.push_str(RawJson::from_string(key).as_str());
                    space(out, spaces);
                    out.push(':');
                    space(out, spaces);
                    value.write(out, spaces);
                    space(out, spaces);
                }
                out.push('}');
            }
        }
    }

    fn text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, &mut std::iter::empty());
        out
    }

    fn raw(&self) -> RawJson {
        RawJson::parse(self.text()).unwrap()
    }

    fn read(value: &RawJson) -> Self {
        if let Some(items) = value.items() {
            Self::Array(items.iter().map(Self::read).collect())
        } else if let Some(object) = value.object() {
            let field = |(key, value): &(Str, RawJson)| (key.to_string(), Self::read(value));
            Self::Object(object.iter().map(field).collect())
        } else {
            Self::Scalar(value.to_string())
        }
    }

    /// The position of the one entry that a segment names.
    fn position(&self, segment: &Segment) -> Edited<Option<usize>> {
        match (self, segment) {
            (Self::Array(items), Segment::Index(index)) => {
                Ok((*index < items.len()).then_some(*index))
            }
            (Self::Object(fields), Segment::Key(key)) => {
                let named = |(name, _): &(String, Tree)| key == name;
                if fields.iter().filter(|field| named(field)).count() > 1 {
                    return Err(Refusal::Duplicate);
                }
                Ok(fields.iter().position(named))
            }
            _ => Ok(None),
        }
    }

    fn child(&mut self, segment: &Segment) -> Edited<&mut Tree> {
        let position = self.position(segment)?.ok_or(Refusal::Missing)?;
        match self {
            Self::Array(items) => Ok(&mut items[position]),
            Self::Object(fields) => Ok(&mut fields[position].1),
            Self::Scalar(_) => Err(Refusal::Missing),
        }
    }

    fn find(&mut self, segments: &[Segment]) -> Edited<&mut Tree> {
        segments.iter().try_fold(self, |tree, segment| tree.child(segment))
    }

    fn replace(&mut self, segments: &[Segment], value: Tree) -> Edited<()> {
        *self.find(segments)? = value;
        Ok(())
    }

    fn set(&mut self, segments: &[Segment], value: Tree) -> Edited<()> {
        let (last, above) = segments.split_last().ok_or(Refusal::Missing)?;
        let parent = self.find(above)?;
        if parent.position(last)?.is_some() {
            return parent.replace(std::slice::from_ref(last), value);
        }
        match (parent, last) {
            (Self::Object(fields), Segment::Key(key)) => fields.push((key.to_string(), value)),
            (Self::Array(items), Segment::Index(index)) if *index == items.len() => {
                items.push(value);
            }
            _ => return Err(Refusal::Missing),
        }
        Ok(())
    }

    fn insert(&mut self, segments: &[Segment], index: Option<usize>, value: Tree) -> Edited<()> {
        match self.find(segments)? {
            Self::Array(items) => {
                let index = index.unwrap_or(items.len());
                if index > items.len() {
                    return Err(Refusal::Missing);
                }
                items.insert(index, value);
                Ok(())
            }
            _ => Err(Refusal::NotAnArray),
        }
    }

    fn remove(&mut self, segments: &[Segment]) -> Edited<bool> {
        let (last, above) = segments.split_last().ok_or(Refusal::Missing)?;
        let parent = match self.find(above) {
            Err(Refusal::Missing) => return Ok(false),
            parent => parent?,
        };
        match (parent, last) {
            (Self::Object(fields), Segment::Key(key)) => {
                let before = fields.len();
                fields.retain(|(name, _)| key != name);
                Ok(fields.len() < before)
            }
            (Self::Array(items), Segment::Index(index)) if *index < items.len() => {
                items.remove(*index);
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

/// An edit of either form of the document.
#[derive(Debug, Clone)]
enum Edit {
    Replace(Vec<Segment>, Tree),
    Set(Vec<Segment>, Tree),
    Append(Vec<Segment>, Tree),
    Insert(Vec<Segment>, usize, Tree),
    Remove(Vec<Segment>),
}

impl Edit {
    fn place(&self) -> &[Segment] {
        match self {
            Self::Replace(at, _)
            | Self::Set(at, _)
            | Self::Append(at, _)
            | Self::Insert(at, _, _)
            | Self::Remove(at) => at,
        }
    }

    fn on_tree(self, tree: &mut Tree) -> Edited<bool> {
        match self {
            Self::Replace(at, value) => tree.replace(&at, value).map(|()| true),
            Self::Set(at, value) => tree.set(&at, value).map(|()| true),
            Self::Append(at, value) => tree.insert(&at, None, value).map(|()| true),
            Self::Insert(at, index, value) => tree.insert(&at, Some(index), value).map(|()| true),
            Self::Remove(at) => tree.remove(&at),
        }
    }

    fn on_doc(&self, doc: &mut JsonDoc) -> Edited<bool> {
        let done = match self {
            Self::Replace(at, value) => doc.replace(&path(at), value.raw()).map(|()| true),
            Self::Set(at, value) => doc.set(&path(at), value.raw()).map(|()| true),
            Self::Append(at, value) => doc.append_item(&path(at), value.raw()).map(|()| true),
            Self::Insert(at, index, value) => {
                doc.insert_item(&path(at), *index, value.raw()).map(|()| true)
            }
            Self::Remove(at) => doc.remove(&path(at)),
        };
        done.map_err(|error| match error {
            WireError::NoSuchPath { .. } => Refusal::Missing,
            WireError::DuplicateKey { .. } => Refusal::Duplicate,
            WireError::NotAnArray { .. } => Refusal::NotAnArray,
            other => panic!("{other}"),
        })
    }
}

fn path(segments: &[Segment]) -> Path {
    segments.iter().fold(Path::root(), |path, segment| match segment {
        Segment::Key(key) => path.join_key(key.clone()),
        Segment::Index(index) => path.join_index(*index),
    })
}

/// Few keys, so that edits often hit and some collide; one needs an escape.
fn key() -> impl Strategy<Value = String> {
    prop::sample::select(&["a", "b", "c", "d\n", ""][..]).prop_map(str::to_owned)
}

fn scalar() -> impl Strategy<Value = Tree> {
    let odd = &[
        "1E5",
        "-0.0",
        "18446744073709551616",
        "1e999",
        "\"\\ud83d\"",
        "\"\\/\\u00e9é\"",
        "null",
        "true",
        "\",]}{[\\\"\"",
        "\"a longer string, so that words matter\"",
    ][..];
    prop::sample::select(odd).prop_map(|text| Tree::Scalar(text.to_owned()))
}

fn tree() -> impl Strategy<Value = Tree> {
    scalar().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::Array),
            prop::collection::vec((key(), inner), 0..4).prop_map(Tree::Object),
        ]
    })
}

fn object() -> impl Strategy<Value = Tree> {
    prop::collection::vec((key(), tree()), 0..5).prop_map(Tree::Object)
}

fn edit() -> impl Strategy<Value = Edit> {
    let segment = prop_oneof![
        2 => key().prop_map(|key| Segment::Key(key.into())),
        1 => (0_usize..4).prop_map(Segment::Index),
    ];
    let place = || prop::collection::vec(segment.clone(), 1..4);
    prop_oneof![
        (place(), tree()).prop_map(|(at, value)| Edit::Replace(at, value)),
        (place(), tree()).prop_map(|(at, value)| Edit::Set(at, value)),
        (place(), tree()).prop_map(|(at, value)| Edit::Append(at, value)),
        (place(), 0_usize..4, tree()).prop_map(|(at, index, value)| Edit::Insert(at, index, value)),
        place().prop_map(Edit::Remove),
    ]
}

fn spaces() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(&["", " ", "\n  ", "\t\r\n"][..]), 0..60)
}

proptest! {
    #[test]
    fn edits_do_to_the_document_what_they_do_to_a_tree(
        original in object(),
        spaces in spaces(),
        edits in prop::collection::vec(edit(), 0..12),
    ) {
        let mut text = String::from("\n ");
        original.write(&mut text, &mut spaces.into_iter());
        text.push(' ');
        let body = Bytes::from(text.clone());
        let mut doc = JsonDoc::parse(body.clone(), &Limits::default()).unwrap();
        let mut tree = original;
        let mut edited = false;

        for edit in edits {
            let done = edit.on_doc(&mut doc);
            edited |= done == Ok(true);
            prop_assert_eq!(&done, &edit.clone().on_tree(&mut tree), "{:?}", edit);

            let outgoing = doc.to_bytes();
            let reread = RawJson::parse(outgoing.clone()).unwrap();
            prop_assert_eq!(Tree::read(&reread), tree.clone(), "{:?}", edit);
            prop_assert_eq!(doc.frames().collect::<Vec<_>>().concat(), &outgoing[..]);
            prop_assert_eq!(doc.len(), outgoing.len());
            prop_assert_eq!(doc.object(), reread.object().unwrap());
            prop_assert_eq!(doc.pointer(&Path::root()), Some(reread.clone()));
            let at = path(edit.place());
            prop_assert_eq!(doc.pointer(&at), reread.at(&at));
        }
        prop_assert_eq!(doc.is_verbatim(), !edited);
        prop_assert_eq!(doc.root().to_string(), text.trim());
        if !edited {
            prop_assert_eq!(doc.to_bytes().as_ptr(), body.as_ptr());
        }
    }

    #[test]
    fn a_replacement_changes_no_other_byte(
        original in object(),
        spaces in spaces(),
        pick in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
        value in tree(),
    ) {
        let mut text = String::new();
        original.write(&mut text, &mut spaces.into_iter());
        let body = Bytes::from(text.clone());
        let mut doc = JsonDoc::parse(body.clone(), &Limits::default()).unwrap();

        // Walk to some value that exists.
        let mut place = Path::root();
        let mut found = doc.root();
        for index in pick {
            if let Some(object) = found.object().filter(|object| !object.is_empty()) {
                let key = object.iter().nth(index.index(object.len())).unwrap().0.clone();
                found = found.get(&key).unwrap();
                place = place.join_key(key);
            } else if let Some(items) = found.items().filter(|items| !items.is_empty()) {
                let index = index.index(items.len());
                found = items[index].clone();
                place = place.join_index(index);
            }
        }
        prop_assume!(!place.is_root());
        let start = found.as_str().as_ptr() as usize - body.as_ptr() as usize;
        let end = start + found.as_str().len();
        if doc.replace(&place, value.raw()).is_ok() {
            let expected = format!("{}{}{}", &text[..start], value.text(), &text[end..]);
            prop_assert_eq!(doc.to_bytes(), expected);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..100),
        like in "\\{[{}\\[\\]\",:0a\\\\ ]{0,30}",
    ) {
        for body in [Bytes::from(bytes), Bytes::from(like)] {
            if let Ok(mut doc) = JsonDoc::parse(body.clone(), &Limits::default()) {
                doc.set(&Path::key("new"), RawJson::null()).ok();
                prop_assert!(RawJson::parse(doc.to_bytes()).is_ok());
            }
        }
    }
}
