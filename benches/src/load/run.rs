//! The whole course: has the contestants started, runs the rounds, gives the report.

use std::fs;
use std::net::SocketAddr;

use super::arguments::Arguments;
use super::budgets::{self, Budget, SUBJECT, Standing, Verdict};
use super::contestant::Contestant;
use super::error::LoadError;
use super::figures::{Figures, Sample};
use super::report::Report;
use super::scenario::{self, Effort, Measured, Scenario};
use super::stage::{Stage, remarks};

/// What a run of the tool leaves to its caller.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// The text to show.
    pub text: String,
    /// Whether the budgets, if they are to be enforced, are met.
    pub passed: bool,
}

/// Runs the tool. `progress` is told a line now and then.
///
/// Processes the tool has started end when this future ends or is dropped.
///
/// # Errors
///
/// Fails if the command line is wrong or the mock upstream, the pass-through or Airside does not
/// start. A contestant that fails in a scenario only has no figures there, and a remark.
pub async fn run(
    arguments: Arguments,
    mut progress: impl FnMut(&str),
) -> Result<Outcome, LoadError> {
    let effort = if arguments.quick { Effort::Quick } else { Effort::Full };
    let all = scenario::all(effort);
    if arguments.list {
        return Ok(Outcome { text: list(&all), passed: true });
    }
    let budgets = read_budgets(&arguments, &all)?;
    let scenarios = select(all, &arguments.only)?;
    let rounds = arguments.rounds.unwrap_or(if arguments.quick { 2 } else { 5 }).max(1);

    let (mock, contestants) = Stage::of(&arguments)?.enter(&arguments).await?;
    let mut remarks = remarks(&contestants);
    let mut figures = Figures::new(contestants.iter().map(|one| one.role).collect());
    for round in 0..rounds {
        for scenario in &scenarios {
            progress(&format!("round {} of {rounds}: {}", round + 1, scenario.name));
            let samples = play(scenario, round, &contestants, mock.address, &mut remarks).await;
            figures.add_round(scenario.name, &samples);
        }
    }

    let subject = contestants.iter().position(|one| one.name == SUBJECT);
    let verdicts = subject
        .map(|subject| budgets::judge(&budgets, &scenarios, &figures, subject))
        .unwrap_or_default();
    let report = Report {
        scenarios: &scenarios,
        contestants: contestants.iter().map(|one| one.name.as_str()).collect(),
        rounds,
        figures: &figures,
        verdicts: &verdicts,
        remarks: &remarks,
    };
    if let Some(path) = &arguments.json {
        let json = format!("{:#}\n", report.json());
        fs::write(path, json).map_err(LoadError::io(path.display().to_string()))?;
    }
    let passed = !arguments.enforce || (subject.is_some() && all_met(&verdicts));
    Ok(Outcome { text: report.table(), passed })
}

fn all_met(verdicts: &[Verdict]) -> bool {
    verdicts.iter().all(|verdict| verdict.standing == Standing::Ok)
}

fn list(scenarios: &[Scenario]) -> String {
    let line = |scenario: &Scenario| {
        let figures = scenario.figures().join(", ");
        format!("{:18} {}\n{:18} {figures}\n", scenario.name, scenario.title, "")
    };
    scenarios.iter().map(line).collect()
}

fn read_budgets(arguments: &Arguments, all: &[Scenario]) -> Result<Vec<Budget>, LoadError> {
    match &arguments.budgets {
        None => budgets::read(budgets::DEFAULT, all),
        Some(path) => {
            let text = fs::read_to_string(path);
            budgets::read(&text.map_err(LoadError::io(path.display().to_string()))?, all)
        }
    }
}

fn select(all: Vec<Scenario>, only: &[String]) -> Result<Vec<Scenario>, LoadError> {
    let unknown = only.iter().find(|word| !all.iter().any(|one| one.is_meant_by(word)));
    if let Some(word) = unknown {
        let known: Vec<_> = all.iter().map(|one| one.name).collect();
        let known = known.join(", ");
        return Err(LoadError::Usage(format!("--only {word}: no such scenario, only {known}")));
    }
    let meant = |one: &Scenario| only.is_empty() || only.iter().any(|word| one.is_meant_by(word));
    Ok(all.into_iter().filter(meant).collect())
}

/// Lets every contestant do one scenario once. Who begins moves on with the rounds.
async fn play(
    scenario: &Scenario,
    round: usize,
    contestants: &[Contestant],
    mock: SocketAddr,
    remarks: &mut Vec<String>,
) -> Vec<Vec<Sample>> {
    let mut samples = vec![Vec::new(); contestants.len()];
    for turn in 0..contestants.len() {
        let at = (turn + round) % contestants.len();
        let (Some(contestant), Some(slot)) = (contestants.get(at), samples.get_mut(at)) else {
            continue;
        };
        let remark = match scenario.measure(contestant, mock).await {
            Ok(Measured { samples, remark }) => {
                *slot = samples;
                remark
            }
            Err(error) => Some(error.to_string()),
        };
        let remark = remark.map(|text| format!("{}, {}: {text}", scenario.name, contestant.name));
        remarks.extend(remark.filter(|remark| !remarks.contains(remark)));
    }
    samples
}
