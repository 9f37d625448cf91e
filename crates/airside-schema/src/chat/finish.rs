//! Why an answer ended.

use airside_wire::Str;

/// Why an answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FinishReason {
    /// The model was done.
    Stop,
    /// A stop sequence occurred; the text if the dialect tells it.
    StopSequence(Option<Str>),
    /// The token limit was reached.
    Length,
    /// The context window was full.
    ContextWindow,
    /// The model wants tools called.
    ToolCalls,
    /// The model wants a function called, in the form before tools existed.
    FunctionCall,
    /// A content filter stopped it.
    ContentFilter,
    /// The model declined.
    Refusal,
    /// A long-running turn paused and can be continued.
    PauseTurn,
    /// The upstream reported an error as a finish reason.
    Error,
    /// A reason this version does not know, as the upstream named it.
    Other(Str),
}
