//! Renders the provider table as the reference page `docs/PROVIDERS.md`.
//!
//! Invariant: the same table gives the same text, byte for byte, so that CI can
//! tell when the page is out of date.

use std::fmt::Write;

use airside_schema::Operation;

use crate::registry::Registry;
use crate::spec::{AuthScheme, KeyNeed, ProviderSpec, Status};

const INTRODUCTION: &str = "\
# Providers

<!-- Generated from crates/airside-providers/data/providers.toml. Do not edit. -->

Name a provider by its id or one of its other names. Besides the endpoints
listed, every provider that is served answers any other path through the
authenticated proxy. Being listed is no endorsement, and most base URLs come
from public catalogs: they were not called.
";

/// Writes the reference page of every provider in the registry.
pub fn render(registry: &Registry) -> String {
    let mut page = String::from(INTRODUCTION);
    for (status, title) in [
        (Status::Stable, "Served"),
        (Status::Doubtful, "Served, facts doubtful"),
        (Status::ProxyOnly, "Through the proxy only"),
        (Status::Unserved, "Known, not served"),
    ] {
        let specs: Vec<_> = registry.iter().filter(|spec| spec.status == status).collect();
        if specs.is_empty() {
            continue;
        }
        page.push_str(&format_heading(title, specs.len()));
        for spec in specs {
            page.push_str(&format_row(spec));
        }
    }
    page
}

fn format_heading(title: &str, count: usize) -> String {
    format!(
        "\n## {title} ({count})\n\n\
         | id | name | other names | endpoints | key | base URL |\n|---|---|---|---|---|---|\n"
    )
}

fn format_row(spec: &ProviderSpec) -> String {
    let name = match &spec.docs {
        Some(docs) => format!("[{}]({docs})", escape(&spec.name)),
        None => escape(&spec.name),
    };
    let url = match &spec.base_url {
        Some(base) => format!("`{}{}`", base.as_str(), spec.version_path),
        None if spec.status == Status::Unserved => "none".to_owned(),
        None => "yours, as `custom_host`".to_owned(),
    };
    let note = spec.note.as_deref().map(|note| format!("<br>{}", escape(note)));
    format!(
        "| `{}` | {name} | {} | {} | {} | {url}{} |\n",
        spec.id,
        list(spec.aliases.iter().map(|alias| format!("`{alias}`"))),
        format_endpoints(spec),
        format_key(spec),
        note.unwrap_or_default(),
    )
}

/// Each operation once, the dialects behind it if they are not the usual one.
fn format_endpoints(spec: &ProviderSpec) -> String {
    let listed = spec.endpoints.iter().filter(|endpoint| !endpoint.path.is_empty());
    list(listed.map(|endpoint| {
        let mut text = endpoint.operation.to_string();
        let forwarded = endpoint.operation == Operation::Models;
        if !forwarded && !endpoint.dialect.as_str().starts_with("openai.") {
            let _ = write!(text, " ({})", endpoint.dialect);
        }
        text
    }))
}

fn format_key(spec: &ProviderSpec) -> String {
    let place = match &spec.auth {
        _ if spec.status == Status::Unserved => return "none".to_owned(),
        AuthScheme::None => return "none".to_owned(),
        AuthScheme::Bearer => String::new(),
        AuthScheme::Header(name) => format!(" in `{name}`"),
        AuthScheme::Query(name) => format!(" in the query (`{name}`)"),
    };
    let variables = list(spec.env.iter().map(|name| format!("`{name}`")));
    match (spec.key, variables.is_empty()) {
        (KeyNeed::Optional, true) => format!("optional{place}"),
        (KeyNeed::Optional, false) => format!("optional: {variables}{place}"),
        (KeyNeed::Required, true) => format!("required{place}"),
        (KeyNeed::Required, false) => format!("{variables}{place}"),
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

fn escape(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_stands_on_the_page_once() {
        let registry = Registry::builtin();
        let page = render(&registry);
        for spec in registry.iter() {
            let rows = page.lines().filter(|line| line.starts_with(&format!("| `{}` |", spec.id)));
            assert_eq!(rows.count(), 1, "{}", spec.id);
        }
        assert!(
            page.lines()
                .filter(|line| line.starts_with('|'))
                .all(|line| { line.replace("\\|", "").matches('|').count() == 7 })
        );
    }

    #[test]
    fn a_row_shows_what_one_needs_to_call_it() {
        let page = render(&Registry::builtin());
        let line = page.lines().find(|line| line.starts_with("| `anthropic` |")).unwrap();
        for part in [
            "[Anthropic](https://docs.anthropic.com",
            "chat (anthropic.messages), count_tokens (anthropic.count_tokens), models",
            "`ANTHROPIC_API_KEY` in `x-api-key`",
            "`https://api.anthropic.com/v1`",
        ] {
            assert!(line.contains(part), "{part} in {line}");
        }
    }

    #[test]
    fn the_page_is_the_same_every_time() {
        let page = render(&Registry::builtin());
        let copied = Registry::builtin().with([]).unwrap();
        assert_eq!(page, render(&copied));
    }
}
