//! A scripted upstream for load tests: it answers chat completions and messages the way a
//! provider would, from bytes rendered once, as long, as slow and in as many chunks as the
//! request asks for.
//!
//! It is not a model of any provider's behavior: it checks nothing, refuses nothing but what it
//! cannot read, and always says the same thing. What it promises is that equal requests get equal
//! bytes (stamps excepted), that every chunk of a stream is one write, and that it costs little
//! enough to sit beside the gateway being measured.
//!
//! ```text
//! mock-upstream --port 9000 --threads 1
//! curl 127.0.0.1:9000/v1/chat/completions -d '{"model":"mock-200-slow-5","stream":true}'
//! ```
//!
//! [`script`] explains the words a request may use. [`per_core`] runs any hyper service on one
//! current-thread runtime per core and is shared with the pass-through proxy of `benches/`.

mod body;
mod dialect;
pub mod per_core;
mod request;
pub mod script;
mod service;

pub use body::ReplyBody;
pub use service::Mock;
