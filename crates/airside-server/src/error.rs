//! Why a gateway cannot be built or started.

use std::path::PathBuf;

/// A gateway cannot be built or started; the text says what to change.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// A setting cannot be used.
    #[error("`{setting}` cannot be used: {reason}")]
    Setting {
        /// The setting's path in the configuration.
        setting: &'static str,
        /// What is wrong and what is accepted.
        reason: String,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The system refused a resource.
    #[error("cannot start: {0}")]
    System(#[from] std::io::Error),
}

impl ServerError {
    pub(crate) fn setting(setting: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Setting { setting, reason: reason.to_string() }
    }
}
