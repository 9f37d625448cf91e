//! Why an address, a host or a URL was refused.
//!
//! Not a transport failure: nothing was connected to. Invariant: a text says
//! what was refused and how an operator allows it, and never shows the address
//! a name resolved to, which would tell callers about the inner network.

use super::ranges::AddressRange;

/// Ends a text about something an operator can allow.
macro_rules! allow_hint {
    ($what:literal) => {
        concat!("; an operator can allow it by adding ", $what, " to the allowed upstream hosts")
    };
}

/// Why a URL, a host or an address is not reached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// The text is not a URL this gateway can call.
    #[error("not a usable URL: {reason}")]
    Url {
        /// What is wrong with it and what is accepted.
        reason: &'static str,
    },

    /// The host is written in a way that is never accepted.
    #[error("host `{host}` is refused: {reason}")]
    Host {
        /// The host as written, shortened to a sane length.
        host: Box<str>,
        /// What is wrong with it.
        reason: &'static str,
    },

    /// The name belongs to a metadata service or a private network.
    #[error("host `{host}` is refused: {reason}{}", allow_hint!("the host or a suffix of it"))]
    Name {
        /// The host as written.
        host: Box<str>,
        /// What kind of name it is.
        reason: &'static str,
    },

    /// The host is, or resolves to, an address that is not reached by default.
    #[error(
        "host `{host}` is refused: its address is {range}{}",
        allow_hint!("the host, or the network it is in (such as `10.0.0.0/8`),")
    )]
    Address {
        /// The host as written.
        host: Box<str>,
        /// The range the address lies in.
        range: AddressRange,
    },

    /// An entry of the allow list cannot be understood.
    #[error("allowed upstream host `{entry}` cannot be used: {reason}")]
    Entry {
        /// The entry.
        entry: Box<str>,
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl AddressError {
    pub(super) const fn url(reason: &'static str) -> Self {
        Self::Url { reason }
    }

    pub(super) fn host(host: &str, reason: &'static str) -> Self {
        // The host is what a caller sent: keep the message short and printable.
        let host: String = host.chars().take(80).flat_map(char::escape_default).collect();
        Self::Host { host: host.into(), reason }
    }
}
