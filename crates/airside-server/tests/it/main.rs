//! The gateway from outside: a client, the gateway on a loopback listener, a scripted upstream.
//! One file per behavior.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper that fails is a test that fails"
)]

mod bad_input;
mod cancel;
mod cors;
mod drain;
mod errors;
mod harness;
mod http1;
mod http2;
mod identity;
mod keep_alive;
mod keys;
mod panics;
mod routing;
mod tls;
mod truncation;
mod uploads;
mod verbatim;
