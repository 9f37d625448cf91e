//! Texts as completions and embeddings take them: one or several, as strings
//! or as token numbers.

use airside_schema::CodecError;
use airside_wire::{Kind, RawJson, Str};

const EXPECTED: &str = "a string, an array of strings, or arrays of token numbers";

/// The texts of a field. Token numbers stand for themselves: their JSON is the text.
pub(super) fn texts(raw: &RawJson, field: &'static str) -> Result<Vec<Str>, CodecError> {
    let invalid = || CodecError::invalid(field, EXPECTED);
    if let Some(text) = raw.string() {
        return Ok(vec![text]);
    }
    let items = raw.items().ok_or_else(invalid)?;
    match items.first().map(RawJson::kind) {
        Some(Kind::Number) if numbers(&items) => Ok(vec![raw.text()]),
        Some(Kind::String) => items.iter().map(|item| item.string().ok_or_else(invalid)).collect(),
        Some(Kind::Array) => {
            let tokens = |item: &RawJson| {
                let all = item.items().is_some_and(|items| numbers(&items));
                all.then(|| item.text()).ok_or_else(invalid)
            };
            items.iter().map(tokens).collect()
        }
        _ => Err(invalid()),
    }
}

fn numbers(items: &[RawJson]) -> bool {
    items.iter().all(|item| item.u64().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_prompt_is_taken() {
        let cases: [(&str, Option<&[&str]>); 9] = [
            (r#""a\nb""#, Some(&["a\nb"])),
            (r#"["a","b"]"#, Some(&["a", "b"])),
            ("[1,2]", Some(&["[1,2]"])),
            ("[[1,2],[3]]", Some(&["[1,2]", "[3]"])),
            ("[]", None),
            ("5", None),
            (r#"["a",1]"#, None),
            (r#"[[1,"a"]]"#, None),
            ("{}", None),
        ];
        for (json, expected) in cases {
            let found = texts(&RawJson::parse(json).unwrap(), "input").ok();
            let found: Option<Vec<_>> =
                found.map(|texts| texts.iter().map(Str::to_string).collect());
            let expected = expected.map(|texts| texts.iter().map(ToString::to_string).collect());
            assert_eq!(found, expected, "{json}");
        }
    }
}
