//! Facade of the Airside crates: re-exports by feature, nothing else.
//!
//! Depend on this crate with all features for a whole gateway, or with a few for a
//! part of one:
//!
//! ```toml
//! airside = { version = "0.1", default-features = false, features = ["wire", "dialects"] }
//! ```
//!
//! | feature | module | what it is |
//! |---|---|---|
//! | `wire` | [`wire`] | JSON documents that keep their bytes, SSE, NDJSON, event streams |
//! | `schema` | [`schema`] | the unified schema, stream events, codec traits |
//! | `dialects` | [`dialects`] | the codecs of wire formats |
//! | `call` | [`call`] | a call in flight: request, reply, error |
//! | `transport` | [`transport`] | the HTTP client |
//! | `config` | [`config`] | configuration of any type, with errors that help |
//! | `providers` | [`providers`] | providers as data |
//! | `router` | [`router`] | routing trees |
//! | `telemetry` | [`telemetry`] | one record a call |
//! | `upstream` | [`upstream`] | one call to one provider; the built-in `echo` upstream |
//! | `server` | [`server`] | the gateway itself |
//!
//! A request in one dialect becomes one in another without any I/O:
//!
//! ```
//! # #[cfg(all(feature = "dialects", feature = "schema", feature = "wire"))]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use airside::schema::{DialectId, LossReport, codec::EncodeCx};
//! use airside::wire::{JsonDoc, Limits};
//!
//! let body = r#"{"model":"m","messages":[{"role":"user","content":"Hello"}],"seed":7}"#;
//! let doc = JsonDoc::parse(body.into(), &Limits::default())?;
//!
//! let caller = airside::dialects::chat(DialectId::OPENAI_CHAT).ok_or("not built in")?;
//! let upstream = airside::dialects::chat(DialectId::ANTHROPIC_MESSAGES).ok_or("not built in")?;
//!
//! let request = caller.ingress.decode(&doc)?;
//! let mut loss = LossReport::default();
//! let encoded = upstream.egress.encode(&request, &EncodeCx::default(), &mut loss)?;
//! assert!(std::str::from_utf8(&encoded.body)?.contains(r#""max_tokens":4096"#));
//! // What could not be carried is named.
//! assert!(loss.iter().any(|entry| entry.path == "seed"));
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "dialects", feature = "schema", feature = "wire")))]
//! # fn main() {}
//! ```
//!
//! A whole gateway is [`server::Gateway`]: build it from a configuration, then let it
//! serve, or mount its service in an HTTP server of your own.

#[cfg(feature = "call")]
pub use airside_call as call;
#[cfg(feature = "config")]
pub use airside_config as config;
#[cfg(feature = "dialects")]
pub use airside_dialects as dialects;
#[cfg(feature = "providers")]
pub use airside_providers as providers;
#[cfg(feature = "router")]
pub use airside_router as router;
#[cfg(feature = "schema")]
pub use airside_schema as schema;
#[cfg(feature = "server")]
pub use airside_server as server;
#[cfg(feature = "telemetry")]
pub use airside_telemetry as telemetry;
#[cfg(feature = "transport")]
pub use airside_transport as transport;
#[cfg(feature = "upstream")]
pub use airside_upstream as upstream;
#[cfg(feature = "wire")]
pub use airside_wire as wire;
