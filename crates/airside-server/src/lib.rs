//! The edge of the gateway: listeners, routes, reading calls and writing
//! replies, and the composition of everything below.
//!
//! It holds no translation and no policy: it builds a [`Call`](airside_call::Call)
//! from a request, hands it to the route its headers or configuration choose,
//! and writes the reply in the caller's dialect.
//!
//! Run it whole with [`Gateway::serve`], or mount [`Gateway::http_service`] in
//! a server of your own.
//!
//! ```
//! use airside_server::{Gateway, GatewayConfig};
//! use http_body_util::{BodyExt, Full};
//! use tower::ServiceExt;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut config = GatewayConfig::default();
//! config.default_provider = Some("echo".into()); // Built in; needs no key and no network.
//! let gateway = Gateway::builder(config).build()?;
//!
//! let body = r#"{"model":"any","messages":[{"role":"user","content":"Hello"}]}"#;
//! let request = http::Request::post("/v1/chat/completions")
//!     .header("content-type", "application/json")
//!     .body(Full::<bytes::Bytes>::from(body))?;
//! let response = gateway.http_service().oneshot(request).await?;
//! assert_eq!(response.status(), 200);
//! let body = response.into_body().collect().await?.to_bytes();
//! assert!(str::from_utf8(&body)?.contains(r#""content":"Hello""#));
//! # Ok(())
//! # }
//! ```

mod adapter;
mod compat;
mod compose;
mod config;
mod drain;
mod edge;
mod error;
mod gateway;
mod listen;
mod local;
mod routes;
mod serve;
mod tls;
mod worker;

pub use config::{
    CorsConfig, CustomHostConfig, GatewayConfig, ListenConfig, LogConfig, LogFormat, TimeoutConfig,
    TlsFiles,
};
pub use drain::Drain;
pub use edge::EdgeBody;
pub use error::ServerError;
pub use gateway::{Gateway, GatewayBuilder};
pub use listen::bind;
pub use worker::HttpService;
