//! A complete answer to events.

use super::{BlockKind, Delta, Event, Start};
use crate::{ChatResponse, Choice, FinishReason, Part, PartKind};

/// The events of a complete answer, as a stream would have sent them: one
/// delta a block. The opposite of [`Folder`](super::Folder).
pub fn unfold(response: &ChatResponse) -> Vec<Event> {
    let mut events = vec![Event::Start(Box::new(Start {
        id: response.id.clone(),
        model: response.model.clone(),
        created: response.created,
        service_tier: response.service_tier.clone(),
        extras: response.extras.clone(),
    }))];
    for choice in &response.choices {
        unfold_choice(choice, &mut events);
    }
    if let Some(usage) = &response.usage {
        events.push(Event::Usage(Box::new(usage.clone())));
    }
    events.push(Event::End);
    events
}

fn unfold_choice(choice: &Choice, events: &mut Vec<Event>) {
    let mut logprobs = choice.logprobs.as_ref();
    for (index, part) in (0_u32..).zip(&choice.message.parts) {
        let (kind, deltas) = block(part);
        events.push(Event::BlockStart { choice: choice.index, index, kind });
        let is_text = matches!(part.kind, PartKind::Text { .. });
        let logprobs = if is_text { logprobs.take() } else { None };
        let logprobs = logprobs.map(|raw| Delta::Logprobs(raw.clone()));
        for delta in deltas.into_iter().chain(logprobs) {
            events.push(Event::Delta { choice: choice.index, index, delta });
        }
        events.push(Event::BlockStop { choice: choice.index, index });
    }
    let reason = choice.finish.clone().unwrap_or(FinishReason::Stop);
    events.push(Event::Finish { choice: choice.index, reason });
}

fn block(part: &Part) -> (BlockKind, Vec<Delta>) {
    match &part.kind {
        PartKind::Text { text, citations } => {
            let mut deltas = vec![Delta::Text(text.clone())];
            deltas.extend(citations.iter().map(|c| Delta::Citation(Box::new(c.clone()))));
            (BlockKind::Text, deltas)
        }
        PartKind::Refusal(text) => (BlockKind::Refusal, vec![Delta::Refusal(text.clone())]),
        PartKind::Reasoning(reasoning) => {
            let mut deltas = Vec::new();
            if !reasoning.text.is_empty() {
                deltas.push(Delta::Reasoning(reasoning.text.clone()));
            }
            deltas.extend(reasoning.signature.clone().map(Delta::Signature));
            deltas.extend(reasoning.redacted.clone().map(Delta::Redacted));
            (BlockKind::Reasoning, deltas)
        }
        PartKind::ToolCall(call) => {
            let (id, name) = (call.id.clone(), call.name.clone());
            let kind = BlockKind::ToolCall { id, name, custom: call.custom };
            (kind, vec![Delta::Arguments(call.arguments.clone())])
        }
        PartKind::Opaque { dialect, raw } => {
            (BlockKind::Opaque { dialect: *dialect, raw: raw.clone() }, Vec::new())
        }
        // Models do not answer with these as blocks of a stream; a dialect that
        // does decodes them as Opaque.
        PartKind::Image(_) | PartKind::Audio(_) | PartKind::File(_) | PartKind::ToolResult(_) => {
            (BlockKind::Text, Vec::new())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::{Checker, Folder};
    use crate::{Message, Reasoning, Role, ToolCall, Usage};

    fn answer() -> ChatResponse {
        let reasoning = Reasoning {
            text: "because".into(),
            signature: Some("c2ln".into()),
            ..Reasoning::default()
        };
        let parts = vec![
            Part::new(PartKind::Reasoning(reasoning)),
            Part::text("It rains."),
            Part::new(PartKind::ToolCall(ToolCall::new("call_1", "umbrella", r#"{"open":true}"#))),
        ];
        let message = Message::new(Role::Assistant, parts);
        ChatResponse {
            id: "msg_1".into(),
            model: "m".into(),
            choices: vec![Choice::new(0, message, Some(FinishReason::ToolCalls))],
            usage: Some(Usage::new(10, 5)),
            ..ChatResponse::default()
        }
    }

    #[test]
    fn folding_the_unfolded_answer_gives_it_back() {
        let answer = answer();
        let mut folder = Folder::default();
        for event in unfold(&answer) {
            folder.event(&event);
        }
        assert_eq!(folder.finish().unwrap(), answer);
    }

    #[test]
    fn unfolded_answers_obey_the_laws() {
        assert_eq!(Checker::check(&unfold(&answer())), Ok(()));
    }
}
