//! A provider as it is written: one table of `providers.toml` or of a user's configuration.
//!
//! Only shape and checks; what the fields mean is documented on
//! [`ProviderSpec`], which [`Row::into_spec`] makes of a row. Invariant: a key
//! nobody knows is an error, so a misspelt field cannot be silently without
//! effect.

mod endpoint;

use std::collections::BTreeMap;
use std::fmt;

use airside_schema::codec::MaxTokensField;
use http::{HeaderName, HeaderValue};
use serde::Deserialize;

use crate::auth::header_value;
use crate::error::RowError;
use crate::spec::{AuthScheme, DeveloperRole, KeyNeed, OptionHeader, ProviderSpec, Quirks, Status};
use crate::url::{self, BaseUrl};
use endpoint::EndpointRow;

/// A provider as it is written in a table.
///
/// The shortest useful row is a base URL: an OpenAI-compatible server that
/// offers chat and a list of models and takes a bearer key.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Row {
    /// The name for people; the id if absent.
    name: Option<String>,
    /// Other names that mean this provider.
    aliases: Vec<String>,
    /// The URL its paths are joined to. A custom host replaces it whole.
    base_url: Option<String>,
    /// Goes before every usual path, also below a custom host: `/v1`, say.
    version_path: String,
    /// `"bearer"`, `{ header = "x-api-key" }`, `{ query = "key" }` or `"none"`.
    auth: AuthRow,
    /// `"required"` or `"optional"`.
    key: KeyNeed,
    /// Environment variables that may hold the key, best first.
    env: Vec<String>,
    /// Names of usual endpoints, or `{ operation, dialect, path }` for others.
    endpoints: Option<Vec<EndpointRow>>,
    /// Where it differs from its dialects.
    quirks: QuirksRow,
    /// Headers every request carries.
    headers: BTreeMap<String, String>,
    /// Option of a call to the header it becomes.
    credential_headers: BTreeMap<String, String>,
    /// `"stable"`, `"doubtful"`, `"proxy-only"` or `"unserved"`.
    status: Status,
    /// One sentence on what to know before using it.
    note: Option<String>,
    /// Where its API is described.
    docs: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum AuthRow {
    #[default]
    Bearer,
    None,
    Header(String),
    Query(String),
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct QuirksRow {
    /// Top-level request field to the name it is read under.
    rename: BTreeMap<String, String>,
    /// `"max_tokens"` or `"max_completion_tokens"`: what translations write.
    max_tokens_field: TokensFieldRow,
    /// `"system"` (it does not know the developer role) or `"keep"`.
    developer_role: DeveloperRole,
    /// Its word for the tool choice `"required"`.
    tool_choice_required: Option<String>,
    /// JSON pointer of usage in a stream chunk, besides `/usage`.
    usage_path: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TokensFieldRow {
    #[default]
    MaxTokens,
    MaxCompletionTokens,
}

impl Row {
    /// Checks the row and makes it ready for use.
    pub fn into_spec(self, id: &str) -> Result<ProviderSpec, RowError> {
        let row = |reason: String| RowError::new(id, reason);
        check_name(id).map_err(row)?;
        for alias in &self.aliases {
            check_name(alias).map_err(row)?;
        }
        check_version_path(&self.version_path).map_err(row)?;
        let base_url = self.base_url.as_deref().map(BaseUrl::parse_row).transpose();
        let auth = self.auth.check().map_err(row)?;
        let takes_no_key = auth == AuthScheme::None;
        if takes_no_key && !self.env.is_empty() {
            return Err(row("auth is \"none\", so env has no meaning".into()));
        }
        Ok(ProviderSpec {
            base_url: base_url.map_err(|e| row(format!("base_url: {e}")))?,
            endpoints: endpoint::checked(self.endpoints, self.status, &self.version_path)
                .map_err(row)?,
            version_path: self.version_path.into(),
            name: self.name.unwrap_or_else(|| id.to_owned()).into(),
            aliases: boxed(self.aliases),
            key: if takes_no_key { KeyNeed::Optional } else { self.key },
            auth,
            env: boxed(self.env),
            quirks: self.quirks.into(),
            headers: headers(self.headers).map_err(row)?,
            options: options(self.credential_headers).map_err(row)?,
            status: self.status,
            note: self.note.map(Into::into),
            docs: self.docs.map(Into::into),
            id: id.into(),
        })
    }
}

impl fmt::Debug for Row {
    /// Shows no more than the name: a header of a row may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row").field("name", &self.name).finish_non_exhaustive()
    }
}

impl AuthRow {
    fn check(self) -> Result<AuthScheme, String> {
        Ok(match self {
            Self::Bearer => AuthScheme::Bearer,
            Self::None => AuthScheme::None,
            Self::Header(name) => AuthScheme::Header(header_name("auth", &name)?),
            Self::Query(name) if is_plain_word(&name) => AuthScheme::Query(name.into()),
            Self::Query(name) => {
                return Err(format!("auth: `{name}` is no name of a query parameter"));
            }
        })
    }
}

impl From<QuirksRow> for Quirks {
    fn from(row: QuirksRow) -> Self {
        Self {
            rename: row.rename.into_iter().map(|(from, to)| (from.into(), to.into())).collect(),
            max_tokens_field: match row.max_tokens_field {
                TokensFieldRow::MaxTokens => MaxTokensField::MaxTokens,
                TokensFieldRow::MaxCompletionTokens => MaxTokensField::MaxCompletionTokens,
            },
            developer_role: row.developer_role,
            tool_choice_required: row.tool_choice_required.map(Into::into),
            usage_path: row.usage_path.map(Into::into),
        }
    }
}

fn headers(rows: BTreeMap<String, String>) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    rows.into_iter()
        .map(|(name, value)| {
            let mut value = header_value(&value)
                .ok_or_else(|| format!("headers: the value of `{name}` is not printable ASCII"))?;
            value.set_sensitive(true); // A user's row may hold a secret here.
            Ok((header_name("headers", &name)?, value))
        })
        .collect()
}

fn options(rows: BTreeMap<String, String>) -> Result<Vec<OptionHeader>, String> {
    rows.into_iter()
        .map(|(option, name)| {
            if !is_plain_word(&option) {
                return Err(format!("credential_headers: `{option}` is no name of an option"));
            }
            let header = header_name("credential_headers", &name)?;
            Ok(OptionHeader { option: option.into(), header })
        })
        .collect()
}

fn header_name(field: &str, name: &str) -> Result<HeaderName, String> {
    name.parse().map_err(|_| format!("{field}: `{name}` is not a header name"))
}

fn check_version_path(path: &str) -> Result<(), String> {
    if path.ends_with('/') {
        return Err("version_path: ends with a slash".into());
    }
    let checked = if path.is_empty() { Ok(()) } else { url::check_path(path) };
    checked.map_err(|error| format!("version_path: {error}"))
}

/// Names end up in headers, paths and metrics, so they are plain.
fn check_name(name: &str) -> Result<(), String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !name.is_empty() && name.len() <= 64 && name.bytes().all(plain) {
        return Ok(());
    }
    Err(format!("`{name}` is no provider name; use up to 64 letters, digits, `-`, `_` and `.`"))
}

fn is_plain_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn boxed(texts: Vec<String>) -> Vec<Box<str>> {
    texts.into_iter().map(String::into_boxed_str).collect()
}
