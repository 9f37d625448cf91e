//! The configuration of the whole gateway, as written.
//!
//! Every field has a default: an empty file, or none at all, runs. The doc
//! comments are the reference page.

use std::collections::BTreeMap;
use std::path::PathBuf;

use airside_config::Secret;
use airside_providers::Row;
use serde::Deserialize;

/// The configuration file, in YAML or TOML.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct GatewayConfig {
    /// Where and how to listen.
    pub listen: ListenConfig,
    /// API keys by provider, for callers that send none. `${NAME}` reads the
    /// environment, `${file:/path}` a file.
    pub keys: BTreeMap<String, Secret>,
    /// Providers to add or replace, by id.
    pub providers: BTreeMap<String, Row>,
    /// The provider of calls that name none in any way.
    pub default_provider: Option<String>,
    /// Hosts callers may name as custom host.
    pub custom_hosts: CustomHostConfig,
    /// How long to wait for upstreams.
    pub timeouts: TimeoutConfig,
    /// Which web pages may call the gateway.
    pub cors: CorsConfig,
    /// What is logged.
    pub log: LogConfig,
}

/// Where and how to listen.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct ListenConfig {
    /// Address to listen on.
    pub host: String,
    /// Port to listen on; `PORT` and `--port` win over it.
    pub port: u16,
    /// Threads that serve, each with connections of its own; 0 means one a
    /// processor.
    pub workers: usize,
    /// Serve TLS with these files.
    pub tls: Option<TlsFiles>,
    /// The largest request body kept in memory, in bytes. Larger ones get 413.
    pub max_body_bytes: usize,
    /// The largest head of a request, in bytes. Larger ones get 431.
    pub max_head_bytes: usize,
    /// How long the head of a request may take, in milliseconds.
    pub head_timeout_ms: u64,
    /// How long a request's body may stay silent, in milliseconds. Then 408.
    pub body_timeout_ms: u64,
    /// How long streams may go on after SIGTERM, in milliseconds.
    pub drain_timeout_ms: u64,
    /// A stream whose upstream is silent for so long gets a comment, so that
    /// proxies do not close it; in milliseconds, 0 sends none.
    pub keep_alive_ms: u64,
}

impl Default for ListenConfig {
    fn default() -> Self {
        Self {
            host: "0.0.0.0".into(),
            port: 8787,
            workers: 0,
            tls: None,
            max_body_bytes: 64 * 1024 * 1024,
            max_head_bytes: 64 * 1024,
            head_timeout_ms: 15_000,
            body_timeout_ms: 30_000,
            drain_timeout_ms: 30_000,
            keep_alive_ms: 15_000,
        }
    }
}

/// A certificate and its key.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TlsFiles {
    /// The certificate chain, PEM.
    pub certificate: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
}

/// Hosts callers may name as custom host. Public addresses are always
/// allowed, private and metadata addresses are not.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct CustomHostConfig {
    /// Allowed besides loopback: host names, suffixes such as
    /// `.svc.cluster.local`, addresses and CIDR ranges.
    pub allow: Vec<String>,
    /// Replaces the default list (localhost, 127.0.0.1, ::1,
    /// host.docker.internal). `TRUSTED_CUSTOM_HOSTS` wins over it.
    pub trusted: Option<Vec<String>>,
}

/// How long to wait for upstreams, in milliseconds; 0 means no limit.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct TimeoutConfig {
    /// Until a connection is ready: name resolution, TCP, proxy, TLS.
    pub connect_ms: u64,
    /// Until the reply's headers.
    pub first_byte_ms: u64,
    /// How long a reply's body may stay silent.
    pub between_frames_ms: u64,
    /// The whole call.
    pub total_ms: u64,
}

impl Default for TimeoutConfig {
    fn default() -> Self {
        Self { connect_ms: 10_000, first_byte_ms: 300_000, between_frames_ms: 300_000, total_ms: 0 }
    }
}

/// Which web pages may call the gateway. Without origins there is no CORS.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct CorsConfig {
    /// Origins such as `https://app.example.com`; `*` means any.
    pub origins: Vec<String>,
    /// Request headers pages may send; empty means any they ask for.
    pub headers: Vec<String>,
    /// Reply headers pages may read.
    pub expose: Vec<String>,
}

/// What is logged.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct LogConfig {
    /// Form of records (standard output) and diagnostics (standard error).
    pub format: LogFormat,
    /// Filter of diagnostics, such as `info` or `warn,airside_upstream=debug`.
    pub level: String,
    /// Write a record for every call.
    pub calls: bool,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { format: LogFormat::default(), level: "info".into(), calls: true }
    }
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    #[default]
    Pretty,
}
