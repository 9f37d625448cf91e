//! Finds the key for a call to a provider.
//!
//! Does not read the environment itself: it is given a lookup function.
//! Invariant: a key that belongs to the operator (configured or from the
//! environment) is never chosen for a host the caller named, so a caller cannot
//! have it sent to himself.

use http::HeaderMap;

use crate::error::MissingKey;
use crate::secret::Secret;
use crate::spec::{AuthScheme, KeyNeed, ProviderSpec};

/// Headers a caller may give a bare key in, after `authorization: Bearer KEY`.
const KEY_HEADERS: [&str; 3] = ["x-api-key", "api-key", "x-goog-api-key"];

/// Where a key may come from, in the order of the fields.
pub struct Sources<'a> {
    /// `api_key` of the config target.
    pub target: Option<&'a Secret>,
    /// The caller's headers: `authorization`, `x-api-key`, `api-key`, `x-goog-api-key`.
    pub headers: &'a HeaderMap,
    /// The key configured for the provider.
    pub configured: Option<&'a Secret>,
    /// Looks up an environment variable.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// Who chose the host the call goes to.
    pub host: HostChoice,
}

impl std::fmt::Debug for Sources<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sources").field("host", &self.host).finish_non_exhaustive()
    }
}

/// Who chose the host a call goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostChoice {
    /// The provider's row.
    Row,
    /// The gateway's configuration.
    Operator,
    /// The caller, by header or inline config.
    Caller,
}

/// Where a key was found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyOrigin {
    /// `api_key` of the config target.
    Target,
    /// A header of the caller.
    Header(&'static str),
    /// The provider's configuration.
    Configured,
    /// An environment variable.
    Environment(Box<str>),
}

/// A key and where it was found.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Credential {
    /// The key.
    pub key: Secret,
    /// Where it was found.
    pub origin: KeyOrigin,
}

/// Finds the key for a call to `spec`.
///
/// Answers `None` if the provider takes no key, or if there is none and the
/// provider can do without. A custom host can always do without: it may be a
/// server that takes no key.
///
/// # Errors
///
/// [`MissingKey`], naming every place looked at.
pub fn find(spec: &ProviderSpec, sources: &Sources<'_>) -> Result<Option<Credential>, MissingKey> {
    if spec.auth == AuthScheme::None {
        return Ok(None);
    }
    let found = from_caller(sources).or_else(|| from_operator(spec, sources));
    if found.is_some() || spec.key == KeyNeed::Optional || sources.host != HostChoice::Row {
        return Ok(found);
    }
    Err(MissingKey { provider: spec.id.clone(), looked_at: places(spec) })
}

fn from_caller(sources: &Sources<'_>) -> Option<Credential> {
    let target = sources.target.filter(|key| !key.expose().is_empty());
    if let Some(key) = target {
        return Some(Credential { key: key.clone(), origin: KeyOrigin::Target });
    }
    let header = |name: &'static str| {
        let text = sources.headers.get(name)?.to_str().ok()?;
        let key = if name == "authorization" { bearer(text)? } else { text.trim() };
        let origin = KeyOrigin::Header(name);
        (!key.is_empty()).then(|| Credential { key: Secret::from(key), origin })
    };
    header("authorization").or_else(|| KEY_HEADERS.into_iter().find_map(header))
}

fn from_operator(spec: &ProviderSpec, sources: &Sources<'_>) -> Option<Credential> {
    if sources.host == HostChoice::Caller {
        return None;
    }
    if let Some(key) = sources.configured.filter(|key| !key.expose().is_empty()) {
        return Some(Credential { key: key.clone(), origin: KeyOrigin::Configured });
    }
    spec.env.iter().find_map(|name| {
        let text = (sources.environment)(name)?;
        let key = text.trim();
        let origin = KeyOrigin::Environment(name.clone());
        (!key.is_empty()).then(|| Credential { key: Secret::from(key), origin })
    })
}

/// The key in an `authorization` header: after `Bearer`, or the bare value.
///
/// Other schemes (`Basic …`) carry no key of a provider.
fn bearer(text: &str) -> Option<&str> {
    let text = text.trim();
    match text.split_once(' ') {
        Some((scheme, key)) => scheme.eq_ignore_ascii_case("bearer").then(|| key.trim()),
        None => Some(text).filter(|text| !text.eq_ignore_ascii_case("bearer")),
    }
}

fn places(spec: &ProviderSpec) -> Vec<String> {
    let mut places = vec![
        "api_key of the config target".to_owned(),
        "header `authorization: Bearer KEY`".to_owned(),
    ];
    places.extend(KEY_HEADERS.iter().map(|name| format!("header `{name}`")));
    places.push(format!("the key configured for `{}`", spec.id));
    places.extend(spec.env.iter().map(|name| format!("environment variable {name}")));
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table;

    const ROWS: &str = r#"
        [provider.needs]
        env = ["FIRST_KEY", "SECOND_KEY"]
        [provider.optional]
        key = "optional"
        [provider.takes-none]
        auth = "none"
    "#;

    fn spec(id: &str) -> ProviderSpec {
        table::parse(ROWS).unwrap().into_iter().find(|spec| &*spec.id == id).unwrap()
    }

    /// Gives every source named in `given`, as `name=value` words separated by `;`.
    fn look(id: &str, given: &str, host: HostChoice) -> Result<Option<String>, MissingKey> {
        let value = |name: &str| {
            given
                .split(';')
                .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
                .map(str::to_owned)
        };
        let mut headers = HeaderMap::new();
        for name in ["authorization", "x-api-key", "api-key", "x-goog-api-key"] {
            if let Some(text) = value(name) {
                headers.insert(name, text.parse().unwrap());
            }
        }
        let target = value("target").map(Secret::from);
        let configured = value("configured").map(Secret::from);
        let sources = Sources {
            target: target.as_ref(),
            headers: &headers,
            configured: configured.as_ref(),
            environment: &|name| value(name),
            host,
        };
        Ok(find(&spec(id), &sources)?.map(|found| found.key.expose().to_owned()))
    }

    #[test]
    fn the_first_source_that_has_a_key_gives_it() {
        let all = [
            "target=a",
            "authorization=Bearer b",
            "x-api-key=c",
            "api-key=d",
            "x-goog-api-key=e",
            "configured=f",
            "FIRST_KEY=g",
            "SECOND_KEY=h",
        ];
        let keys = ["a", "b", "c", "d", "e", "f", "g", "h"];
        for (from, key) in keys.into_iter().enumerate() {
            let given = all[from..].join(";");
            assert_eq!(look("needs", &given, HostChoice::Row).unwrap().as_deref(), Some(key));
        }
    }

    #[test]
    fn an_empty_or_foreign_value_is_no_key() {
        let cases = [
            ("target=;FIRST_KEY=g", "g"),
            ("authorization=Bearer ;FIRST_KEY=g", "g"),
            ("authorization=Bearer;FIRST_KEY=g", "g"),
            ("authorization=Basic dXNlcg==;FIRST_KEY=g", "g"),
            ("authorization=bearer  b ", "b"),
            ("authorization=sk-bare", "sk-bare"),
            ("configured=;FIRST_KEY= ;SECOND_KEY= h\n", "h"),
        ];
        for (given, key) in cases {
            let found = look("needs", given, HostChoice::Row).unwrap();
            assert_eq!(found.as_deref(), Some(key), "{given}");
        }
    }

    #[test]
    fn a_missing_key_is_an_error_that_names_every_place() {
        let error = look("needs", "", HostChoice::Row).unwrap_err().to_string();
        let expected = "no API key for provider `needs`: looked at api_key of the config target, \
            header `authorization: Bearer KEY`, header `x-api-key`, header `api-key`, \
            header `x-goog-api-key`, the key configured for `needs`, \
            environment variable FIRST_KEY, environment variable SECOND_KEY";
        assert_eq!(error, expected);
    }

    #[test]
    fn a_provider_that_can_do_without_a_key_is_called_without() {
        assert_eq!(look("optional", "", HostChoice::Row), Ok(None));
        assert_eq!(look("optional", "x-api-key=c", HostChoice::Row), Ok(Some("c".into())));
        assert_eq!(look("takes-none", "x-api-key=c", HostChoice::Row), Ok(None));
        assert_eq!(look("needs", "", HostChoice::Caller), Ok(None));
        assert_eq!(look("needs", "", HostChoice::Operator), Ok(None));
    }

    #[test]
    fn a_key_of_the_operator_is_not_sent_to_a_host_the_caller_chose() {
        let given = "configured=f;FIRST_KEY=g";
        assert_eq!(look("needs", given, HostChoice::Caller), Ok(None));
        assert_eq!(look("needs", given, HostChoice::Operator), Ok(Some("f".into())));
        let own = "authorization=Bearer b;configured=f";
        assert_eq!(look("needs", own, HostChoice::Caller), Ok(Some("b".into())));
    }

    #[test]
    fn neither_sources_nor_a_credential_show_a_key() {
        let headers = HeaderMap::new();
        let key = Secret::from("sk-secret");
        let sources = Sources {
            target: Some(&key),
            headers: &headers,
            configured: Some(&key),
            environment: &|_| None,
            host: HostChoice::Row,
        };
        let found = find(&spec("needs"), &sources).unwrap();
        assert!(!format!("{sources:?} {found:?}").contains("sk-secret"));
    }
}
