//! A `tracing` subscriber with our defaults, for applications only.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// How diagnostics are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// One JSON object a line.
    Json,
    /// For people.
    #[default]
    Pretty,
}

/// Installs a subscriber that writes diagnostics to standard error.
/// `directives` is a filter such as `info,airside_upstream=debug`.
///
/// # Errors
///
/// If the filter is malformed or a subscriber is installed already; the text
/// says which.
pub fn init(format: Format, directives: &str) -> Result<(), String> {
    let filter = EnvFilter::try_new(directives)
        .map_err(|error| format!("`{directives}` is not a log filter: {error}"))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let result = match format {
        Format::Json => builder.json().try_init(),
        Format::Pretty => builder.with_target(false).try_init(),
    };
    result.map_err(|error| error.to_string())
}
