//! Verdicts, and the table they make.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use airside_schema::Direction;
use serde::Serialize;

use super::arguments::Arguments;
use super::difference::Difference;
use super::error::ReplayError;
use super::recording::{Recording, Unreadable};
use super::records::{Loss, Record};

/// What a run came to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The table and what failed, for a terminal.
    pub text: String,
    /// Whether nothing failed.
    pub passed: bool,
}

/// The judgement on one play of a recording.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    pub(crate) file: String,
    /// Who called whom, and which half was real.
    pub(crate) pair: String,
    /// The recording is of one of the two dialects, not of a relative.
    pub(crate) required: bool,
    pub(crate) features: Vec<String>,
    /// What got lost, or went wrong, without being said.
    pub(crate) silent: Vec<String>,
    /// Differences the loss report owns up to.
    pub(crate) reported: Vec<String>,
    /// The loss report.
    pub(crate) losses: Vec<String>,
}

impl Verdict {
    pub(crate) fn new(recording: &Recording, pair: String) -> Self {
        Self {
            file: recording.file.clone(),
            pair,
            required: recording.is_required(),
            features: recording.features.clone(),
            silent: Vec::new(),
            reported: Vec::new(),
            losses: Vec::new(),
        }
    }

    /// The verdict on a file that should be a recording and is none.
    pub(crate) fn unreadable(unreadable: &Unreadable) -> Self {
        Self {
            file: unreadable.file.clone(),
            pair: "unreadable".to_owned(),
            required: true,
            features: Vec::new(),
            silent: vec![format!("this is not a recording: {}", unreadable.reason)],
            reported: Vec::new(),
            losses: Vec::new(),
        }
    }

    pub(crate) fn fail(&mut self, what: String) {
        self.silent.push(what);
    }

    pub(crate) fn losses(&mut self, losses: &[Loss]) {
        self.losses.extend(losses.iter().map(|loss| {
            let Loss { path, kind, weight, direction, note } = loss;
            format!("{direction:?} {weight} {path} {kind}: {note}")
        }));
    }

    /// Sorts differences into those the record reports and those it does not.
    pub(crate) fn differences(&mut self, found: Vec<Difference>, record: &Record, way: Direction) {
        for difference in found {
            let reported = difference.is_reported(record, way);
            let list = if reported { &mut self.reported } else { &mut self.silent };
            list.push(difference.what);
        }
    }

    fn cell(&self) -> Cell {
        if !self.silent.is_empty() {
            return Cell { silent: 1, ..Cell::default() };
        }
        if self.reported.is_empty() && self.losses.is_empty() {
            return Cell { ok: 1, ..Cell::default() };
        }
        Cell { lossy: 1, ..Cell::default() }
    }
}

/// Counts of one feature in one pair.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    ok: usize,
    lossy: usize,
    silent: usize,
}

impl Cell {
    fn add(&mut self, other: Self) {
        self.ok += other.ok;
        self.lossy += other.lossy;
        self.silent += other.silent;
    }

    fn text(self) -> String {
        match self.ok + self.lossy + self.silent {
            0 => String::new(),
            _ => format!("{} / {} / {}", self.ok, self.lossy, self.silent),
        }
    }
}

/// Writes the report.
pub(crate) fn report(arguments: &Arguments, verdicts: &[Verdict]) -> Result<Outcome, ReplayError> {
    if let Some(path) = &arguments.json {
        let json = serde_json::to_vec_pretty(verdicts)
            .map_err(|error| ReplayError::Usage(format!("--json: {error}")))?;
        std::fs::write(path, json).map_err(ReplayError::io(path.display().to_string()))?;
    }
    let mut text = String::new();
    let (required, relatives): (Vec<_>, Vec<_>) =
        verdicts.iter().partition(|verdict| verdict.required);
    table(&mut text, "Recordings of the two dialects", &required);
    table(&mut text, "Recordings of relatives of openai-chat", &relatives);
    let mut failed = 0;
    for verdict in verdicts {
        let is_failure = !verdict.silent.is_empty();
        failed += usize::from(is_failure);
        if is_failure || arguments.verbose {
            details(&mut text, verdict, arguments.verbose);
        }
    }
    let total = verdicts.len();
    line(&mut text, &format!("{} of {total} plays passed, {failed} failed", total - failed));
    Ok(Outcome { text, passed: failed == 0 })
}

fn line(text: &mut String, line: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{line}");
}

fn details(text: &mut String, verdict: &Verdict, verbose: bool) {
    let heading = if verdict.silent.is_empty() { "passed" } else { "FAILED" };
    line(text, &format!("{heading}: {} ({})", verdict.file, verdict.pair));
    verdict.silent.iter().for_each(|what| line(text, &format!("    {what}")));
    if verbose {
        verdict.reported.iter().for_each(|what| line(text, &format!("    reported: {what}")));
        verdict.losses.iter().for_each(|loss| line(text, &format!("    loss: {loss}")));
    }
}

/// A table of features against pairs: how many passed, passed with reported losses, failed.
fn table(text: &mut String, title: &str, verdicts: &[&Verdict]) {
    if verdicts.is_empty() {
        return;
    }
    let pairs: BTreeSet<&str> = verdicts.iter().map(|verdict| verdict.pair.as_str()).collect();
    let mut rows: BTreeMap<&str, BTreeMap<&str, Cell>> = BTreeMap::new();
    for verdict in verdicts {
        let features = verdict.features.iter().map(String::as_str).collect::<BTreeSet<_>>();
        for feature in features.into_iter().chain(std::iter::once("")) {
            rows.entry(feature).or_default().entry(&verdict.pair).or_default().add(verdict.cell());
        }
    }
    line(text, &format!("{title}: ok / ok with reported losses / silent differences\n"));
    for (number, pair) in (1..).zip(&pairs) {
        line(text, &format!("  ({number}) {pair}"));
    }
    line(text, "");
    row(text, "feature", (1..=pairs.len()).map(|number| format!("({number})")));
    for (feature, cells) in &rows {
        let name = if feature.is_empty() { "all" } else { feature };
        row(
            text,
            name,
            pairs.iter().map(|pair| cells.get(pair).copied().unwrap_or_default().text()),
        );
    }
    line(text, "");
}

fn row(text: &mut String, name: &str, cells: impl Iterator<Item = String>) {
    let mut out = format!("  {name:<26}");
    for cell in cells {
        let _ = write!(out, "{cell:>16}");
    }
    line(text, out.trim_end());
}
