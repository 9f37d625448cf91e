//! HTTP client to upstreams as a tower service: pool, TLS, proxies, timeouts,
//! address policy.
//!
//! A [`Client`] takes an [`http::Request`] and gives an [`http::Response`]
//! whose body streams. It is made for a gateway: on a pooled HTTP/1 connection
//! a request costs no task, no channel of ours and no timer registration; a
//! response body is read only as fast as it is asked for; dropping either
//! cancels the work at the upstream at once.
//!
//! ```
//! # use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! use airside_transport::{Client, Destination, RequestBody, TransportConfig};
//! use http_body_util::BodyExt;
//! use tower_service::Service;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! # let url = format!("http://{}/v1/chat/completions", listener.local_addr()?);
//! # let upstream = async move {
//! #     let (mut stream, _) = listener.accept().await.unwrap();
//! #     stream.read(&mut [0; 4096]).await.unwrap();
//! #     stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi").await.unwrap();
//! # };
//! # let client_side = async move {
//! let mut client = Client::new(TransportConfig::default())?;
//! let request = http::Request::post(url)
//!     .header("content-type", "application/json")
//!     // The operator named this upstream; what callers name is checked.
//!     .extension(Destination::Trusted)
//!     .body(RequestBody::from(r#"{"model":"m","messages":[]}"#))?;
//! let response = client.call(request).await?;
//! assert_eq!(response.status(), 200);
//! assert_eq!(response.into_body().collect().await?.to_bytes(), "hi");
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! # };
//! # let (_, result) = tokio::join!(upstream, client_side);
//! # result
//! # }
//! ```
//!
//! What it does not do: retry, follow redirects, decompress, limit concurrency,
//! read the environment, know what an LLM is.
//!
//! # The choke point
//!
//! Requests to hosts that callers name go out as [`Destination::Checked`]. The
//! [`AddressPolicy`] then judges the host as written and every address it
//! resolves to, and the connection is made to exactly the addresses judged. The
//! policy can be used alone to refuse a URL early: [`AddressPolicy::check_url`].

mod address;
mod body;
mod client;
mod config;
mod conn;
mod connect;
mod error;
mod key;
mod pool;
mod proxy;
mod reaper;
mod spawn;
mod timeouts;
mod tls;

pub use address::{AddressError, AddressPolicy, AddressRange, DEFAULT_ALLOWED_HOSTS};
pub use body::{RequestBody, ResponseBody};
pub use client::{Client, ResponseFuture};
pub use config::{ClientCertificate, Http2, TlsConfig, TransportConfig};
pub use connect::{Resolve, Resolving};
pub use error::{BoxError, TransportError};
pub use key::Destination;
pub use pool::PoolStatus;
pub use proxy::ProxyConfig;
pub use timeouts::{TimeoutKind, Timeouts};
