//! All providers by name: the built-in table, and the user's rows over it.
//!
//! Invariant: a name leads to at most one provider, and a row of the user
//! always wins against a built-in one.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use crate::error::RowError;
use crate::row::Row;
use crate::spec::ProviderSpec;
use crate::table;

/// Providers by id and alias. Cloning shares the whole.
#[derive(Debug, Clone)]
pub struct Registry(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// In the order of ids.
    specs: Vec<Arc<ProviderSpec>>,
    /// By id and alias.
    names: HashMap<Box<str>, Arc<ProviderSpec>>,
}

impl Registry {
    /// The providers that come with the gateway. Reads their table at the first call.
    #[expect(clippy::expect_used, reason = "a test reads the embedded table, which cannot change")]
    pub fn builtin() -> Self {
        static BUILTIN: LazyLock<Registry> = LazyLock::new(|| {
            let specs = table::parse(table::BUILTIN).expect("the embedded table is valid");
            Registry::new(specs.into_iter().map(Arc::new))
        });
        BUILTIN.clone()
    }

    /// Adds rows. One with the id of a known provider replaces it whole; a name
    /// given to two providers means the added one.
    ///
    /// # Errors
    ///
    /// If a row is not valid or two of the added rows claim the same name.
    pub fn with(&self, rows: impl IntoIterator<Item = (String, Row)>) -> Result<Self, RowError> {
        let added = table::specs(rows)?;
        let is_kept = |old: &&Arc<ProviderSpec>| added.iter().all(|new| new.id != old.id);
        let kept: Vec<_> = self.iter().filter(is_kept).cloned().collect();
        Ok(Self::new(added.into_iter().map(Arc::new).chain(kept)))
    }

    /// The provider of that id or alias.
    pub fn get(&self, name: &str) -> Option<&Arc<ProviderSpec>> {
        self.0.names.get(name)
    }

    /// Every provider, in the order of ids.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<ProviderSpec>> {
        self.0.specs.iter()
    }

    /// How many providers there are.
    pub fn len(&self) -> usize {
        self.0.specs.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.specs.is_empty()
    }

    /// The id or alias nearest to a misspelt name, if one is near.
    ///
    /// Near means at most one edit for every three letters, and at least one.
    pub fn suggest(&self, name: &str) -> Option<&str> {
        let limit = (name.chars().count() / 3).max(1);
        self.0
            .names
            .keys()
            .map(|known| (distance(name, known), &**known))
            .filter(|(distance, _)| *distance <= limit)
            .min()
            .map(|(_, known)| known)
    }

    /// Earlier specs win names over later ones.
    fn new(specs: impl IntoIterator<Item = Arc<ProviderSpec>>) -> Self {
        let mut specs: Vec<_> = specs.into_iter().collect();
        let mut names = HashMap::with_capacity(specs.len() * 2);
        for spec in &specs {
            for name in std::iter::once(&spec.id).chain(&spec.aliases) {
                names.entry(name.clone()).or_insert_with(|| Arc::clone(spec));
            }
        }
        specs.sort_by(|a, b| a.id.cmp(&b.id));
        Self(Arc::new(Inner { specs, names }))
    }
}

/// Counts the insertions, deletions and replacements that turn one name into the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, a) in from.chars().enumerate() {
        let mut left = line + 1;
        let mut diagonal = line;
        for (cell, &b) in row.iter_mut().skip(1).zip(&to) {
            let replaced = diagonal + usize::from(a != b);
            diagonal = *cell;
            left = replaced.min(left + 1).min(*cell + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Status;

    fn rows(text: &str) -> Vec<(String, Row)> {
        let rows: std::collections::BTreeMap<String, Row> = toml::from_str(text).unwrap();
        rows.into_iter().collect()
    }

    #[test]
    fn ids_and_names_of_other_gateways_lead_to_the_same_provider() {
        let cases = [
            ("openai", "openai"),
            ("together-ai", "together-ai"),
            ("together_ai", "together-ai"),
            ("mistral", "mistral-ai"),
            ("xai", "x-ai"),
            ("perplexity", "perplexity-ai"),
            ("fireworks_ai", "fireworks-ai"),
            ("gemini", "google"),
            ("hosted_vllm", "vllm"),
            ("lm_studio", "lm-studio"),
            ("custom_openai", "openai-like"),
        ];
        for (name, id) in cases {
            assert_eq!(Registry::builtin().get(name).map(|spec| &*spec.id), Some(id), "{name}");
        }
        assert!(Registry::builtin().get("OpenAI").is_none(), "names are exact");
        assert!(Registry::builtin().get("").is_none());
    }

    #[test]
    fn a_row_of_the_user_replaces_a_built_in_one_whole() {
        let registry = Registry::builtin()
            .with(rows("[groq]\nbase_url = \"http://127.0.0.1:9/v1\"\nstatus = \"doubtful\""))
            .unwrap();
        let groq = registry.get("groq").unwrap();
        assert_eq!(groq.base_url.as_ref().unwrap().as_str(), "http://127.0.0.1:9/v1");
        assert_eq!((groq.status, groq.env.len()), (Status::Doubtful, 0));
        assert_eq!(registry.len(), Registry::builtin().len());
        assert!(
            Registry::builtin().get("groq").unwrap().env.len() == 1,
            "the built-in is as it was"
        );
    }

    #[test]
    fn a_name_given_to_two_providers_means_the_one_of_the_user() {
        let registry = Registry::builtin()
            .with(rows("[mine]\naliases = [\"openai\", \"gemini\"]\n[together_ai]"))
            .unwrap();
        for (name, id) in [
            ("openai", "mine"),
            ("gemini", "mine"),
            ("google", "google"),
            ("together_ai", "together_ai"),
            ("together", "together-ai"),
        ] {
            assert_eq!(&*registry.get(name).unwrap().id, id, "{name}");
        }
        assert_eq!(registry.len(), Registry::builtin().len() + 2);
    }

    #[test]
    fn two_rows_of_the_user_with_one_name_are_an_error() {
        let added = rows("[a]\naliases = [\"x\"]\n[b]\naliases = [\"x\"]");
        let error = Registry::builtin().with(added).unwrap_err();
        assert_eq!(error.to_string(), "provider `b`: the name `x` already means provider `a`");
    }

    #[test]
    fn a_misspelt_name_finds_the_nearest() {
        let cases = [
            ("opnai", Some("openai")),
            ("antropic", Some("anthropic")),
            ("deepseak", Some("deepseek")),
            ("completely-unknown", None),
            ("", None),
        ];
        for (name, expected) in cases {
            assert_eq!(Registry::builtin().suggest(name), expected, "{name}");
        }
    }

    #[test]
    fn distance_counts_single_edits() {
        for (from, to, edits) in
            [("", "", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("a", "ab", 1)]
        {
            assert_eq!(distance(from, to), edits, "{from} {to}");
        }
    }
}
