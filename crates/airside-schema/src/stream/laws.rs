//! The grammar of events, as a checker.

use std::collections::BTreeMap;

use super::{BlockKind, Delta, Event};

/// A broken law and the place it was broken at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {at}: {law}")]
pub struct Violation {
    /// The number of the event, from 0.
    pub at: usize,
    /// The law.
    pub law: &'static str,
}

/// Checks a sequence of events against the laws:
///
/// 1. `Start` comes first, once. Only `Ping` and `Fault` may come before it.
/// 2. Blocks of a choice follow each other: one is open at a time, and their
///    indices are 0, 1, 2, …
/// 3. A `Delta` belongs to the open block and fits its kind.
/// 4. A choice finishes at most once, after its last block has stopped.
/// 5. Token counts never shrink.
/// 6. Exactly one `End` or `Fault`, and nothing after it. At `End` no block is
///    open.
///
/// Every stream test runs under it; it never runs on the way of a call.
#[derive(Debug, Default)]
pub struct Checker {
    seen: usize,
    started: bool,
    ended: bool,
    choices: BTreeMap<u32, Progress>,
    tokens: (u64, u64),
}

#[derive(Debug, Default)]
struct Progress {
    next: u32,
    open: Option<(u32, BlockKind)>,
    finished: bool,
}

impl Checker {
    /// Checks the next event.
    pub fn event(&mut self, event: &Event) -> Result<(), Violation> {
        let at = self.seen;
        self.seen += 1;
        self.law(event).map_err(|law| Violation { at, law })
    }

    /// Checks that the sequence is complete.
    pub fn finish(&self) -> Result<(), Violation> {
        if self.ended {
            return Ok(());
        }
        Err(Violation { at: self.seen, law: "a stream ends with End or Fault" })
    }

    /// Checks a whole sequence.
    pub fn check<'a>(events: impl IntoIterator<Item = &'a Event>) -> Result<(), Violation> {
        let mut checker = Self::default();
        for event in events {
            checker.event(event)?;
        }
        checker.finish()
    }

    fn law(&mut self, event: &Event) -> Result<(), &'static str> {
        ensure(!self.ended, "nothing follows End or Fault")?;
        match event {
            Event::Start(_) => {
                ensure(!self.started, "Start comes once")?;
                self.started = true;
                return Ok(());
            }
            Event::Fault(_) => {
                self.ended = true;
                return Ok(());
            }
            Event::Ping => return Ok(()),
            _ => ensure(self.started, "Start comes first")?,
        }
        match event {
            Event::BlockStart { choice, index, kind } => self.open(*choice, *index, kind),
            Event::Delta { choice, index, delta } => self.delta(*choice, *index, delta),
            Event::BlockStop { choice, index } => self.close(*choice, *index),
            Event::Finish { choice, .. } => self.finish_choice(*choice),
            Event::Usage(usage) => {
                let (input, output) = self.tokens;
                ensure(
                    usage.input >= input && usage.output >= output,
                    "token counts never shrink",
                )?;
                self.tokens = (usage.input, usage.output);
                Ok(())
            }
            Event::End => {
                let open = self.choices.values().any(|choice| choice.open.is_some());
                ensure(!open, "no block is open at End")?;
                self.ended = true;
                Ok(())
            }
            Event::Opaque { .. } | Event::Start(_) | Event::Fault(_) | Event::Ping => Ok(()),
        }
    }

    fn open(&mut self, choice: u32, index: u32, kind: &BlockKind) -> Result<(), &'static str> {
        let choice = self.choices.entry(choice).or_default();
        ensure(!choice.finished, "no block starts after Finish")?;
        ensure(choice.open.is_none(), "one block of a choice is open at a time")?;
        ensure(choice.next == index, "block indices are 0, 1, 2, …")?;
        choice.next = index + 1;
        choice.open = Some((index, kind.clone()));
        Ok(())
    }

    fn delta(&mut self, choice: u32, index: u32, delta: &Delta) -> Result<(), &'static str> {
        let open = self.choices.get(&choice).and_then(|choice| choice.open.as_ref());
        let Some((at, kind)) = open else { return Err("a Delta belongs to the open block") };
        ensure(*at == index, "a Delta belongs to the open block")?;
        ensure(fits(kind, delta), "a Delta fits the kind of its block")
    }

    fn close(&mut self, choice: u32, index: u32) -> Result<(), &'static str> {
        let progress = self.choices.entry(choice).or_default();
        let open = progress.open.take();
        ensure(open.is_some_and(|(at, _)| at == index), "BlockStop closes the open block")
    }

    fn finish_choice(&mut self, choice: u32) -> Result<(), &'static str> {
        let progress = self.choices.entry(choice).or_default();
        ensure(!progress.finished, "a choice finishes once")?;
        ensure(progress.open.is_none(), "a choice finishes after its last block has stopped")?;
        progress.finished = true;
        Ok(())
    }
}

fn ensure(holds: bool, law: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(law) }
}

fn fits(kind: &BlockKind, delta: &Delta) -> bool {
    match delta {
        Delta::Opaque { .. } | Delta::Logprobs(_) => true,
        Delta::Text(_) | Delta::Citation(_) => matches!(kind, BlockKind::Text),
        Delta::Reasoning(_) | Delta::Signature(_) | Delta::Redacted(_) => {
            matches!(kind, BlockKind::Reasoning)
        }
        Delta::Refusal(_) => matches!(kind, BlockKind::Refusal),
        Delta::Arguments(_) => matches!(kind, BlockKind::ToolCall { .. }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FinishReason, Usage};

    fn start() -> Event {
        Event::Start(Box::default())
    }

    fn block(index: u32) -> Event {
        Event::BlockStart { choice: 0, index, kind: BlockKind::Text }
    }

    fn text(index: u32) -> Event {
        Event::Delta { choice: 0, index, delta: Delta::Text("x".into()) }
    }

    fn stop(index: u32) -> Event {
        Event::BlockStop { choice: 0, index }
    }

    fn finish() -> Event {
        Event::Finish { choice: 0, reason: FinishReason::Stop }
    }

    fn usage(input: u64, output: u64) -> Event {
        Event::Usage(Box::new(Usage::new(input, output)))
    }

    #[test]
    fn a_complete_answer_obeys_the_laws() {
        let events = [start(), block(0), text(0), stop(0), finish(), usage(1, 2), Event::End];
        assert_eq!(Checker::check(&events), Ok(()));
    }

    #[test]
    fn each_broken_law_is_named() {
        let cases: [(&[Event], &str); 10] = [
            (&[block(0)], "Start comes first"),
            (&[start(), start()], "Start comes once"),
            (&[start(), text(0)], "a Delta belongs to the open block"),
            (&[start(), block(0), text(1)], "a Delta belongs to the open block"),
            (&[start(), block(0), block(1)], "one block of a choice is open at a time"),
            (&[start(), block(1)], "block indices are 0, 1, 2, …"),
            (&[start(), block(0), finish()], "a choice finishes after its last block has stopped"),
            (&[start(), usage(3, 3), usage(3, 2)], "token counts never shrink"),
            (&[start(), Event::End, Event::Ping], "nothing follows End or Fault"),
            (&[start()], "a stream ends with End or Fault"),
        ];
        for (events, law) in cases {
            assert_eq!(Checker::check(events).unwrap_err().law, law, "{events:?}");
        }
    }

    #[test]
    fn a_delta_must_fit_its_block() {
        let delta = Event::Delta { choice: 0, index: 0, delta: Delta::Arguments("{}".into()) };
        let law = Checker::check(&[start(), block(0), delta]).unwrap_err().law;
        assert_eq!(law, "a Delta fits the kind of its block");
    }
}
