//! JSON compared by meaning, and the same meaning in another spelling.

use std::fmt::{self, Write as _};

use airside_wire::{Kind, Path, RawJson};

use crate::Rng;

/// Where two documents begin to differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The place.
    pub path: String,
    /// What stands there in the first document; `None` if nothing does.
    pub left: Option<String>,
    /// What stands there in the second document.
    pub right: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(f, "{}: {} against {}", self.path, shown(&self.left), shown(&self.right))
    }
}

/// The first place where two documents differ in meaning. The order of an object's fields means
/// nothing, and neither do spaces, escapes and the spelling of a number.
pub fn difference(left: &RawJson, right: &RawJson) -> Option<Difference> {
    differ(&Path::root(), Some(left), Some(right))
}

/// True if two documents mean the same.
pub fn same(left: &RawJson, right: &RawJson) -> bool {
    difference(left, right).is_none()
}

fn differ(path: &Path, left: Option<&RawJson>, right: Option<&RawJson>) -> Option<Difference> {
    let differs = || {
        let shown = |side: Option<&RawJson>| side.map(ToString::to_string);
        Some(Difference { path: path.to_string(), left: shown(left), right: shown(right) })
    };
    let (Some(one), Some(other)) = (left, right) else { return differs() };
    if one == other {
        return None;
    }
    if one.kind() != other.kind() {
        return differs();
    }
    match one.kind() {
        Kind::Object => differ_objects(path, one, other),
        Kind::Array => {
            let (ours, theirs) = (one.items()?, other.items()?);
            (0..ours.len().max(theirs.len()))
                .find_map(|at| differ(&path.join_index(at), ours.get(at), theirs.get(at)))
        }
        Kind::String if one.string() == other.string() => None,
        Kind::Number if same_number(one, other) => None,
        _ => differs(),
    }
}

fn differ_objects(path: &Path, left: &RawJson, right: &RawJson) -> Option<Difference> {
    let (ours, mut theirs) = (left.object()?, right.object()?);
    for (key, value) in &ours {
        let other = theirs.take(key);
        let found = differ(&path.join_key(key.clone()), Some(value), other.as_ref());
        if found.is_some() {
            return found;
        }
    }
    let (key, value) = theirs.iter().next()?;
    differ(&path.join_key(key.clone()), None, Some(value))
}

fn same_number(left: &RawJson, right: &RawJson) -> bool {
    match (left.i64(), right.i64()) {
        (Some(one), Some(other)) => one == other,
        // Written differently, a fraction is the same if it reads as the same double.
        _ => {
            left.f64().zip(right.f64()).is_some_and(|(one, other)| one.to_bits() == other.to_bits())
        }
    }
}

/// Writes a document in a spelling nobody uses: spaces and line ends in odd places, characters
/// escaped that need not be. Whoever reads it and writes it again spells it differently, and so
/// is found out. The order of fields and the text of numbers stay.
pub fn respelled(json: &RawJson, rng: &mut Rng) -> String {
    let mut out = String::with_capacity(json.as_str().len() * 2);
    spell(json, rng, &mut out);
    out
}

fn spell(json: &RawJson, rng: &mut Rng, out: &mut String) {
    match json.kind() {
        Kind::Object => {
            let fields = json.object().unwrap_or_default();
            list(out, rng, ('{', '}'), fields.iter(), |(key, value), rng, out| {
                spell_text(key, rng, out);
                space(rng, out);
                out.push(':');
                space(rng, out);
                spell(value, rng, out);
            });
        }
        Kind::Array => {
            let items = json.items().unwrap_or_default();
            list(out, rng, ('[', ']'), items.iter(), spell);
        }
        Kind::String => spell_text(&json.string().unwrap_or_default(), rng, out),
        _ => out.push_str(json.as_str()),
    }
}

fn list<T>(
    out: &mut String,
    rng: &mut Rng,
    (open, close): (char, char),
    items: impl Iterator<Item = T>,
    mut write: impl FnMut(T, &mut Rng, &mut String),
) {
    out.push(open);
    space(rng, out);
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push(',');
            space(rng, out);
        }
        write(item, rng, out);
        space(rng, out);
    }
    out.push(close);
}

fn space(rng: &mut Rng, out: &mut String) {
    out.push_str(["", "", " ", "  ", "\n", "\t", "\r\n "].get(rng.below(7)).unwrap_or(&""));
}

fn spell_text(text: &str, rng: &mut Rng, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '/' if rng.one_in(2) => out.push_str("\\/"),
            '\n' if rng.one_in(2) => out.push_str("\\n"),
            '\t' if rng.one_in(2) => out.push_str("\\t"),
            // Long texts, such as images, need not be escaped all over.
            _ if character < ' ' || (text.len() < 4096 && rng.one_in(16)) => {
                escape(character, rng, out);
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

fn escape(character: char, rng: &mut Rng, out: &mut String) {
    let upper = rng.one_in(2);
    for unit in character.encode_utf16(&mut [0; 2]) {
        // Writing to a String cannot fail.
        let _ = if upper { write!(out, "\\u{unit:04X}") } else { write!(out, "\\u{unit:04x}") };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> RawJson {
        RawJson::parse(text.to_owned()).unwrap()
    }

    #[test]
    fn spelling_and_order_of_fields_do_not_matter() {
        for (left, right) in [
            (r#"{"a":1,"b":[2,"x"]}"#, r#" { "b" : [ 2.0, "\u0078" ], "a" : 1e0 } "#),
            ("0.1", "0.10"),
            ("null", "null"),
        ] {
            assert_eq!(difference(&parse(left), &parse(right)), None, "{left} {right}");
        }
    }

    #[test]
    fn the_first_difference_is_named() {
        for (left, right, shown) in [
            (r#"{"a":[1,{"b":2}]}"#, r#"{"a":[1,{"b":3}]}"#, "a[1].b: 2 against 3"),
            (r#"{"a":1}"#, r#"{"a":1,"c":"x"}"#, "c: nothing against \"x\""),
            (r#"{"a":[1,2]}"#, r#"{"a":[1]}"#, "a[1]: 2 against nothing"),
            (r#"{"a":null}"#, r#"{"a":0}"#, "a: null against 0"),
            (r#"{"a":1}"#, r#"{"a":"1"}"#, "a: 1 against \"1\""),
            (r#"{"a":1,"a":2}"#, r#"{"a":1}"#, "a: 2 against nothing"),
        ] {
            let found = difference(&parse(left), &parse(right)).unwrap();
            assert_eq!(found.to_string(), shown, "{left} {right}");
        }
    }

    #[test]
    fn respelled_means_the_same_and_looks_different() {
        let text = r#"{"model":"m/1","messages":[{"role":"user","content":"Grüße 😀\n\"ok\""}],"t":0.10,"n":[],"o":{}}"#;
        let json = parse(text);
        let spellings: Vec<String> =
            (0..64).map(|seed| respelled(&json, &mut Rng::new(seed))).collect();
        for spelling in &spellings {
            assert_eq!(difference(&json, &parse(spelling)), None, "{spelling}");
            assert!(spelling.contains("0.10"), "numbers keep their text: {spelling}");
            assert_ne!(spelling, text);
        }
        assert!(spellings.iter().any(|spelling| spelling.contains("\\u")));
    }
}
