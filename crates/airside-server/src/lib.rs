//! The edge of the gateway: listeners, routes, reading calls and writing
//! replies, and the composition of everything below.
//!
//! It holds no translation and no policy: it builds a [`Call`](airside_call::Call)
//! from a request, hands it to the route its headers or configuration choose,
//! and writes the reply in the caller's dialect.
//!
//! Run it whole with [`Gateway::serve`], or mount [`Gateway::http_service`] in
//! a server of your own.

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
