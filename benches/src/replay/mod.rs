//! The replay runner: recorded exchanges with real providers, played through the gateway.
//!
//! It starts the gateway as a process, plays the provider itself, and asks one question of every
//! exchange: did anything get lost without being said? In the dialect of the recording all bytes
//! must pass unchanged, both ways. In the other dialect both sides are decoded, and every
//! difference needs an entry in the call's loss report.
//!
//! It judges from outside, by what travels over HTTP and by the gateway's call records. It uses
//! the project's codecs to read both sides; whether a reply is valid at all is checked without
//! them, in `shape`.

mod arguments;
mod conversation;
mod difference;
mod error;
mod gateway;
mod recording;
mod records;
mod reply;
mod report;
mod request;
mod run;
mod shape;
mod side;
mod stage;
mod translated;
mod verbatim;

pub use arguments::Arguments;
pub use error::ReplayError;
pub use report::Outcome;
pub use run::run;
