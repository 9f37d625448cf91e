//! The cheap look at a request: enough for routing, limits and exact caching.

use airside_wire::Str;

/// What a request needs from a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Needs {
    /// Client tools are declared.
    pub tools: bool,
    /// The answer has to be JSON.
    pub json: bool,
}

/// What one shallow scan of a request tells.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Envelope {
    /// The model asked for, if the document names one.
    pub model: Option<Str>,
    /// A stream is asked for.
    pub stream: bool,
    /// The stream should end with a usage report.
    pub stream_usage: bool,
    /// The end user the application named.
    pub user: Option<Str>,
    /// The caller declared functions in the form before tools existed, and
    /// expects calls in that form.
    pub legacy_functions: bool,
    /// What the request needs.
    pub needs: Needs,
}
