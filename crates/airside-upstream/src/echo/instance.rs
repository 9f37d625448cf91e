//! The smallest value a JSON schema asks for.
//!
//! Not a validator and not complete: patterns and conditions are not looked
//! at. Time and size are bounded whatever the schema is.

use std::collections::{HashMap, HashSet};

use airside_wire::{RawJson, Str, Writer};

/// Deeper levels, references included, are `null`.
const MAX_DEPTH: usize = 16;

/// The most values of one instance, and the most bytes of schema read for it;
/// what is beyond is `null`.
const MAX_VALUES: usize = 256;
const MAX_READ: usize = 8 * 1024 * 1024;

/// Schemas larger than this, in bytes, are not read, and constants larger
/// than this not written.
const MAX_SCHEMA: usize = 128 * 1024;
const MAX_CONSTANT: usize = 256;

/// The most items and characters written because a schema demands so many.
const MAX_ITEMS: u64 = 16;
const MAX_CHARACTERS: u64 = 256;

/// Makes a minimal instance: required properties only, the first of several
/// choices, `"echo"` for a text, 1 for a number, `true` for a boolean.
///
/// No schema, or one too large to be looked at, gives an empty object.
pub(super) fn minimal(schema: Option<&RawJson>) -> RawJson {
    let mut out = Writer::new();
    if let Some(root) = schema.filter(|schema| schema.as_str().len() <= MAX_SCHEMA) {
        Instance { root, values: 0, read: 0 }.value(root, 0, &mut out);
    } else {
        out.begin_object();
        out.end_object();
    }
    out.into_raw()
}

struct Instance<'a> {
    root: &'a RawJson,
    values: usize,
    read: usize,
}

/// The keywords of a schema, references and the like resolved one level.
type Keywords = HashMap<Str, RawJson>;

impl Instance<'_> {
    fn value(&mut self, schema: &RawJson, depth: usize, out: &mut Writer) {
        self.values += 1;
        if depth > MAX_DEPTH || self.values > MAX_VALUES || self.read > MAX_READ {
            return out.null();
        }
        let keywords = self.keywords(schema);
        if let Some(constant) = constant(&keywords) {
            return out.raw(&constant);
        }
        for choice in ["anyOf", "oneOf"] {
            let first = keywords.get(choice).and_then(|list| list.item(0));
            if let Some(first) = first.filter(|_| !keywords.contains_key("properties")) {
                return self.value(&first, depth + 1, out);
            }
        }
        match &*type_name(&keywords) {
            "object" => self.object(&keywords, depth, out),
            "array" => self.array(&keywords, depth, out),
            "string" => out.string(&text(&keywords)),
            "integer" | "number" => number(&keywords, out),
            "boolean" => out.bool(true),
            _ => out.null(),
        }
    }

    /// Follows references and merges `allOf`, the first of a name wins.
    fn keywords(&mut self, schema: &RawJson) -> Keywords {
        let mut keywords = Keywords::new();
        let mut todo = vec![schema.clone()];
        // A reference may lead back to itself.
        for _ in 0..MAX_DEPTH {
            let Some(schema) = todo.pop() else { break };
            self.read += schema.as_str().len();
            for (key, value) in schema.object().unwrap_or_default().into_fields() {
                match &*key {
                    "$ref" => todo.extend(value.string().and_then(|name| self.resolve(&name))),
                    "allOf" => todo.extend(value.items().unwrap_or_default()),
                    _ => merge(&mut keywords, key, value),
                }
            }
        }
        keywords
    }

    /// The schema a reference within the same document means.
    fn resolve(&mut self, name: &str) -> Option<RawJson> {
        self.read += self.root.as_str().len();
        self.root.pointer(name.strip_prefix('#')?)
    }

    fn object(&mut self, keywords: &Keywords, depth: usize, out: &mut Writer) {
        let properties = keywords.get("properties").and_then(RawJson::object).unwrap_or_default();
        let properties: Keywords = properties.into_fields().into_iter().collect();
        let required = keywords.get("required").and_then(RawJson::items).unwrap_or_default();
        let mut written = HashSet::new();
        out.begin_object();
        for name in required.iter().filter_map(RawJson::string) {
            if self.values > MAX_VALUES || written.len() == MAX_VALUES {
                break;
            }
            if name.len() > MAX_CONSTANT || !written.insert(name.clone()) {
                continue;
            }
            out.key(&name);
            match properties.get(&name) {
                Some(schema) => self.value(schema, depth + 1, out),
                None => out.string("echo"),
            }
        }
        out.end_object();
    }

    fn array(&mut self, keywords: &Keywords, depth: usize, out: &mut Writer) {
        let least = keywords.get("minItems").and_then(RawJson::u64).unwrap_or(0).min(MAX_ITEMS);
        out.begin_array();
        for index in 0..usize::try_from(least).unwrap_or_default() {
            let positional = keywords.get("prefixItems").and_then(|items| items.item(index));
            match positional.as_ref().or(keywords.get("items")) {
                Some(schema) => self.value(schema, depth + 1, out),
                None => out.string("echo"),
            }
        }
        out.end_array();
    }
}

/// Adds a keyword. Lists of required properties and the properties themselves
/// add up, as `allOf` means it.
fn merge(keywords: &mut Keywords, key: Str, value: RawJson) {
    let Some(present) = keywords.get_mut(&key) else {
        keywords.insert(key, value);
        return;
    };
    let mut out = Writer::new();
    match &*key {
        "required" => {
            out.begin_array();
            let lists = [present.items(), value.items()];
            lists.into_iter().flatten().flatten().for_each(|name| out.raw(&name));
            out.end_array();
        }
        "properties" => {
            out.begin_object();
            for (name, schema) in [present.object(), value.object()]
                .into_iter()
                .flatten()
                .flat_map(airside_wire::Object::into_fields)
            {
                out.field_raw(&name, &schema);
            }
            out.end_object();
        }
        _ => return,
    }
    *present = out.into_raw();
}

/// The value of a schema that leaves no choice.
fn constant(keywords: &Keywords) -> Option<RawJson> {
    let constant = match keywords.get("const") {
        Some(constant) => constant.clone(),
        None => keywords.get("enum")?.item(0)?,
    };
    (constant.as_str().len() <= MAX_CONSTANT).then_some(constant)
}

/// The type: the one named, the first of several that is not `null`, or what
/// other keywords suggest.
fn type_name(keywords: &Keywords) -> Str {
    let named = keywords.get("type");
    let several = named.and_then(RawJson::items).unwrap_or_default();
    let several: Vec<_> = several.iter().filter_map(RawJson::string).collect();
    let first = several.iter().find(|name| **name != "null").or(several.first());
    if let Some(name) = named.and_then(RawJson::string).or_else(|| first.cloned()) {
        return name;
    }
    let suggests = |keys: &[&str]| keys.iter().any(|key| keywords.contains_key(*key));
    Str::from_static(if suggests(&["properties", "required"]) {
        "object"
    } else if suggests(&["items", "prefixItems", "minItems"]) {
        "array"
    } else if suggests(&["minimum", "maximum", "multipleOf"]) {
        "number"
    } else {
        "string"
    })
}

/// A text of the format and length asked for.
fn text(keywords: &Keywords) -> String {
    let format = keywords.get("format").and_then(RawJson::string);
    let text = match format.as_deref() {
        Some("date-time") => "2026-01-01T00:00:00Z",
        Some("date") => "2026-01-01",
        Some("time") => "00:00:00Z",
        Some("duration") => "PT1S",
        Some("email") => "echo@example.com",
        Some("hostname") => "example.com",
        Some("ipv4") => "192.0.2.1",
        Some("ipv6") => "2001:db8::1",
        Some("uri" | "url") => "https://example.com/",
        Some("uuid") => "00000000-0000-4000-8000-000000000000",
        _ => "echo",
    };
    let length = |key: &str| keywords.get(key).and_then(RawJson::u64);
    let least = length("minLength").unwrap_or(0).min(MAX_CHARACTERS);
    let most = length("maxLength").unwrap_or(u64::MAX);
    let least = usize::try_from(least).unwrap_or_default().max(text.len());
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    text.chars().cycle().take(least.min(most)).collect()
}

/// 1, or the bound nearest to it.
fn number(keywords: &Keywords, out: &mut Writer) {
    let bound = |key: &str| keywords.get(key).and_then(|raw| Some((raw.f64()?, raw)));
    let beyond = |key: &str| keywords.get(key).and_then(RawJson::i64);
    if let Some((_, least)) = bound("minimum").filter(|(least, _)| *least > 1.0) {
        out.raw(least);
    } else if let Some((_, most)) = bound("maximum").filter(|(most, _)| *most < 1.0) {
        out.raw(most);
    } else if let Some(least) = beyond("exclusiveMinimum").filter(|least| *least >= 1) {
        out.i64(least.saturating_add(1));
    } else if let Some(most) = beyond("exclusiveMaximum").filter(|most| *most <= 1) {
        out.i64(most.saturating_sub(1));
    } else {
        out.u64(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(schema: &str) -> String {
        minimal(Some(&RawJson::parse(schema.to_owned()).unwrap())).as_str().to_owned()
    }

    #[test]
    fn the_smallest_value_of_every_kind_of_schema() {
        let cases = [
            (r#"{"type":"string"}"#, r#""echo""#),
            (r#"{"type":"number"}"#, "1"),
            (r#"{"type":"integer","minimum":5}"#, "5"),
            (r#"{"type":"number","maximum":-0.5}"#, "-0.5"),
            (r#"{"type":"integer","exclusiveMinimum":1}"#, "2"),
            (r#"{"type":"integer","exclusiveMaximum":0}"#, "-1"),
            (r#"{"type":"boolean"}"#, "true"),
            (r#"{"type":"null"}"#, "null"),
            (r#"{"type":["null","integer"]}"#, "1"),
            (r#"{"enum":["b","a"]}"#, r#""b""#),
            (r#"{"const":{"a":[1]}}"#, r#"{"a":[1]}"#),
            (r#"{"type":"string","enum":[]}"#, r#""echo""#),
            (r#"{"type":"string","format":"date"}"#, r#""2026-01-01""#),
            (r#"{"type":"string","minLength":6}"#, r#""echoec""#),
            (r#"{"type":"string","maxLength":2}"#, r#""ec""#),
            (r#"{"type":"array","items":{"type":"string"}}"#, "[]"),
            (r#"{"type":"array","minItems":2,"items":{"type":"boolean"}}"#, "[true,true]"),
            (r#"{"prefixItems":[{"type":"null"}],"minItems":2}"#, r#"[null,"echo"]"#),
            (r#"{"type":"object"}"#, "{}"),
            (r#"{"properties":{"a":{"type":"string"}}}"#, "{}"),
            (
                r#"{"properties":{"a":{"type":"integer"}},"required":["b","a","a"]}"#,
                r#"{"b":"echo","a":1}"#,
            ),
            (r#"{"anyOf":[{"type":"integer"},{"type":"null"}]}"#, "1"),
            (
                r#"{"allOf":[{"properties":{"a":{"type":"integer"}},"required":["a"]},
                    {"properties":{"b":{"type":"boolean"}},"required":["b"]}]}"#,
                r#"{"b":true,"a":1}"#,
            ),
            (
                r##"{"$defs":{"P":{"type":"object","properties":{"x":{"$ref":"#/$defs/N"}},
                    "required":["x"]},"N":{"type":"number"}},"$ref":"#/$defs/P"}"##,
                r#"{"x":1}"#,
            ),
            (r#"{"$ref":"https://example.com/schema"}"#, r#""echo""#),
            ("true", r#""echo""#),
        ];
        for (schema, expected) in cases {
            assert_eq!(instance(schema), expected, "{schema}");
        }
        assert_eq!(minimal(None).as_str(), "{}");
    }

    #[test]
    fn schemas_without_end_come_to_an_end() {
        let loops = r##"{"$ref":"#"}"##;
        assert_eq!(instance(loops), r#""echo""#);
        let deep = r##"{"type":"object","properties":{"next":{"$ref":"#"}},"required":["next"]}"##;
        assert!(instance(deep).ends_with(&format!("null{}", "}".repeat(MAX_DEPTH + 1))));
        let wide = r##"{"properties":{"a":{"$ref":"#"},"b":{"$ref":"#"},"c":{"$ref":"#"}},
            "required":["a","b","c"]}"##;
        assert!(instance(wide).len() < 16 * MAX_VALUES);
        let many = r#"{"type":"array","minItems":1000000000,"items":{"type":"null"}}"#;
        assert_eq!(RawJson::parse(instance(many)).unwrap().items().unwrap().len(), 16);
        let huge = format!(r#"{{"const":"{}"}}"#, "x".repeat(MAX_SCHEMA));
        assert_eq!(instance(&huge), "{}");
    }
}
