//! `airside providers`: the built-in table for people.

use std::fmt::Write as _;

use airside::config::suggest;
use airside::providers::{AuthScheme, ProviderSpec, Registry, markdown};

/// The reference page.
pub(crate) fn page() -> String {
    markdown::render(&Registry::builtin())
}

/// One line a provider: id, status, where it is.
pub(crate) fn list() -> String {
    let registry = Registry::builtin();
    let width = registry.iter().map(|spec| spec.id.len()).max().unwrap_or(0);
    registry.iter().fold(String::new(), |mut text, spec| {
        // Writing to a String cannot fail.
        let status = spec.status.to_string();
        let _ = writeln!(text, "{:width$}  {status:10}  {}", spec.id, url(spec));
        text
    })
}

/// Everything about one provider.
pub(crate) fn one(name: &str) -> Result<String, String> {
    let registry = Registry::builtin();
    let spec = registry.get(name).ok_or_else(|| unknown(name, &registry))?;
    let mut text = String::new();
    let mut line = |key: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{key:<12}{value}");
        }
    };
    line("id", &spec.id);
    line("name", &spec.name);
    line("also", &spec.aliases.join(", "));
    line("status", &spec.status.to_string());
    line("base URL", &url(spec));
    line("key", &key(spec));
    line("key from", &spec.env.join(", "));
    for endpoint in spec.endpoints.iter().filter(|endpoint| !endpoint.path.is_empty()) {
        line(
            "endpoint",
            &format!("{} as {} at {}", endpoint.operation, endpoint.dialect, endpoint.path),
        );
    }
    line("note", spec.note.as_deref().unwrap_or_default());
    line("docs", spec.docs.as_deref().unwrap_or_default());
    Ok(text)
}

fn url(spec: &ProviderSpec) -> String {
    match &spec.base_url {
        Some(base) => base.as_str().to_owned(),
        None => "-".to_owned(),
    }
}

fn key(spec: &ProviderSpec) -> String {
    match &spec.auth {
        AuthScheme::None => "none".to_owned(),
        AuthScheme::Bearer => "in `authorization`, as a bearer token".to_owned(),
        AuthScheme::Header(name) => format!("in `{name}`"),
        AuthScheme::Query(name) => format!("in the query, as `{name}`"),
        _ => "in a way of its own".to_owned(),
    }
}

fn unknown(name: &str, registry: &Registry) -> String {
    let near = suggest::closest(name, registry.iter().map(|spec| &*spec.id));
    let hint = near.map(|id| format!("; did you mean `{id}`?")).unwrap_or_default();
    format!("airside: there is no provider `{name}`{hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_is_listed_and_can_be_shown() {
        let list = list();
        for spec in Registry::builtin().iter() {
            assert!(
                list.lines().any(|line| line.split(' ').next() == Some(&spec.id)),
                "{}",
                spec.id
            );
            assert!(one(&spec.id).unwrap().contains(&*spec.name));
        }
    }

    #[test]
    fn one_provider_shows_what_is_needed_to_call_it() {
        let text = one("claude").or_else(|_| one("anthropic")).unwrap();
        for part in ["https://api.anthropic.com/v1", "x-api-key", "ANTHROPIC_API_KEY", "/messages"]
        {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn a_misspelt_name_gets_a_hint() {
        assert!(one("antropic").unwrap_err().contains("did you mean `anthropic`?"));
        assert!(!one("zzzzzzzz").unwrap_err().contains("did you mean"));
    }
}
