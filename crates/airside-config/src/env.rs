//! The environment of the process, read here and nowhere else.
//!
//! Not a settings layer: it hands out single variables by name and knows no name itself. Code
//! that wants a variable takes an [`Env`], so a test can give it a map. A value is returned as
//! it stands: one that happens to be the path of an existing file stays a path (a file is read
//! only where the configuration says `${file:/path}`).
//!
//! Invariant: `Debug` shows names at most, never values.

use std::{collections::BTreeMap, fmt, sync::Arc};

/// Looks up environment variables, of the process or of a map.
///
/// Cheap to clone.
#[derive(Clone)]
pub struct Env(Origin);

#[derive(Clone)]
enum Origin {
    Process,
    Map(Arc<BTreeMap<String, String>>),
}

/// Why a variable that exists cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvError {
    /// The value is not UTF-8 text.
    #[error("environment variable `{name}` is not valid UTF-8 text")]
    NotUtf8 {
        /// Name of the variable.
        name: String,
    },
}

impl Env {
    /// Reads the environment of this process, at each [`get`](Self::get) anew.
    pub fn process() -> Self {
        Self(Origin::Process)
    }

    /// Serves these variables only, whatever the process has. For tests.
    pub fn from_map<K, V>(variables: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<String>,
        V: Into<String>,
    {
        let map = variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self(Origin::Map(Arc::new(map)))
    }

    /// Serves the value of the variable, or `None` when it is not set.
    ///
    /// A variable set to nothing gives an empty string.
    ///
    /// # Errors
    ///
    /// [`EnvError::NotUtf8`] when the process has the variable and its value is not UTF-8.
    pub fn get(&self, name: &str) -> Result<Option<String>, EnvError> {
        match &self.0 {
            Origin::Map(map) => Ok(map.get(name).cloned()),
            Origin::Process => process_variable(name),
        }
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Origin::Process => f.write_str("Env(process)"),
            Origin::Map(map) => f.debug_tuple("Env").field(&map.keys()).finish(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place the ban points to")]
fn process_variable(name: &str) -> Result<Option<String>, EnvError> {
    match std::env::var_os(name).map(std::ffi::OsString::into_string) {
        None => Ok(None),
        Some(Ok(value)) => Ok(Some(value)),
        Some(Err(_)) => Err(EnvError::NotUtf8 { name: name.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn process_environment_is_read_by_name() {
        let env = Env::process();
        // Cargo sets this one for every test run.
        assert_eq!(env.get("CARGO_PKG_NAME"), Ok(Some("airside-config".to_owned())));
        assert_eq!(env.get("AIRSIDE_SURELY_NOT_SET"), Ok(None));
    }

    #[test]
    fn impossible_names_are_absent_not_a_panic() {
        for name in ["", "A=B", "A\0B"] {
            assert_eq!(Env::process().get(name), Ok(None), "{name:?}");
        }
    }

    #[test]
    fn map_hides_the_process_and_empty_is_set() {
        let env = Env::from_map([("EMPTY", "")]);
        assert_eq!(env.get("EMPTY"), Ok(Some(String::new())));
        assert_eq!(env.get("CARGO_PKG_NAME"), Ok(None));
    }

    #[test]
    fn debug_shows_names_only() {
        let shown = format!("{:?}", Env::from_map([("OPENAI_API_KEY", "sk-live-1")]));
        assert!(shown.contains("OPENAI_API_KEY") && !shown.contains("sk-live"), "{shown}");
    }
}
