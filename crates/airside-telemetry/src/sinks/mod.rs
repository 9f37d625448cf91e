//! The built-in sinks.

mod jsonl;
mod memory;
mod pretty;
mod text;

pub use jsonl::JsonLines;
pub use memory::Memory;
pub use pretty::Pretty;
pub use text::Text;
