//! Reads a table of rows: TOML with one `[provider.ID]` per provider.
//!
//! Holds the embedded table as well. Reading it is the only work at start-up,
//! and it happens once, when first asked for. Invariant: an error names the row
//! it is about, and within the table no name means two providers.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use crate::error::RowError;
use crate::row::Row;
use crate::spec::ProviderSpec;

/// The rows that come with the gateway.
pub(crate) const BUILTIN: &str = include_str!("../data/providers.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    provider: BTreeMap<String, Row>,
}

/// Reads a table in TOML and checks every row.
pub(crate) fn parse(text: &str) -> Result<Vec<ProviderSpec>, RowError> {
    let table: Table =
        toml::from_str(text).map_err(|error| RowError::new(row_at(text, error.span()), error))?;
    specs(table.provider)
}

/// Checks rows, each on its own and all against each other.
pub(crate) fn specs(
    rows: impl IntoIterator<Item = (String, Row)>,
) -> Result<Vec<ProviderSpec>, RowError> {
    let specs: Vec<_> =
        rows.into_iter().map(|(id, row)| row.into_spec(&id)).collect::<Result<_, _>>()?;
    check_names(&specs)?;
    Ok(specs)
}

fn check_names(specs: &[ProviderSpec]) -> Result<(), RowError> {
    let mut owners: HashMap<&str, &str> = HashMap::with_capacity(specs.len() * 2);
    for spec in specs {
        for name in std::iter::once(&spec.id).chain(&spec.aliases) {
            if let Some(owner) = owners.insert(name, &spec.id) {
                let reason = format!("the name `{name}` already means provider `{owner}`");
                return Err(RowError::new(&spec.id, reason));
            }
        }
    }
    Ok(())
}

/// The id of the row that a position of the text lies in, or `?`.
fn row_at(text: &str, span: Option<std::ops::Range<usize>>) -> &str {
    let before = span.and_then(|span| text.get(..=span.start)).unwrap_or_default();
    before
        .lines()
        .rev()
        .find_map(|line| line.strip_prefix("[provider."))
        .and_then(|rest| rest.split([']', '.']).next())
        .unwrap_or("?")
}

#[cfg(test)]
mod tests {
    use airside_schema::{DialectId, Operation};

    use super::*;
    use crate::spec::{AuthScheme, KeyNeed, Status};
    use crate::url::BaseUrl;

    #[test]
    fn a_row_of_a_base_url_is_an_openai_compatible_provider() {
        let specs = parse("[provider.mine]\nbase_url = \"http://127.0.0.1:8000/v1\"").unwrap();
        let spec = &specs[0];
        assert_eq!((&*spec.id, &*spec.name, spec.status), ("mine", "mine", Status::Stable));
        assert_eq!((&spec.auth, spec.key), (&AuthScheme::Bearer, KeyNeed::Required));
        let offered: Vec<_> = spec.endpoints.iter().map(|e| (e.operation, &*e.path)).collect();
        let expected = [
            (Operation::Chat, "/chat/completions"),
            (Operation::Models, "/models"),
            (Operation::Proxy, ""),
        ];
        assert_eq!(offered, expected);
    }

    #[test]
    fn the_version_path_goes_before_usual_paths_only() {
        let text = r#"[provider.mine]
            base_url = "https://a.example"
            version_path = "/v1"
            endpoints = ["chat", { operation = "chat", dialect = "anthropic.messages", path = "/anthropic/v1/messages" }]"#;
        let spec = parse(text).unwrap().remove(0);
        let paths: Vec<_> = spec.endpoints.iter().map(|e| (e.dialect, &*e.path)).collect();
        let expected = [
            (DialectId::OPENAI_CHAT, "/v1/chat/completions"),
            (DialectId::ANTHROPIC_MESSAGES, "/anthropic/v1/messages"),
            (DialectId::OPENAI_OTHER, ""),
        ];
        assert_eq!(paths, expected);
    }

    #[test]
    fn a_bad_row_is_named_together_with_what_is_wrong() {
        let cases = [
            ("base = \"https://x.example\"", "unknown field `base`"),
            ("base_url = 3", "invalid type"),
            ("base_url = \"x.example/v1\"", "base_url: the base URL is not an absolute URL"),
            ("base_url = \"https://k:s@x.example\"", "credentials"),
            ("version_path = \"v1\"", "version_path: the path does not begin with a slash"),
            ("version_path = \"/v1/\"", "version_path: ends with a slash"),
            ("auth = \"basic\"", "unknown variant `basic`"),
            ("auth = { header = \"x api key\" }", "`x api key` is not a header name"),
            ("auth = { query = \"a&b\" }", "`a&b` is no name of a query parameter"),
            ("auth = \"none\"\nenv = [\"X_API_KEY\"]", "env has no meaning"),
            ("endpoints = [\"chats\"]", "no usual endpoint `chats`; known: chat, completions"),
            ("endpoints = [\"proxy\"]", "no usual endpoint `proxy`"),
            ("endpoints = [7]", "the name of a usual endpoint"),
            ("endpoints = [{ operation = \"chat\", path = \"/x\" }]", "missing field `dialect`"),
            (
                "endpoints = [{ operation = \"sing\", dialect = \"openai.chat\", path = \"/x\" }]",
                "no operation `sing`",
            ),
            (
                "endpoints = [{ operation = \"chat\", dialect = \"open\", path = \"/x\" }]",
                "no dialect `open`; known: openai.chat",
            ),
            (
                "endpoints = [{ operation = \"chat\", dialect = \"openai.chat\", path = \"/../x\" }]",
                "segment",
            ),
            (
                "status = \"unserved\"\nendpoints = [\"chat\"]",
                "no meaning when status is \"unserved\"",
            ),
            ("headers = { \"x-a\" = \"1\\r\\nx-b: 2\" }", "not printable ASCII"),
            ("credential_headers = { \"a b\" = \"x-a\" }", "no name of an option"),
            ("quirks = { max_tokens_field = \"tokens\" }", "unknown variant `tokens`"),
            ("quirks = { renames = {} }", "unknown field `renames`"),
            ("aliases = [\"a/b\"]", "`a/b` is no provider name"),
            ("aliases = [\"good\"]", "the name `good` already means provider `good`"),
        ];
        for (line, reason) in cases {
            let text = format!(
                "[provider.good]\nbase_url = \"https://g.example\"\n\n[provider.mine]\n{line}\n\n[provider.z]\n"
            );
            let error = parse(&text).expect_err(line).to_string();
            assert!(error.starts_with("provider `mine`: "), "{line}: {error}");
            assert!(error.contains(reason), "{line}: {error}");
        }
    }

    #[test]
    fn a_fault_outside_every_row_names_none() {
        assert_eq!(&*parse("providers = 3").unwrap_err().row, "?");
    }

    #[test]
    fn every_built_in_row_is_complete() {
        let specs = parse(BUILTIN).unwrap();
        for spec in &specs {
            let id = &spec.id;
            let served = spec.status != Status::Unserved;
            assert_eq!(served, !spec.endpoints.is_empty(), "{id}: what it offers");
            let has_note = spec.note.is_some();
            assert!(
                spec.status == Status::Stable || has_note,
                "{id}: {} without a note",
                spec.status
            );
            if spec.base_url.is_none() {
                assert!(has_note, "{id}: no base URL and no note");
            }
            if spec.key == KeyNeed::Required && served {
                assert!(!spec.env.is_empty(), "{id}: needs a key, but no variable may hold it");
            }
            let mut offered: Vec<_> =
                spec.endpoints.iter().map(|e| (e.operation, e.dialect)).collect();
            offered.dedup();
            assert_eq!(offered.len(), spec.endpoints.len(), "{id}: the same endpoint twice");
        }
        assert!(specs.len() >= 150, "only {} rows", specs.len());
    }

    #[test]
    fn every_built_in_endpoint_has_a_url_below_its_base() {
        let custom = BaseUrl::parse("http://127.0.0.1:9/base").unwrap();
        for spec in parse(BUILTIN).unwrap() {
            for endpoint in spec.endpoints.iter().filter(|e| e.operation != Operation::Proxy) {
                let url = spec.endpoint_url(endpoint, Some(&custom), None).unwrap().to_string();
                assert_eq!(url, format!("http://127.0.0.1:9/base{}", endpoint.path));
                let Some(base) = &spec.base_url else { continue };
                let url = spec.endpoint_url(endpoint, None, None).unwrap().to_string();
                assert_eq!(url, format!("{}{}", base.as_str(), endpoint.path));
                assert!(!url.contains("/v1/v1/"), "{url}");
            }
        }
    }

    #[test]
    fn no_secret_is_sent_over_plain_http_beyond_this_machine() {
        for spec in parse(BUILTIN).unwrap() {
            let Some(base) = &spec.base_url else { continue };
            let local = matches!(base.host(), "localhost" | "127.0.0.1" | "local");
            assert!(base.scheme() == "https" || local, "{}: {}", spec.id, base.as_str());
        }
    }

    #[test]
    fn well_known_providers_are_called_where_they_are() {
        let cases = [
            ("openai", "https://api.openai.com/v1/chat/completions", "/v1/chat/completions"),
            ("anthropic", "https://api.anthropic.com/v1/messages", "/v1/messages"),
            ("mistral-ai", "https://api.mistral.ai/v1/chat/completions", "/v1/chat/completions"),
            (
                "groq",
                "https://api.groq.com/openai/v1/chat/completions",
                "/openai/v1/chat/completions",
            ),
            ("x-ai", "https://api.x.ai/v1/chat/completions", "/v1/chat/completions"),
            ("perplexity-ai", "https://api.perplexity.ai/chat/completions", "/chat/completions"),
            ("ollama", "http://localhost:11434/v1/chat/completions", "/v1/chat/completions"),
            ("deepseek", "https://api.deepseek.com/v1/chat/completions", "/v1/chat/completions"),
            ("together-ai", "https://api.together.xyz/v1/chat/completions", "/v1/chat/completions"),
            (
                "openrouter",
                "https://openrouter.ai/api/v1/chat/completions",
                "/api/v1/chat/completions",
            ),
            ("cerebras", "https://api.cerebras.ai/v1/chat/completions", "/v1/chat/completions"),
        ];
        // What a custom host has to end with to stand for the base URL.
        let suffix = |id: &str| match id {
            "groq" => "/openai/v1",
            "perplexity-ai" | "ollama" | "deepseek" | "together-ai" => "",
            "openrouter" => "/api",
            _ => "/v1",
        };
        let specs = parse(BUILTIN).unwrap();
        for (id, url, path) in cases {
            let spec = specs.iter().find(|spec| &*spec.id == id).unwrap();
            let endpoint = &spec.endpoints[0];
            assert_eq!(spec.endpoint_url(endpoint, None, None).unwrap().to_string(), url);
            let custom = BaseUrl::parse(&format!("http://127.0.0.1:9{}", suffix(id))).unwrap();
            let called = spec.endpoint_url(endpoint, Some(&custom), None).unwrap();
            assert_eq!(called.path(), path, "{id}");
        }
    }

    #[test]
    fn the_proxy_goes_below_the_version_path_and_stays_there() {
        let specs = parse(BUILTIN).unwrap();
        let spec = |id: &str| specs.iter().find(|spec| &*spec.id == id).unwrap();
        let cases = [
            ("openai", "/files", Some("limit=2"), "https://api.openai.com/v1/files?limit=2"),
            ("deepseek", "/models", None, "https://api.deepseek.com/v1/models"),
            (
                "google",
                "/v1beta/models/g:generateContent",
                None,
                "https://generativelanguage.googleapis.com/v1beta/models/g:generateContent",
            ),
        ];
        for (id, path, query, url) in cases {
            assert_eq!(spec(id).proxy_url(path, None, query).unwrap().to_string(), url);
        }
        for path in ["", "files", "/../x", "/a?b", "/a#b", "@evil.example/"] {
            assert!(spec("openai").proxy_url(path, None, None).is_err(), "{path:?}");
        }
        let custom = BaseUrl::parse("http://127.0.0.1:9").unwrap();
        let error = spec("bedrock").proxy_url("/x", Some(&custom), None).unwrap_err().to_string();
        assert!(error.starts_with("provider `bedrock` is not served (needs request signing"));
        let error = spec("openai-like").proxy_url("/x", None, None).unwrap_err().to_string();
        assert_eq!(
            error,
            "provider `openai-like` has no base URL of its own; give its address as custom_host"
        );
    }

    #[test]
    fn a_secret_in_a_row_is_not_shown() {
        let text = "name = \"N\"\nheaders = { x-token = \"k-secret\" }";
        let row: Row = toml::from_str(text).unwrap();
        assert_eq!(format!("{row:?}"), "Row { name: Some(\"N\"), .. }");
        let spec = row.into_spec("mine").unwrap();
        assert!(!format!("{spec:?}").contains("k-secret"));
    }
}
