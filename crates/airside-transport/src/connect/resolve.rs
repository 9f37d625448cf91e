//! Turning a host name into addresses.
//!
//! Not a cache. Invariant: what comes out is judged by the address policy
//! before anything connects to it.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;

/// The addresses of a host, to come.
pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + 'a>>;

/// Resolves host names.
///
/// # Behavior
///
/// The order of the addresses is the order in which they are tried. Addresses
/// written as such are never resolved.
pub trait Resolve: fmt::Debug + Send + Sync {
    /// Resolves `host`; the addresses carry `port`.
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolving<'a>;
}

/// The resolver of the operating system.
#[derive(Debug)]
pub(crate) struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolving<'a> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}
