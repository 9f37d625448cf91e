//! Everything that can go wrong between a request and the end of its answer.
//!
//! Not the answers of an upstream: a response with status 500 is a success
//! here. Invariant: no text or `Debug` output contains a header, a body, a
//! path, a query or a proxy password.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::Duration;

use crate::address::AddressError;
use crate::timeouts::TimeoutKind;

/// An error of a request body supplied by the caller.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Why a request got no response, or a response no end.
///
/// The text says only what happened here; [`with_causes`](Self::with_causes)
/// adds why. `authority` is `host:port` of the upstream.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// The configuration of the client cannot be used.
    #[error("{what} cannot be used: {reason}")]
    Config {
        /// The part of the configuration.
        what: &'static str,
        /// What is wrong with it and what is accepted.
        reason: Box<str>,
    },

    /// The request cannot be sent as it is.
    #[error("the request cannot be sent: {reason}")]
    Request {
        /// What is wrong with it and what is accepted.
        reason: &'static str,
    },

    /// The address policy does not let the request out.
    #[error(transparent)]
    Refused(#[from] AddressError),

    /// The name of the upstream (or of the proxy) could not be resolved.
    #[error("could not resolve `{host}`")]
    Resolve {
        /// The name.
        host: Box<str>,
        /// What the resolver said.
        source: io::Error,
    },

    /// No TCP connection could be made.
    #[error("could not connect to {authority}")]
    Connect {
        /// Where to.
        authority: Box<str>,
        /// The error of the last address tried.
        source: io::Error,
    },

    /// The TLS handshake failed.
    #[error("TLS handshake with {authority} failed")]
    Tls {
        /// With whom.
        authority: Box<str>,
        /// What rustls said.
        source: io::Error,
    },

    /// The proxy did not open a tunnel.
    #[error("proxy {proxy} did not connect to {authority}: {reason}")]
    Proxy {
        /// `host:port` of the proxy.
        proxy: Box<str>,
        /// Where to.
        authority: Box<str>,
        /// What it answered.
        reason: Box<str>,
    },

    /// Time ran out.
    #[error("{which} of {} reached", Seconds(*after))]
    Timeout {
        /// Which of the four limits.
        which: TimeoutKind,
        /// The limit.
        after: Duration,
    },

    /// The connection broke before the head of the response was complete.
    #[error("connection to {authority} broke before the response")]
    Disconnected {
        /// With whom.
        authority: Box<str>,
        /// What hyper said.
        source: hyper::Error,
    },

    /// The upstream answered with something that is not HTTP, or with a head
    /// that is too large.
    #[error("{authority} did not answer with usable HTTP")]
    Malformed {
        /// Who answered.
        authority: Box<str>,
        /// What hyper said.
        source: hyper::Error,
    },

    /// The body of the request failed while it was being sent.
    #[error("request body could not be read")]
    RequestBody {
        /// The caller's error, wrapped by hyper.
        source: hyper::Error,
    },

    /// The body of the response broke off before its end.
    #[error("response body broke off")]
    ResponseBody {
        /// What hyper said.
        source: BoxError,
    },
}

impl TransportError {
    /// Whether the upstream can have seen (a part of) the request, and so may
    /// have acted on it. `false` only when it surely has not.
    pub fn may_have_been_sent(&self) -> bool {
        match self {
            Self::Config { .. }
            | Self::Request { .. }
            | Self::Refused(_)
            | Self::Resolve { .. }
            | Self::Connect { .. }
            | Self::Tls { .. }
            | Self::Proxy { .. } => false,
            Self::Timeout { which, .. } => *which != TimeoutKind::Connect,
            Self::Disconnected { .. }
            | Self::Malformed { .. }
            | Self::RequestBody { .. }
            | Self::ResponseBody { .. } => true,
        }
    }

    /// Writes the error followed by its causes, as in `could not connect to
    /// localhost:9: Connection refused (os error 111)`.
    pub fn with_causes(&self) -> impl fmt::Display + '_ {
        Chain(self)
    }

    /// Sorts an error that hyper gave instead of a response.
    pub(crate) fn from_exchange(authority: Box<str>, source: hyper::Error) -> Self {
        if source.is_user() {
            Self::RequestBody { source }
        } else if source.is_parse() {
            Self::Malformed { authority, source }
        } else {
            Self::Disconnected { authority, source }
        }
    }

    pub(crate) fn config(what: &'static str, reason: impl Into<Box<str>>) -> Self {
        Self::Config { what, reason: reason.into() }
    }
}

/// Writes an error with its causes, each once.
struct Chain<'a>(&'a (dyn StdError + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// Writes a duration the way people set it: `10 s`, `250 ms`.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.subsec_millis() {
            0 => write!(f, "{} s", self.0.as_secs()),
            _ => write!(f, "{} ms", self.0.as_millis()),
        }
    }
}
