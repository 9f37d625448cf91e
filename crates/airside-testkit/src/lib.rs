//! What tests of the other crates need: a scripted upstream, a client that can go away, byte
//! streams cut in every way, fixtures, and JSON written and compared.
//!
//! It knows no dialect, no provider and no part of the gateway, so that a test written with it
//! judges the gateway from outside. Nothing here sleeps: where a test needs a moment to pass, it
//! holds a [`Gate`] and opens it. Everything random comes from a [`Rng`] with a seed, so that a
//! failure can be repeated.
//!
//! ```
//! use airside_testkit::{Answer, Upstream, client};
//! use http_body_util::Full;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let upstream = Upstream::start(|_| Answer::json(200, r#"{"ok":true}"#))?;
//! let request = http::Request::get("/v1/models").body(Full::<bytes::Bytes>::default())?;
//! let reply = client::send(upstream.address(), request).await?.whole().await?;
//! assert_eq!(reply.body, r#"{"ok":true}"#);
//! assert_eq!(upstream.received()[0].uri, "/v1/models");
//! # Ok(())
//! # }
//! ```

pub mod client;
mod fixture;
mod gate;
pub mod json;
pub mod rechunk;
mod rng;
pub mod sse;
mod upstream;

pub use fixture::{Fixture, walk};
pub use gate::Gate;
pub use rng::Rng;
pub use upstream::{Answer, Received, Upstream};
