//! The leaf of every route: one call to one provider, over any transport.
//!
//! This is the only place that decides how a call reaches its upstream: with
//! the bytes that arrived (*verbatim*), with named splices in them (*patched*),
//! or decoded and written in another dialect (*translated*). It never retries
//! and opens no socket: it is generic over a [`Transport`].

mod body;
mod decompress;
pub mod echo;
mod fault;
mod headers;
mod plan;
mod request;
mod service;
mod stream;
mod target;
mod transport;
mod unary;

pub use service::{Upstream, UpstreamConfig, UpstreamService};
pub use target::Target;
pub use transport::{Outgoing, OutgoingBody, Reach, Transport};
