//! Why a configuration cannot be used.
//!
//! Not for runtime errors of components. Invariant: every variant names the file.

use std::io;

use crate::diagnose::Diagnostic;

/// A configuration that could not be loaded.
///
/// The message of [`Invalid`](Self::Invalid) spans several lines; show it to a person as it is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read, or is not UTF-8 text.
    #[error("cannot read the configuration file {file}")]
    Read {
        /// Path of the file.
        file: String,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The file is larger than [`MAX_BYTES`](crate::MAX_BYTES).
    #[error("the configuration file {file} is larger than {limit} bytes")]
    TooLarge {
        /// Path of the file.
        file: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The name of the file does not tell its format.
    #[error(
        "cannot tell the format of the configuration file {file} from its name; \
         accepted endings: .yaml, .yml, .toml, .json"
    )]
    UnknownFormat {
        /// Path of the file.
        file: String,
    },
    /// The content is wrong; there is at least one diagnostic.
    #[error("{}", render(diagnostics))]
    Invalid {
        /// What is wrong, in the order of the document.
        diagnostics: Vec<Diagnostic>,
    },
}

impl ConfigError {
    /// The complaints about the content; none when it could not even be read.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Self::Invalid { diagnostics } => diagnostics,
            Self::Read { .. } | Self::TooLarge { .. } | Self::UnknownFormat { .. } => &[],
        }
    }
}

impl From<Diagnostic> for ConfigError {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Invalid { diagnostics: vec![diagnostic] }
    }
}

fn render(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(Diagnostic::to_string).collect::<Vec<_>>().join("\n")
}
