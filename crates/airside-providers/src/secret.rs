//! A credential that cannot be printed by accident.
//!
//! Not protection of memory: whoever can read the process can read the key.
//! Invariant: the text leaves a [`Secret`] only through [`Secret::expose`].

use std::fmt;
use std::sync::Arc;

/// A key, token or password. Cloning shares the text.
///
/// `Debug` and `Display` show a placeholder; there is no serialization and no
/// comparison, so that a secret cannot slip into a record or be found by timing.
#[derive(Clone)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Keeps a text as a secret.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that puts it on the wire.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_way_of_printing_shows_the_text() {
        let secret = Secret::from("sk-top-secret");
        for shown in
            [format!("{secret}"), format!("{secret:?}"), format!("{secret:#?}"), secret.to_string()]
        {
            assert_eq!(shown, "[redacted]");
        }
        assert_eq!(secret.expose(), "sk-top-secret");
    }
}
