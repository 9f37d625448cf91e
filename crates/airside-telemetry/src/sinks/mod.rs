//! The built-in sinks.

mod jsonl;
mod memory;
mod pretty;

pub use jsonl::JsonLines;
pub use memory::Memory;
pub use pretty::Pretty;
