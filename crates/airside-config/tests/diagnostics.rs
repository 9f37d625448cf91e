//! What does not load: each complaint says where, what, and what to do, and shows no secret.

use std::collections::BTreeMap;

use airside_config::{Env, Format, Secret, load_str};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its shape matters here")]
struct Gateway {
    listen: Option<Listen>,
    #[serde(default)]
    targets: Vec<Target>,
    on: Option<On>,
    strategy: Option<Strategy>,
    codes: Option<BTreeMap<u16, String>>,
    pair: Option<(u8, u8)>,
    even: Option<Even>,
    empty: Option<Empty>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its shape matters here")]
struct Listen {
    host: String,
    port: u16,
    #[serde(default)]
    tls: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its shape matters here")]
struct Target {
    provider: String,
    api_key: Option<Secret>,
    api_keys: Option<Vec<u8>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(dead_code, reason = "only its shape matters here")]
enum On {
    Nothing,
    After(u8),
    Goto { name: String },
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Strategy {
    Single,
    Fallback,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Empty {}

/// A type with its own words.
#[derive(Debug)]
struct Even;

impl<'de> Deserialize<'de> for Even {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Err(serde::de::Error::custom(format_args!("`{text}` is not an even number")))
    }
}

fn complaint(text: &str, format: Format) -> String {
    let env = Env::from_map([("TEXT", "sk-live-77"), ("LARGE", "70000")]);
    match load_str::<Gateway>(text, format, "f", &env) {
        Ok(loaded) => format!("loaded {:?}", loaded.value()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn yaml_complaints_name_place_fault_and_remedy() {
    for (text, expected) in [
        (
            "targets:\n  - provder: openai\n",
            "f:2:5: unknown key `provder` in `targets[0]`\n  |\n2 |   - provder: …\n  |     ^^^^^^^\n  \
             = did you mean `provider`?\n  = accepted here: `provider`, `api_key`, `api_keys`",
        ),
        (
            "listen:\n  host: h\n  port: eighty\n",
            "f:3:9: expected a whole number from 0 to 65535 in `listen.port`, found a string\n  |\n\
             3 |   port: eighty\n  |         ^^^^^^\n  = write the number without quotes",
        ),
        (
            "listen: {host: 5, port: 1}",
            "f:1:16: expected a string in `listen.host`, found a whole number\n  |\n\
             1 | listen: {host: 5, port: 1}\n  |                ^^^^^^^^^^^\n  = put the value in quotes",
        ),
        (
            "listen:\n  host: h\n  port: 70000\n",
            "f:3:9: the value is out of range in `listen.port`: expected a whole number from 0 to \
             65535\n  |\n3 |   port: 70000\n  |         ^^^^^",
        ),
        (
            "listen:\n  host: h\n",
            "f:2:3: missing key `port` in `listen`\n  |\n2 |   host: h\n  |   ^^^^^^^",
        ),
        (
            "strategy: falback\n",
            "f:1:11: `falback` is not an accepted value in `strategy`\n  |\n1 | strategy: falback\n  \
             |           ^^^^^^^\n  = did you mean `fallback`?\n  = accepted here: `single`, `fallback`",
        ),
        (
            "on: {aftr: 5}",
            "f:1:6: `aftr` is not an accepted value in `on`\n  |\n1 | on: {aftr: …\n  |      \
             ^^^^\n  = did you mean `after`?\n  = accepted here: `nothing`, `after`, `goto`",
        ),
        (
            "on: {after: 5, goto: 1}",
            "f:1:5: expected a map with one key in `on`, found 2 keys\n  |\n\
             1 | on: {after: 5, goto: 1}\n  |     ^^^^^^^^^^^^^^^^^^^",
        ),
        (
            "on: {nothing: 1}",
            "f:1:15: no value is accepted in `on.nothing`\n  |\n\
             1 | on: {nothing: 1}\n  |               ^^",
        ),
        (
            "codes:\n  4x9: a\n",
            "f:2:3: expected a whole number from 0 to 65535 in `codes`, found a string\n  |\n\
             2 |   4x9: …\n  |   ^^^\n  = write the number without quotes",
        ),
        (
            "pair: [1]\n",
            "f:1:7: 1 items, expected a tuple of size 2 in `pair`\n  |\n1 | pair: [1]\n  |       ^^^",
        ),
        (
            "even: odd\n",
            "f:1:7: `odd` is not an even number in `even`\n  |\n1 | even: odd\n  |       ^^^",
        ),
        (
            "empty: {x: 1}",
            "f:1:9: unknown key `x` in `empty`\n  |\n1 | empty: {x: …\n  |         ^\n  \
             = no key is accepted here",
        ),
        ("- a\n", "f:1:1: expected a map, found a list\n  |\n1 | - a\n  | ^^^"),
        (
            "a: 1\na: 2\n",
            "f:2:1: the key `a` stands here for the second time\n  |\n2 | a: 2\n  | ^",
        ),
        (
            "a: 1\n---\nb: 1\n",
            "f:3:1: several YAML documents in one file; one is accepted\n  |\n3 | b: 1\n  | ^",
        ),
    ] {
        assert_eq!(complaint(text, Format::Yaml), expected, "{text}");
    }
}

#[test]
fn toml_complaints_have_the_same_form() {
    for (text, expected) in [
        (
            "[[targets]]\nprovder = 'openai'\n",
            "f:2:1: unknown key `provder` in `targets[0]`\n  |\n2 | provder = …\n  | ^^^^^^^\n  \
             = did you mean `provider`?\n  = accepted here: `provider`, `api_key`, `api_keys`",
        ),
        (
            "[listne]\nport = 1\n",
            "f:1:2: unknown key `listne`\n  |\n1 | [listne]\n  |  ^^^^^^\n  = did you mean `listen`?\n  \
             = accepted here: `listen`, `targets`, `on`, `strategy`, `codes`, `pair`, `even`, `empty`",
        ),
        (
            "[listen]\nhost = 'ü'\nport = '80'\n",
            "f:3:8: expected a whole number from 0 to 65535 in `listen.port`, found a string\n  |\n\
             3 | port = '80'\n  |        ^^^^\n  = write the number without quotes",
        ),
        ("a = 1\na = 2\n", "f:2:1: duplicate key\n  |\n2 | a = 2\n  | ^"),
        (
            "pair = [1e999, 2]",
            "f:1:9: number out of range\n  |\n1 | pair = [1e999, 2]\n  |         ^",
        ),
    ] {
        assert_eq!(complaint(text, Format::Toml), expected, "{text}");
    }
}

#[test]
fn every_missing_variable_is_named_at_once() {
    let text =
        "listen:\n  host: ${HOST}\n  port: 1\ntargets:\n  - provider: p\n    api_key: ${KEY}\n";
    assert_eq!(
        complaint(text, Format::Yaml),
        "f:2:9: environment variable `HOST` is not set\n  |\n2 |   host: ${HOST}\n  |         ^^^^^^^\n  \
         = set it, or give a default: `${HOST:-default}`\n\
         f:6:14: environment variable `KEY` is not set\n  |\n6 |     api_key: …\n  \
         = set it, or give a default: `${KEY:-default}`",
    );
}

#[test]
fn values_of_the_environment_are_shown_as_they_were_written() {
    for (text, expected) in [
        (
            "listen: {host: h, port: '${TEXT}'}",
            "f:1:25: expected a whole number from 0 to 65535 in `listen.port`, found a string\n  |\n\
             1 | listen: {host: h, port: '${TEXT}'}\n  |                         ^^^^^^^^^^\n  \
             = the value comes from `${TEXT}`",
        ),
        (
            "strategy: ${TEXT}",
            "f:1:11: `${TEXT}` is not an accepted value in `strategy`\n  |\n1 | strategy: ${TEXT}\n  \
             |           ^^^^^^^\n  = accepted here: `single`, `fallback`",
        ),
        (
            "even: a${TEXT}",
            "f:1:7: `a${TEXT}` is not an even number in `even`\n  |\n1 | even: a${TEXT}\n  |       ^^^^^^^^",
        ),
        (
            "listen: {host: h, port: '${LARGE}'}",
            "f:1:25: the value is out of range in `listen.port`: expected a whole number from 0 to \
             65535\n  |\n1 | listen: {host: h, port: '${LARGE}'}\n  |                         ^^^^^^^^^^^",
        ),
    ] {
        assert_eq!(complaint(text, Format::Yaml), expected, "{text}");
    }
}

#[test]
fn no_complaint_shows_a_secret() {
    for (text, format) in [
        ("targets:\n- provider: p\n  apikey: sk-live-77\n", Format::Yaml),
        ("targets:\n- provider: p\n  api_kye: sk-live-77\n", Format::Yaml),
        ("targets:\n- provider: p\n  api_key: [sk-live-77]\n", Format::Yaml),
        ("targets:\n- provider: p\n  api_keys:\n  - sk-live-77\n", Format::Yaml),
        ("targets:\n- provider: p\n  api_keys: sk-live-77\n", Format::Yaml),
        ("targets: [{api_key: sk-live-77, provider: 5}]", Format::Yaml),
        ("targets: [{api_key: sk-live-77, modle: 5}]", Format::Yaml),
        ("targets: [{api_key: \"sk-live-77}]\n", Format::Yaml),
        ("targets:\n- api_key: sk-live-77: x\n", Format::Yaml),
        ("{\"targets\": [{\"api_key\": \"sk-live-77\", \"modle\": 5}]}", Format::Json),
        ("[[targets]]\napi_key = \"sk-live-77\n", Format::Toml),
        ("[[targets]]\napi_key = sk-live-77\n", Format::Toml),
        ("[[targets]]\napi_keys = [\n'sk-live-77']\nprovider='p'", Format::Toml),
        ("even: ${TEXT}", Format::Yaml),
        ("codes: {a: '${TEXT}', '${TEXT}': b}", Format::Yaml),
    ] {
        let complaint = complaint(text, format);
        assert!(complaint.starts_with("f:"), "{complaint}");
        assert!(!complaint.contains("live"), "{text}\n{complaint}");
    }
}

#[test]
fn hostile_documents_are_refused_without_harm() {
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(9000), close.repeat(9000));
    let bomb = (1..12).fold("a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, n| {
        let reference = format!("*a{}", n - 1);
        text + &format!("a{n}: &a{n} [{}]\n", [reference.as_str(); 9].join(","))
    });
    for (text, format) in [
        (deep("[", "]"), Format::Yaml),
        (deep("{a: ", "}"), Format::Yaml),
        (deep("[", "]"), Format::Json),
        (format!("a = {}", deep("[", "]")), Format::Toml),
        (format!("a = {}", deep("{a=", "}")), Format::Toml),
        (format!("{} = 1", vec!["a"; 9000].join(".")), Format::Toml),
        (format!("[{}]", vec!["a"; 9000].join(".")), Format::Toml),
        (bomb, Format::Yaml),
        ("a: *a\n".to_owned(), Format::Yaml),
        ("&a [*a]".to_owned(), Format::Yaml),
        ("\u{0}".to_owned(), Format::Yaml),
        ("? {a: b}\n: c".to_owned(), Format::Yaml),
        ("1: a\n'1': b\n".to_owned(), Format::Yaml),
        ("a: .nan".to_owned(), Format::Yaml),
        ("a = nan".to_owned(), Format::Toml),
    ] {
        let complaint = complaint(&text, format);
        assert!(complaint.starts_with("f:"), "{complaint}");
    }
}
