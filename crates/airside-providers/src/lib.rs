//! Providers as data: where each one is, what it offers, how to show who calls.
//!
//! A provider is a row of a table ([`Registry`]); adding one that speaks a known
//! dialect takes no code. Besides the rows this crate answers the questions a
//! call has about its provider: which endpoint ([`negotiate()`]), which URL
//! ([`ProviderSpec::endpoint_url`]), which key ([`credentials::find`]) and how
//! the request carries it ([`auth`]). It opens no connections, reads no
//! environment variables and knows no policy.
//!
//! ```
//! use airside_providers::{Registry, negotiate};
//! use airside_schema::{DialectId, Operation};
//!
//! let registry = Registry::builtin();
//! let groq = registry.get("groq").ok_or("no such provider")?;
//! let endpoint = negotiate(groq, Operation::Chat, DialectId::ANTHROPIC_MESSAGES)?;
//! assert_eq!(endpoint.dialect, DialectId::OPENAI_CHAT);
//!
//! let url = groq.endpoint_url(endpoint, None, None)?;
//! assert_eq!(url.to_string(), "https://api.groq.com/openai/v1/chat/completions");
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

pub mod auth;
pub mod credentials;
mod error;
pub mod markdown;
pub mod model_name;
mod negotiate;
mod preset;
mod registry;
mod row;
mod secret;
mod spec;
mod table;
mod url;

pub use error::{AuthError, MissingKey, ModelNameError, NotSupported, RowError, UrlError};
pub use negotiate::negotiate;
pub use registry::Registry;
pub use row::Row;
pub use secret::Secret;
pub use spec::{
    AuthScheme, DeveloperRole, Endpoint, KeyNeed, OptionHeader, ProviderSpec, Quirks, Status,
};
pub use url::{BaseUrl, check_path};
