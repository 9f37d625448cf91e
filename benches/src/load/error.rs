//! What stops the load tool, or one contestant in one scenario.

use std::io;

/// A failure of the load tool.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
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
    /// A process did not begin to answer.
    #[error("{name} does not answer: {reason}; its output is in {log}")]
    Silent {
        /// Name of the contestant.
        name: String,
        /// The last failure of asking it.
        reason: String,
        /// Path of the file with its output.
        log: String,
    },
    /// An answer is not what the scenario asked for.
    #[error("{0}")]
    Answer(String),
    /// A run took longer than any sound one could.
    #[error("no end after {0} seconds")]
    Stalled(u64),
}

impl LoadError {
    /// Wraps a system error with what was attempted; made for `map_err`.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}
