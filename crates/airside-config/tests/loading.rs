//! What loads: one schema in three formats, substitution, and what is remembered about it.

use std::collections::BTreeMap;

use airside_config::{ConfigError, Env, Format, Loaded, Secret, load_file, load_str};
use serde::Deserialize;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Gateway {
    listen: Listen,
    #[serde(default)]
    targets: Vec<Target>,
    #[serde(default)]
    on_status: BTreeMap<u16, Action>,
    note: Option<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listen {
    host: String,
    port: u16,
    #[serde(default)]
    tls: bool,
    ratio: Option<f32>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    provider: String,
    api_key: Secret,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Action {
    Ignore,
    After(f64),
    Goto { name: String, times: Option<i32> },
}

const YAML: &str = r#"
listen: { host: "::1", port: 8787, tls: true, ratio: 1 }
targets:
  - provider: openai
    api_key: sk-1
on_status:
  429: { after: 1.5 }
  500: ignore
  503: { goto: { name: spare, times: -2 } }
note: ~
"#;

const TOML: &str = r#"
note = "x"
on_status.500 = "ignore"
[listen]
host = "::1"
port = 0x2253
tls = true
ratio = 1
[[targets]]
provider = "openai"
api_key = "sk-1"
[on_status]
429.after = 1.5
[on_status.503.goto]
name = "spare"
times = -2
"#;

const JSON: &str = r#"{
    "listen": {"host": "::1", "port": 8787, "tls": true, "ratio": 1},
    "targets": [{"provider": "openai", "api_key": "\u0073k-1"}],
    "on_status": {"429": {"after": 1.5}, "500": "ignore",
        "503": {"goto": {"name": "spare", "times": -2}}}
}"#;

fn expected() -> Gateway {
    let goto = Action::Goto { name: "spare".to_owned(), times: Some(-2) };
    Gateway {
        listen: Listen { host: "::1".to_owned(), port: 8787, tls: true, ratio: Some(1.0) },
        targets: vec![Target { provider: "openai".to_owned(), api_key: Secret::new("sk-1") }],
        on_status: [(429, Action::After(1.5)), (500, Action::Ignore), (503, goto)].into(),
        note: None,
    }
}

fn load<T: serde::de::DeserializeOwned>(text: &str, format: Format) -> Result<Loaded<T>, String> {
    let env = Env::from_map([
        ("PORT", "8787"),
        ("HOST", "::1"),
        ("EVIL", "x\nport: 1 # ]}"),
        ("PASSWD_FILE", "/etc/passwd"),
        ("YES", "true"),
        ("RATIO", " 0.5 "),
    ]);
    load_str(text, format, "test", &env).map_err(|error| error.to_string())
}

#[test]
fn one_schema_serves_every_format() {
    for (text, format) in
        [(YAML, Format::Yaml), (JSON, Format::Json), (&JSON.replace("    ", "\t"), Format::Json)]
    {
        assert_eq!(load::<Gateway>(text, format).map(Loaded::into_value), Ok(expected()));
    }
    // A dotted key and a table header may not both define a table; so say the TOML rules.
    let toml = TOML
        .replace("on_status.500 = \"ignore\"\n", "")
        .replace("429.after", "500 = \"ignore\"\n429.after");
    let note = Some("x".to_owned());
    let loaded = load::<Gateway>(&toml, Format::Toml).map(Loaded::into_value);
    assert_eq!(loaded, Ok(Gateway { note, ..expected() }));
}

#[test]
fn replaced_text_becomes_what_the_type_asks_for() {
    for (text, format) in [
        ("host: ${HOST}\nport: ${PORT}\ntls: ${YES}\nratio: ${RATIO}\n", Format::Yaml),
        ("host: ${HOST}\nport: 87${X:-87}\ntls: ${X:-true}\nratio: ${X:-0.5}\n", Format::Yaml),
        ("host='${HOST}'\nport='${PORT}'\ntls='${YES}'\nratio='${RATIO}'", Format::Toml),
        (r#"{"host":"${HOST}","port":"${PORT}","tls":"${YES}","ratio":"${RATIO}"}"#, Format::Json),
    ] {
        let expected = Listen { host: "::1".to_owned(), port: 8787, tls: true, ratio: Some(0.5) };
        assert_eq!(load(text, format).map(Loaded::into_value), Ok(expected), "{text}");
    }
}

#[test]
fn replaced_text_stays_text_where_text_is_asked_for() {
    for (text, value) in [
        ("{host: '${PORT}', port: 1}", "8787"),
        ("{host: '${EVIL}', port: 1}", "x\nport: 1 # ]}"),
        ("{host: '$${PORT}', port: 1}", "${PORT}"),
        ("{host: 'a ${X:-b} c', port: 1}", "a b c"),
        ("{host: '${PASSWD_FILE}', port: 1}", "/etc/passwd"),
        ("{host: /etc/passwd, port: 1}", "/etc/passwd"),
        ("{host: ./Cargo.toml, port: 1}", "./Cargo.toml"),
        ("{host: no, port: 1}", "no"),
        ("{host: 2026-11-20, port: 1}", "2026-11-20"),
    ] {
        let loaded = load::<Listen>(text, Format::Yaml).map(|loaded| loaded.into_value().host);
        assert_eq!(loaded, Ok(value.to_owned()), "{text}");
    }
}

#[test]
fn keys_are_never_replaced() {
    let loaded = load::<BTreeMap<String, u8>>("${PORT}: 1\n", Format::Yaml);
    assert_eq!(loaded.map(Loaded::into_value), Ok([("${PORT}".to_owned(), 1)].into()));
}

#[test]
fn an_empty_text_is_an_empty_map() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    #[derive(Default)]
    struct AllOptional {
        name: Option<String>,
    }
    for (text, format) in [
        ("", Format::Yaml),
        ("# nothing yet\n", Format::Yaml),
        ("", Format::Toml),
        ("{}", Format::Json),
        ("\u{feff}", Format::Toml),
    ] {
        let loaded = load::<AllOptional>(text, format).map(Loaded::into_value);
        assert_eq!(loaded, Ok(AllOptional::default()), "{text:?}");
    }
}

#[test]
fn secret_files_are_read_and_trimmed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let key = folder.path().join("key");
    std::fs::write(&key, " sk-from-file\n\n").expect("writable");
    let config = folder.path().join("airside.YAML");
    let text = format!("provider: openai\napi_key: ${{file:{}}}\n", key.display());
    std::fs::write(&config, text).expect("writable");

    let loaded = load_file::<Target>(&config, &Env::process()).expect("it loads");
    assert_eq!(loaded.value().api_key.expose(), "sk-from-file");
    assert_eq!(loaded.secret_files().collect::<Vec<_>>(), [key.as_path()]);
    assert!(!format!("{loaded:?}").contains("sk-from-file"));
}

#[test]
fn a_secret_file_that_is_no_secret_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let large = folder.path().join("large");
    std::fs::write(&large, "x".repeat(70_000)).expect("writable");
    for (path, reason) in [
        (large.display().to_string(), "larger than 65536 bytes"),
        (folder.path().join("absent").display().to_string(), "No such file"),
        ("key".to_owned(), "not absolute"),
    ] {
        let text = format!("provider: openai\napi_key: ${{file:{path}}}\n");
        let error = load::<Target>(&text, Format::Yaml).expect_err("refused");
        assert!(error.starts_with("test:2:10: cannot read the file of `${file:"), "{error}");
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn files_that_cannot_be_configuration_are_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("binary.toml"), [0xff, 0xfe]).expect("writable");
    std::fs::write(path("huge.yaml"), " ".repeat(17 * 1024 * 1024)).expect("writable");
    let refusal = |name: &str| load_file::<Listen>(path(name), &Env::process());
    assert!(matches!(refusal("airside.ini"), Err(ConfigError::UnknownFormat { .. })));
    assert!(matches!(refusal("airside"), Err(ConfigError::UnknownFormat { .. })));
    assert!(matches!(refusal("absent.yaml"), Err(ConfigError::Read { .. })));
    assert!(matches!(refusal("binary.toml"), Err(ConfigError::Read { .. })));
    assert!(matches!(refusal("huge.yaml"), Err(ConfigError::TooLarge { .. })));
}

#[test]
fn later_checks_complain_with_the_line() {
    let text = "listen:\n  host: a\n  port: 1\ntargets:\n- provider: x\n  api_key: sk-1\n";
    let loaded = load::<Gateway>(text, Format::Yaml).expect("it loads");
    for (path, expected) in [
        ("listen.port", "test:3:9: is taken\n  |\n3 |   port: 1\n  |         ^"),
        ("targets[0].provider", "test:5:13: is taken\n  |\n5 | - provider: x\n  |             ^"),
        ("targets[0].api_key", "test:6:12: is taken\n  |\n6 |   api_key: …"),
        ("targets[0].weight", "test:5:3: is taken\n  |\n5 | - provider: x\n  |   ^^^^^^^^^^^"),
    ] {
        assert_eq!(loaded.refuse(path, "is taken").to_string(), expected);
        assert_eq!(loaded.refuse(path, "is taken").path, path);
    }
}

#[test]
fn what_was_referred_to_is_known() {
    let text = "host: ${HOST}${X:-}\nport: ${PORT}\n";
    let loaded = load::<Listen>(text, Format::Yaml).expect("it loads");
    assert_eq!(loaded.variables().collect::<Vec<_>>(), ["HOST", "PORT", "X"]);
    assert_eq!(loaded.name(), "test");
}
