//! What a caller asks of a model.

use airside_wire::{RawJson, Str};

use super::{Message, Params, ReasoningConfig, ResponseFormat, Tool, ToolChoice};
use crate::{DialectId, Extras};

/// A chat request in the unified schema.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct ChatRequest {
    /// The dialect it was decoded from, if it was. An encoder of the same
    /// dialect may write back what it would not write for others, such as a
    /// setting only some servers of the dialect know.
    pub source: Option<DialectId>,
    /// The model asked for; empty if the document names none.
    pub model: Str,
    /// The conversation. System instructions are messages like the others;
    /// dialects that keep them apart put them first.
    pub messages: Vec<Message>,
    /// The tools the model may call.
    pub tools: Vec<Tool>,
    /// Whether and which tool it must call.
    pub tool_choice: Option<ToolChoice>,
    /// Whether it may call several tools in one turn.
    pub parallel_tool_calls: Option<bool>,
    /// Sampling and limits.
    pub params: Params,
    /// The form the answer must have.
    pub response_format: Option<ResponseFormat>,
    /// How much to think, and whether to show it.
    pub reasoning: Option<ReasoningConfig>,
    /// A stream is asked for.
    pub stream: bool,
    /// The stream should end with a usage report. Dialects that always send
    /// one decode as `true`.
    pub stream_usage: bool,
    /// The application's name for its end user.
    pub user: Option<Str>,
    /// Free key-value pairs of the application, a JSON object.
    pub metadata: Option<RawJson>,
    /// The processing tier, as the caller's dialect names it.
    pub service_tier: Option<Str>,
    /// Everything else.
    pub extras: Extras,
}

impl ChatRequest {
    /// A request for a model with a conversation, everything else unset.
    pub fn new(model: impl Into<Str>, messages: Vec<Message>) -> Self {
        Self { model: model.into(), messages, ..Self::default() }
    }
}
