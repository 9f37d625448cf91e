//! A string that must not be seen.
//!
//! It keeps a value out of logs and errors by type. It is not a vault: the memory is not locked
//! and not wiped. Invariant: neither `Debug` nor `Display` shows any part of the value, not even
//! its length; the only way to it is [`Secret::expose`].

use std::fmt;

/// A secret text, such as an API key, read from configuration like any string.
///
/// ```
/// let key = airside_config::Secret::new("sk-live-1");
/// assert_eq!(format!("{key} {key:?}"), "*** Secret(***)");
/// assert_eq!(key.expose(), "sk-live-1");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// Hands out the value, to be used at once and stored nowhere else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Says whether the value is the empty string, which is no secret to reveal.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(value)
    }
}
