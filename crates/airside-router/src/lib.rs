//! Compiles a routing tree into one tower service.
//!
//! A [`RouteSpec`] says which target answers a call, when the next one is tried and how often: single,
//! fallback, load balance and conditional nodes, nested as deep as needed, each with an optional
//! retry policy. [`compile()`] turns it into a [`BoxCall`](airside_call::BoxCall) over whatever the
//! leaves are; a tree that is one target without retries compiles to the leaf itself.
//!
//! This crate is the only place that retries. It knows no provider and no dialect, sends nothing
//! and reads no configuration format: what a target is, is the caller's type `T`.
//!
//! ```
//! use airside_call::{BoxCall, Call, CallError, ErrorKind, Reply, ReplyBody};
//! use airside_router::{Kind, Node, RetryPolicy, RouteSpec, compile};
//! use airside_wire::Str;
//! use http::StatusCode;
//!
//! // Two regions; the second is tried if the first fails, after one retry.
//! let eu = Node::target("root.eu", "eu").with_retry(RetryPolicy::new(1));
//! let us = Node::target("root.us", "us");
//! let spec = RouteSpec::new(Node::new("root", Kind::Fallback {
//!     on_status_codes: None,
//!     of: vec![eu, us],
//! }));
//!
//! let leaves = |region: &&'static str, _path: &Str| {
//!     let region = *region;
//!     Ok(BoxCall::new(tower::service_fn(move |_: Call| async move {
//!         match region {
//!             "eu" => Err(CallError::new(ErrorKind::UpstreamFailed, "eu is down")),
//!             _ => Ok(Reply::new(StatusCode::OK, ReplyBody::Raw("from us".into()))),
//!         }
//!     })))
//! };
//! let service: BoxCall = compile(&spec, &leaves)?;
//! # let _ = service;
//! # Ok::<_, airside_router::CompileError>(())
//! ```

mod compile;
mod config;
mod error;
mod leaf;
mod policy;
mod predicate;
mod random;
mod strategies;
#[cfg(test)]
mod testing;

pub use compile::{compile, compile_with};
pub use config::{Kind, Node, RouteSpec};
pub use error::{CompileError, PredicateError};
pub use leaf::{LeafFactory, always_fails};
pub use policy::{DEFAULT_STATUS_CODES, MAX_ATTEMPTS, RetryPolicy};
pub use predicate::{PatternAllowance, Predicate};
pub use random::Random;
