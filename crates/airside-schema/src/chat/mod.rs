//! A conversation turn: request, response and their parts.

mod finish;
mod message;
mod params;
mod part;
mod request;
mod response;
mod tool;
mod usage;

pub use finish::FinishReason;
pub use message::{Message, Role};
pub use params::{Params, ReasoningConfig, ReasoningEffort, ResponseFormat};
pub use part::{
    CacheMark, Citation, Media, MediaSource, Part, PartKind, Reasoning, ToolCall, ToolResult,
};
pub use request::ChatRequest;
pub use response::{ChatResponse, Choice};
pub use tool::{Tool, ToolChoice, ToolKind};
pub use usage::Usage;
