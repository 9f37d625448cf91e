//! Why an answer ended, in both directions.
//!
//! Not the events around it. A reason of this dialect survives the way there
//! and back; one it has no name for becomes the nearest and is reported.

use airside_schema::{FinishReason, LossReport, Weight};
use airside_wire::Str;

/// Decodes `stop_reason` and `stop_sequence`.
pub(super) fn decode(reason: Str, sequence: Option<Str>) -> FinishReason {
    match &*reason {
        "end_turn" => FinishReason::Stop,
        "stop_sequence" => FinishReason::StopSequence(sequence),
        "max_tokens" => FinishReason::Length,
        "model_context_window_exceeded" => FinishReason::ContextWindow,
        "tool_use" => FinishReason::ToolCalls,
        "refusal" => FinishReason::Refusal,
        "pause_turn" => FinishReason::PauseTurn,
        _ => FinishReason::Other(reason),
    }
}

/// The reason that fits what was said, where the upstream gave none.
pub(super) fn presumed(called: bool, refused: bool) -> FinishReason {
    match (called, refused) {
        (true, _) => FinishReason::ToolCalls,
        (false, true) => FinishReason::Refusal,
        (false, false) => FinishReason::Stop,
    }
}

/// Encodes a reason as `stop_reason` and `stop_sequence`.
pub(super) fn encode<'a>(
    reason: &'a FinishReason,
    loss: &mut LossReport,
) -> (&'a str, Option<&'a Str>) {
    let name = match reason {
        FinishReason::Stop => "end_turn",
        FinishReason::StopSequence(Some(text)) => return ("stop_sequence", Some(text)),
        // OpenAI-shaped upstreams do not tell which sequence it was.
        FinishReason::StopSequence(None) => "stop_sequence",
        FinishReason::Length => "max_tokens",
        FinishReason::ContextWindow => "model_context_window_exceeded",
        FinishReason::ToolCalls | FinishReason::FunctionCall => "tool_use",
        FinishReason::Refusal => "refusal",
        FinishReason::ContentFilter => {
            let note = "the target format calls a content filter's stop a refusal";
            loss.reply_approximated(Weight::Parameter, "choices[0].finish_reason", note);
            "refusal"
        }
        FinishReason::PauseTurn => "pause_turn",
        FinishReason::Other(name) if &**name == "compaction" => "compaction",
        _ => {
            let note = "the target format has no such finish reason; `end_turn` stands for it";
            loss.reply_approximated(Weight::Semantic, "choices[0].finish_reason", note);
            "end_turn"
        }
    };
    (name, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_of_the_dialect_survives_there_and_back() {
        let names = [
            "end_turn",
            "stop_sequence",
            "max_tokens",
            "model_context_window_exceeded",
            "tool_use",
            "refusal",
            "pause_turn",
            "compaction",
        ];
        for name in names {
            let mut loss = LossReport::default();
            let reason = decode(name.into(), None);
            assert_eq!(encode(&reason, &mut loss), (name, None));
            assert!(loss.is_empty(), "{loss}");
        }
    }

    #[test]
    fn a_foreign_reason_is_reported() {
        let mut loss = LossReport::default();
        let reason = FinishReason::Other("insufficient_system_resource".into());
        assert_eq!(encode(&reason, &mut loss).0, "end_turn");
        assert_eq!(loss.count(Weight::Semantic), 1);
    }
}
