//! What can be wrong with a row, a URL, a credential or a choice of endpoint.
//!
//! One small type per question, because each is answered with its own HTTP
//! status. Invariant: no message contains a credential.

use std::fmt;

use airside_schema::{DialectId, Operation};
use thiserror::Error;

use crate::spec::ProviderSpec;

/// A row of a provider table cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("provider `{row}`: {reason}")]
pub struct RowError {
    /// The row's id, or `?` if the fault lies outside every row.
    pub row: Box<str>,
    /// What is wrong and what is accepted.
    pub reason: String,
}

impl RowError {
    pub(crate) fn new(row: &str, reason: impl fmt::Display) -> Self {
        Self { row: row.into(), reason: reason.to_string() }
    }
}

/// A URL, or a part of one, that must not be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum UrlError {
    /// The base URL or custom host is not acceptable.
    #[error("the base URL {reason}; it should look like https://api.example.com/v1")]
    BadBase {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The path is not acceptable.
    #[error("the path {reason}")]
    BadPath {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The query is not acceptable.
    #[error("the query {reason}")]
    BadQuery {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The parts are acceptable, but together they are no URL (too long).
    #[error("base URL, path and query together are not a valid URL, or longer than 64 KiB")]
    NotAUrl,
    /// The provider is known by name only.
    #[error("provider `{provider}` is not served{}", in_parentheses(.note.as_deref()))]
    NotServed {
        /// The provider's id.
        provider: Box<str>,
        /// The row's note, if any.
        note: Option<Box<str>>,
    },
    /// The provider has no URL of its own and none was given.
    #[error("provider `{provider}` has no base URL of its own; give its address as custom_host")]
    NoBaseUrl {
        /// The provider's id.
        provider: Box<str>,
    },
}

/// No key was found for a provider that demands one.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no API key for provider `{provider}`: looked at {}", .looked_at.join(", "))]
pub struct MissingKey {
    /// The provider's id.
    pub provider: Box<str>,
    /// Every place looked at, in order.
    pub looked_at: Vec<String>,
}

/// A credential or option cannot stand in a request.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The key holds something a header must not hold.
    #[error(
        "the API key for provider `{provider}` holds a character that may not stand in a header; \
         only printable ASCII is accepted (is there a line break at its end?)"
    )]
    BadKey {
        /// The provider's id.
        provider: Box<str>,
    },
    /// An option holds something a header must not hold.
    #[error(
        "`{option}` holds a character that may not stand in a header; only printable ASCII is accepted"
    )]
    BadOption {
        /// The option's name.
        option: Box<str>,
    },
    /// The key could not be put into the URL.
    #[error("the API key for provider `{provider}` makes the URL too long")]
    UrlTooLong {
        /// The provider's id.
        provider: Box<str>,
    },
}

/// A provider does not offer what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotSupported {
    /// What was asked for.
    pub operation: Operation,
    /// The format it was asked in.
    pub dialect: DialectId,
    /// The provider's id.
    pub provider: Box<str>,
    /// What the provider does offer.
    pub offered: Vec<(Operation, DialectId)>,
    /// The row's note, if any.
    pub note: Option<Box<str>>,
}

impl NotSupported {
    pub(crate) fn new(spec: &ProviderSpec, operation: Operation, dialect: DialectId) -> Self {
        let offered = spec.endpoints.iter().map(|e| (e.operation, e.dialect)).collect();
        let (provider, note) = (spec.id.clone(), spec.note.clone());
        Self { operation, dialect, provider, offered, note }
    }
}

impl std::error::Error for NotSupported {}

impl fmt::Display for NotSupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, dialect, provider, .. } = self;
        write!(f, "{operation} is not supported by {provider}")?;
        if self.offered.iter().any(|(offered, _)| offered == operation) {
            write!(f, " in the format {dialect}")?;
        }
        write!(f, "{}; it offers ", in_parentheses(self.note.as_deref()))?;
        if self.offered.is_empty() {
            return f.write_str("nothing");
        }
        for (position, (operation, dialect)) in self.offered.iter().enumerate() {
            let separator = if position == 0 { "" } else { ", " };
            match operation {
                Operation::Proxy => write!(f, "{separator}proxy (any other path, unchanged)")?,
                _ => write!(f, "{separator}{operation} ({dialect})")?,
            }
        }
        Ok(())
    }
}

/// A model name of the form `@provider/model` that cannot be resolved.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ModelNameError {
    /// The name before the slash is no provider.
    #[error("model: there is no provider `{name}`{}", did_you_mean(.suggestion.as_deref()))]
    UnknownProvider {
        /// The name as written.
        name: Box<str>,
        /// The nearest known name.
        suggestion: Option<Box<str>>,
    },
    /// There is nothing after the provider's name.
    #[error("model: `@{provider}` names no model; write `@{provider}/MODEL`")]
    NoModel {
        /// The provider as written.
        provider: Box<str>,
    },
}

fn in_parentheses(note: Option<&str>) -> String {
    note.map(|note| format!(" ({note})")).unwrap_or_default()
}

fn did_you_mean(suggestion: Option<&str>) -> String {
    suggestion.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}
