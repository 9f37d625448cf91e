//! Why an answer ended, in both directions.

use airside_schema::{Direction, FinishReason, LossKind, LossReport, Weight};
use airside_wire::Str;

use crate::shared::at::At;

/// Reads a `finish_reason`.
pub(super) fn decode(name: &Str) -> FinishReason {
    match &**name {
        "stop" => FinishReason::Stop,
        "length" => FinishReason::Length,
        "tool_calls" => FinishReason::ToolCalls,
        "function_call" => FinishReason::FunctionCall,
        "content_filter" => FinishReason::ContentFilter,
        // Servers with a context limit of their own.
        "model_length" | "model_context_window_exceeded" => FinishReason::ContextWindow,
        "error" => FinishReason::Error,
        _ => FinishReason::Other(name.clone()),
    }
}

/// The `finish_reason` closest to a reason.
pub(super) fn encode(reason: &FinishReason, at: &At<'_>, loss: &mut LossReport) -> &'static str {
    let (name, note) = match reason {
        FinishReason::Stop | FinishReason::StopSequence(None) => ("stop", None),
        FinishReason::StopSequence(Some(_)) => {
            let note = "the format does not tell which stop sequence occurred";
            loss.reply_approximated(Weight::Annotation, at.path(), note);
            return "stop";
        }
        FinishReason::Length => ("length", None),
        FinishReason::ToolCalls => ("tool_calls", None),
        FinishReason::FunctionCall => ("function_call", None),
        FinishReason::ContentFilter => ("content_filter", None),
        FinishReason::Refusal => ("content_filter", Some("a refusal is a kind of content filter")),
        FinishReason::ContextWindow => ("length", Some("the context window was full")),
        FinishReason::PauseTurn => ("stop", Some("the turn paused and can be continued")),
        FinishReason::Error => ("stop", Some("the upstream gave an error as the reason")),
        _ => ("stop", Some("the format does not know this reason")),
    };
    if let Some(note) = note {
        let kind = LossKind::Approximated;
        loss.push(Direction::Reply, kind, Weight::Parameter, at.path(), note);
    }
    name
}
