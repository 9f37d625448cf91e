//! What stops the replay runner. A wrong answer of the gateway does not: it is a verdict.

use std::io;

/// A failure of the replay runner itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The command line or a file it names is wrong; the text says how.
    #[error("{0}")]
    Usage(String),
    /// The operating system refused something.
    #[error("{what}: {source}")]
    Io {
        /// What was attempted.
        what: String,
        /// What the system said.
        source: io::Error,
    },
    /// The gateway did not begin to answer.
    #[error("the gateway does not answer: {0}")]
    Silent(String),
}

impl ReplayError {
    /// Wraps a system error with what was attempted; made for `map_err`.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}
