//! The load tool: drives every contestant through the same scenarios in interleaved rounds and
//! sets the figures side by side.
//!
//! Contestants are processes with an HTTP port: the mock upstream called directly, the bare
//! pass-through, Airside, and any other gateway. The tool measures them from outside, over
//! loopback only, and knows nothing of their inside. Every contestant gets the same bytes, and
//! every run is bounded in requests and in time.
//!
//! Reading order: [`run`] is the whole course; `stage` starts who takes part; `scenario` says what
//! is measured; `closed_loop`, `open_loop`, `streams` and `lifecycle` measure it; `figures`,
//! `budgets` and `report` tell it.

mod arguments;
mod budgets;
mod call;
mod chat_body;
mod client;
mod closed_loop;
mod contestant;
mod error;
mod figures;
mod http1;
mod lifecycle;
mod limit;
mod open_loop;
mod process;
mod report;
mod run;
mod scenario;
mod stage;
mod streams;

pub use arguments::Arguments;
pub use error::LoadError;
pub use run::{Outcome, run};
