//! The client against servers on the loopback interface.
//!
//! Servers are scripted byte by byte, or hyper's. Time is paused where a test
//! waits for a limit; nothing sleeps.

#[cfg(test)]
mod cancellation;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod http2;
#[cfg(test)]
mod policy;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod reuse;
#[cfg(test)]
mod support;
#[cfg(test)]
mod timeouts;
#[cfg(test)]
mod tls;
