//! The whole run: every recording, every way, then the verdicts.

use super::arguments::Arguments;
use super::error::ReplayError;
use super::recording::{self, Recording};
use super::report::{Outcome, Verdict, report};
use super::side::Side;
use super::stage::{Played, Stage};
use super::translated::{self, Way};
use super::verbatim;

/// A call that was played.
enum Case<'r> {
    Verbatim(Box<verbatim::Case<'r>>),
    Translated(Box<translated::Case<'r>>),
}

/// Plays every recording of the folder and judges what came of it.
///
/// # Errors
///
/// If there is nothing to play, or the gateway does not start. What the gateway does wrong is
/// told by the outcome.
pub async fn run(arguments: Arguments) -> Result<Outcome, ReplayError> {
    let recordings = recording::load(&arguments)?;
    let stage = Stage::set(&arguments).await?;
    let mut cases = Vec::new();
    let mut verdicts = Vec::new();
    for recording in &recordings {
        let recording = match recording {
            Ok(recording) => recording,
            Err(unreadable) => {
                verdicts.push(Verdict::unreadable(unreadable));
                continue;
            }
        };
        cases.push(Case::Verbatim(Box::new(verbatim::play(&stage, recording).await?)));
        if !recording.is_chat {
            continue;
        }
        for way in ways(recording) {
            match translated::play(&stage, recording, way).await? {
                Ok(case) => cases.push(Case::Translated(Box::new(case))),
                Err(reason) => verdicts.push(translated::unplayable(recording, reason)),
            }
        }
    }
    for case in &cases {
        verdicts.push(judge(&stage, case).await);
    }
    report(&arguments, &verdicts)
}

/// The ways to play a recording across dialects.
fn ways(recording: &Recording) -> impl Iterator<Item = Way> {
    // A recording without its request has nothing real to ask.
    let request = recording.request.is_some().then_some(Way::Request);
    // Only the format of chat completions hides what its callers do not expect.
    let shown = (recording.side == Side::Anthropic).then_some(Way::Shown);
    std::iter::once(Way::Answer).chain(request).chain(shown)
}

async fn judge(stage: &Stage, case: &Case<'_>) -> Verdict {
    let played = match case {
        Case::Verbatim(case) => &case.played,
        Case::Translated(case) => &case.played,
    };
    let record = match request_id(played) {
        Some(id) => stage.gateway.records.get(id).await,
        None => None,
    };
    match case {
        Case::Verbatim(case) => case.judge(record.as_ref()),
        Case::Translated(case) => case.judge(record.as_ref()),
    }
}

fn request_id(played: &Played) -> Option<&str> {
    played.reply.as_ref().ok()?.request_id()
}
