//! The reference page of the configuration, `docs/CONFIG.md`.
//!
//! Made from what counts: keys and meanings are read from the source of the
//! configuration types, defaults from the types themselves. So the page cannot
//! say anything else than the code.

mod source;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use airside::server::GatewayConfig;

use source::{Member, Type};

/// A configuration file to begin with.
pub(crate) const EXAMPLE: &str = include_str!("../example.yaml");

/// Where the types of a configuration file are written.
const SOURCES: [&str; 2] = [
    include_str!("../../../../crates/airside-server/src/config.rs"),
    include_str!("../../../../crates/airside-providers/src/row/mod.rs"),
];

const INTRODUCTION: &str = include_str!("introduction.md");
const ENVIRONMENT: &str = include_str!("environment.md");

/// Writes the page.
pub(crate) fn page() -> String {
    let types = SOURCES.into_iter().flat_map(source::types).collect();
    let mut page = Page { types, defaults: defaults(), text: INTRODUCTION.to_owned() };
    let _ = write!(page.text, "\n```yaml\n{EXAMPLE}```\n");
    page.section("GatewayConfig", "", "");
    page.text + "\n" + ENVIRONMENT
}

struct Page {
    types: Vec<Type>,
    /// The value of every setting in an empty file, by its path.
    defaults: BTreeMap<String, String>,
    text: String,
}

impl Page {
    /// Writes the section of a struct and those of the structs within it.
    ///
    /// A struct without documentation has that of the field it is in.
    fn section(&mut self, name: &str, path: &str, doc: &str) {
        let Some(kind) = self.find(name) else { return };
        let title = if path.is_empty() { "Top level".to_owned() } else { format!("`{path}`") };
        let doc = if kind.doc.is_empty() { doc } else { &kind.doc };
        let mut text = format!("\n## {title}\n\n{doc}\n\n");
        text.push_str("| key | value | default | meaning |\n|---|---|---|---|\n");
        let mut within = Vec::new();
        for member in &kind.members {
            let path = join(path, &member.name);
            let meaning = member.doc.replace('\n', " ").replace('|', "\\|");
            let (value, default) = (self.value(&member.held), self.default(member, &path));
            // Writing to a String cannot fail.
            let _ = writeln!(text, "| `{}` | {value} | {default} | {meaning} |", member.name);
            let by_name = member.held.starts_with("BTreeMap<");
            let path = if by_name { join(&path, "NAME") } else { path };
            within.push((innermost(&member.held).to_owned(), path, member.doc.clone()));
        }
        self.text.push_str(&text);
        for (name, path, doc) in within {
            if self.find(&name).is_some_and(|kind| !kind.is_enum) {
                self.section(&name, &path, &doc);
            }
        }
    }

    fn find(&self, name: &str) -> Option<&Type> {
        self.types.iter().find(|kind| kind.name == name)
    }

    /// What a setting takes, in words.
    fn value(&self, held: &str) -> String {
        if let Some(held) = inside(held, "Option<") {
            return self.value(held);
        }
        if let Some(held) = inside(held, "Vec<") {
            return format!("list of {}", self.value(held));
        }
        if let Some(held) = inside(held, "BTreeMap<String, ") {
            return format!("{}, by name", self.value(held));
        }
        match (held, self.find(held)) {
            ("bool", _) => "`true` or `false`".to_owned(),
            ("u16" | "u32" | "u64" | "usize", _) => "number".to_owned(),
            ("PathBuf", _) => "path".to_owned(),
            ("EndpointRow", _) => "text or table".to_owned(),
            (_, None) => "text".to_owned(),
            (_, Some(kind)) if !kind.is_enum => "table".to_owned(),
            (_, Some(kind)) if kind.members.iter().any(|member| member.name.contains('(')) => {
                "text or table".to_owned()
            }
            (_, Some(kind)) => {
                let names = kind.members.iter().map(|member| format!("`{}`", snake(&member.name)));
                names.collect::<Vec<_>>().join(" or ")
            }
        }
    }

    /// What a setting is if it is left out. Where no value of an empty file
    /// tells, the documentation names the default first.
    fn default(&self, member: &Member, path: &str) -> String {
        let optional = ["Option<", "Vec<", "BTreeMap<", "String"];
        let code = |value: &str| format!("`{}`", value.trim_matches('"'));
        let kind = self.find(&member.held);
        match (self.defaults.get(path).map(String::as_str), member.doc.split('`').nth(1)) {
            (Some("None" | "[]" | "{}" | "\"\""), _) => "none".to_owned(),
            (Some(value), _) if kind.is_some() => code(&snake(value)),
            (Some(value), _) => code(value),
            _ if kind.is_some_and(|kind| !kind.is_enum) => String::new(),
            _ if optional.iter().any(|name| member.held.starts_with(name)) => "none".to_owned(),
            (None, Some(first)) => code(first),
            (None, None) => "required".to_owned(),
        }
    }
}

/// The type within a generic one.
fn inside<'a>(held: &'a str, generic: &str) -> Option<&'a str> {
    held.strip_prefix(generic)?.strip_suffix('>')
}

fn innermost(held: &str) -> &str {
    let within =
        ["Option<", "Vec<", "BTreeMap<String, "].iter().find_map(|name| inside(held, name));
    within.map_or(held, innermost)
}

/// `PascalCase` as configuration files spell it.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (at, letter) in name.char_indices() {
        if at > 0 && letter.is_uppercase() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// The value of every setting in an empty file, by its path, as `Debug` shows it.
fn defaults() -> BTreeMap<String, String> {
    let shown = format!("{:#?}", GatewayConfig::default());
    let mut defaults = BTreeMap::new();
    let mut path = Vec::new();
    for line in shown.lines() {
        let line = line.trim().trim_end_matches(',');
        match line.split_once(": ") {
            Some((name, value)) if value.ends_with(" {") => path.push(name),
            Some((name, value)) => {
                defaults.insert([&path[..], &[name]].concat().join("."), value.to_owned());
            }
            None if line == "}" => {
                path.pop();
            }
            None => {}
        }
    }
    defaults
}

#[cfg(test)]
mod tests {
    use airside::config::{Env, Format, load_str};

    use super::*;

    fn load(text: &str) -> Result<GatewayConfig, String> {
        let env = Env::from_map::<&str, &str>([]);
        let loaded = load_str(text, Format::Yaml, "test.yaml", &env);
        loaded.map(airside::config::Loaded::into_value).map_err(|error| error.to_string())
    }

    /// The keys of each section of the page.
    fn sections() -> BTreeMap<String, Vec<String>> {
        let page = page();
        let mut sections: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut title = String::new();
        for line in page.lines() {
            if let Some(heading) = line.strip_prefix("## ") {
                heading.trim_matches('`').clone_into(&mut title);
            } else if let Some(row) = line.strip_prefix("| `") {
                let key = row.split('`').next().unwrap().to_owned();
                sections.entry(title.clone()).or_default().push(key);
            }
        }
        sections.remove("Environment").unwrap();
        sections
    }

    #[test]
    fn the_page_lists_exactly_the_keys_that_are_accepted() {
        for (section, keys) in sections() {
            let path = section.replace("Top level", "");
            let tables: Vec<_> = path.split('.').filter(|name| !name.is_empty()).collect();
            let depth = tables.len();
            let mut text = String::new();
            for (depth, name) in tables.iter().enumerate() {
                let _ = writeln!(text, "{}{name}:", "  ".repeat(depth));
            }
            let _ = writeln!(text, "{}no_such_key_at_all: 1", "  ".repeat(depth));
            let error = load(&text).unwrap_err();
            let accepted =
                error.split("accepted here: ").nth(1).unwrap_or_else(|| panic!("{error}"));
            let accepted: Vec<_> = accepted.split('`').skip(1).step_by(2).collect();
            assert_eq!(keys, accepted, "{section}");
        }
    }

    #[test]
    fn every_section_and_setting_is_there_with_its_default() {
        let sections: Vec<_> = sections().into_keys().collect();
        assert_eq!(
            sections,
            [
                "Top level",
                "cors",
                "custom_hosts",
                "listen",
                "listen.tls",
                "log",
                "providers.NAME",
                "providers.NAME.quirks",
                "timeouts",
            ]
        );
        let page = page();
        for row in [
            "| `port` | number | `8787` | Port to listen on; `PORT` and `--port` win over it. |",
            "| `host` | text | `0.0.0.0` |",
            "| `max_body_bytes` | number | `67108864` |",
            "| `certificate` | path | required |",
            "| `format` | `json` or `pretty` | `pretty` |",
            "| `calls` | `true` or `false` | `true` |",
            "| `allow` | list of text | none |",
            "| `trusted` | list of text | none |",
            "| `keys` | text, by name | none |",
            "| `providers` | table, by name | none |",
            "| `listen` | table |  |",
            "| `base_url` | text | none |",
            "| `auth` | text or table | `bearer` |",
            "| `key` | text | `required` |",
            "| `max_tokens_field` | `max_tokens` or `max_completion_tokens` | `max_tokens` |",
        ] {
            assert!(page.contains(row), "{row}\n{page}");
        }
    }

    #[test]
    fn every_setting_says_what_it_means() {
        for line in page().lines().filter(|line| line.starts_with("| `")) {
            assert!(!line.ends_with("|  |"), "{line}");
        }
    }

    #[test]
    fn the_example_is_a_configuration_that_serves() {
        let config = load(EXAMPLE).unwrap();
        assert_eq!((config.listen.port, config.default_provider.as_deref()), (8787, Some("echo")));
        airside::server::Gateway::builder(config).build().unwrap();
    }
}
