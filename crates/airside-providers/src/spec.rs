//! What the gateway knows about a provider, checked and ready for use.
//!
//! Not the form it is written in (see [`Row`](crate::Row)) and no policy:
//! nothing here says when a provider is used. Invariant: URLs, paths and header
//! names in a [`ProviderSpec`] have been validated, so using them cannot fail
//! because of the row.

use std::borrow::Cow;
use std::fmt;

use airside_schema::codec::MaxTokensField;
use airside_schema::{DialectId, Operation};
use http::{HeaderName, HeaderValue, Uri};
use serde::Deserialize;

use crate::error::UrlError;
use crate::url::{self, BaseUrl};

/// One provider: where it is, how to show who is calling, what it can do.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ProviderSpec {
    /// The name used in headers, configuration and records, such as `groq`.
    pub id: Box<str>,
    /// The name for people, such as `Groq`.
    pub name: Box<str>,
    /// Other names that mean this provider.
    pub aliases: Vec<Box<str>>,
    /// Where its API is; absent if every customer has a URL of his own.
    pub base_url: Option<BaseUrl>,
    /// Stands between the base URL and every path of the OpenAI platform. A
    /// custom host replaces the base URL but not this.
    pub version_path: Box<str>,
    /// Where the key goes.
    pub auth: AuthScheme,
    /// Whether a call without a key makes sense.
    pub key: KeyNeed,
    /// Environment variables that may hold the key, best first.
    pub env: Vec<Box<str>>,
    /// What it offers, preferred dialect first.
    pub endpoints: Vec<Endpoint>,
    /// Where it differs from the dialects it speaks.
    pub quirks: Quirks,
    /// Headers every request carries.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Options of a call that become headers of the upstream request.
    pub options: Vec<OptionHeader>,
    /// How much of it is usable, and how sure its facts are.
    pub status: Status,
    /// One sentence on what to know before using it.
    pub note: Option<Box<str>>,
    /// Where its API is described.
    pub docs: Option<Box<str>>,
}

impl ProviderSpec {
    /// The URL of an endpoint, with `custom_host` in place of the base URL if given.
    pub fn endpoint_url(
        &self,
        endpoint: &Endpoint,
        custom_host: Option<&BaseUrl>,
        query: Option<&str>,
    ) -> Result<Uri, UrlError> {
        self.base(custom_host)?.join("", &endpoint.path, query)
    }

    /// The URL of any other path of the provider, as the generic proxy needs it.
    ///
    /// `path` is what the caller wrote after `/v1`, beginning with a slash.
    pub fn proxy_url(
        &self,
        path: &str,
        custom_host: Option<&BaseUrl>,
        query: Option<&str>,
    ) -> Result<Uri, UrlError> {
        url::check_path(path)?;
        self.base(custom_host)?.join(&self.version_path, path, query)
    }

    /// The base URL to use: the custom host if there is one, else the provider's own.
    fn base<'a>(&'a self, custom_host: Option<&'a BaseUrl>) -> Result<&'a BaseUrl, UrlError> {
        if self.status == Status::Unserved {
            let (provider, note) = (self.id.clone(), self.note.clone());
            return Err(UrlError::NotServed { provider, note });
        }
        custom_host
            .or(self.base_url.as_ref())
            .ok_or_else(|| UrlError::NoBaseUrl { provider: self.id.clone() })
    }
}

/// One operation in one dialect at one path.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoint {
    /// What can be asked for here.
    pub operation: Operation,
    /// The wire format it is asked in.
    pub dialect: DialectId,
    /// The path below the base URL, beginning with a slash. Empty for
    /// [`Operation::Proxy`], whose path is the caller's.
    pub path: Cow<'static, str>,
}

impl Endpoint {
    /// An endpoint at a path that is known to be valid.
    pub(crate) fn new(
        operation: Operation,
        dialect: DialectId,
        path: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { operation, dialect, path: path.into() }
    }
}

/// Where a provider expects the key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthScheme {
    /// `Authorization: Bearer KEY`.
    Bearer,
    /// A header of its own, holding the bare key.
    Header(HeaderName),
    /// A query parameter. Last resort: URLs end up in logs.
    Query(Box<str>),
    /// It takes no key.
    None,
}

/// Whether a provider answers without a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyNeed {
    /// A call without a key is refused before it is sent.
    #[default]
    Required,
    /// The key is sent if there is one, as for servers people run themselves.
    Optional,
}

/// An option of a call that becomes a header of the upstream request.
///
/// The option `openai_project` is given as `x-airside-openai-project` (or the
/// `x-portkey-` twin), or as `openai_project` in a config target.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OptionHeader {
    /// The option's name in snake case.
    pub option: Box<str>,
    /// The header it becomes.
    pub header: HeaderName,
}

/// How much of a provider is usable, and how sure its facts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Its endpoints are served.
    #[default]
    Stable,
    /// Its endpoints are served, but a fact may be out of date (see the note).
    Doubtful,
    /// Only the authenticated proxy is served: its own format is not spoken yet.
    ProxyOnly,
    /// The name is known, nothing is served (see the note).
    Unserved,
}

impl Status {
    /// The name used in rows and documentation.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Doubtful => "doubtful",
            Self::ProxyOnly => "proxy-only",
            Self::Unserved => "unserved",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a provider differs from the dialect it speaks.
///
/// A closed vocabulary: what it cannot say needs code. Quirks describe the body
/// that leaves for the provider, whether it was the caller's own or translated.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Quirks {
    /// Top-level request fields it reads under another name: `(usual, its own)`.
    pub rename: Vec<(Box<str>, Box<str>)>,
    /// The field a translation writes the token limit to.
    pub max_tokens_field: MaxTokensField,
    /// What happens to the `developer` role.
    pub developer_role: DeveloperRole,
    /// What it calls the tool choice `"required"`.
    pub tool_choice_required: Option<Box<str>>,
    /// JSON pointer of the usage report in a stream chunk, besides `/usage`.
    pub usage_path: Option<Box<str>>,
}

/// What an OpenAI-shaped provider does with the `developer` role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeveloperRole {
    /// It does not know it: send `system`, which means the same everywhere.
    #[default]
    System,
    /// It knows it.
    Keep,
}
