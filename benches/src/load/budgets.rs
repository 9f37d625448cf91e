//! Budgets: the most a figure of Airside may be. They come from a TOML file of tables named as
//! scenarios, with keys named as figures.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::error::LoadError;
use super::figures::Figures;
use super::scenario::Scenario;

/// The contestant the budgets are for.
pub(crate) const SUBJECT: &str = "airside";

/// The budgets of the project.
pub(crate) const DEFAULT: &str = include_str!("../../budgets.toml");

/// The most a figure may be.
#[derive(Debug)]
pub(crate) struct Budget {
    scenario: String,
    figure: String,
    at_most: f64,
}

/// A budget held against what was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Verdict {
    pub(crate) scenario: String,
    pub(crate) figure: String,
    pub(crate) at_most: f64,
    pub(crate) measured: Option<f64>,
    pub(crate) standing: Standing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Standing {
    Ok,
    Over,
    /// The scenario was run, but gave no such figure for the subject.
    Missing,
}

impl fmt::Display for Standing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Ok => "ok",
            Self::Over => "OVER",
            Self::Missing => "MISSING",
        })
    }
}

/// Reads budgets.
///
/// # Errors
///
/// Fails on bad TOML, and on a scenario or figure that is not one of `scenarios`, so that a budget
/// cannot be passed by being misspelled.
pub(crate) fn read(text: &str, scenarios: &[Scenario]) -> Result<Vec<Budget>, LoadError> {
    let tables: BTreeMap<String, BTreeMap<String, f64>> =
        toml::from_str(text).map_err(|error| LoadError::Usage(format!("budgets: {error}")))?;
    let mut budgets = Vec::new();
    for (name, table) in tables {
        let Some(scenario) = scenarios.iter().find(|scenario| scenario.name == name) else {
            let known: Vec<_> = scenarios.iter().map(|scenario| scenario.name).collect();
            let known = known.join(", ");
            return Err(LoadError::Usage(format!("budgets: no scenario {name:?}, only {known}")));
        };
        let figures = scenario.figures();
        for (figure, at_most) in table {
            if !figures.contains(&figure.as_str()) {
                let known = figures.join(", ");
                return Err(LoadError::Usage(format!(
                    "budgets: {name} has no figure {figure:?}, only {known}"
                )));
            }
            budgets.push(Budget { scenario: name.clone(), figure, at_most });
        }
    }
    Ok(budgets)
}

/// Holds the budgets of the scenarios that were run against the medians of a contestant.
pub(crate) fn judge(
    budgets: &[Budget],
    run: &[Scenario],
    figures: &Figures,
    contestant: usize,
) -> Vec<Verdict> {
    let was_run = |budget: &&Budget| run.iter().any(|scenario| scenario.name == budget.scenario);
    let verdict = |budget: &Budget| {
        let Budget { scenario, figure, at_most } = budget;
        let measured = figures.row(scenario, figure).and_then(|row| row.median(contestant));
        let standing = match measured {
            Some(measured) if measured <= *at_most => Standing::Ok,
            Some(_) => Standing::Over,
            None => Standing::Missing,
        };
        let (scenario, figure) = (scenario.clone(), figure.clone());
        Verdict { scenario, figure, at_most: *at_most, measured, standing }
    };
    budgets.iter().filter(was_run).map(verdict).collect()
}

#[cfg(test)]
mod tests {
    use super::super::contestant::Role;
    use super::super::scenario::{Effort, all};
    use super::*;

    #[test]
    fn the_projects_budgets_name_scenarios_and_figures_that_exist() {
        assert_eq!(read(DEFAULT, &all(Effort::Full)).unwrap().len(), 11);
    }

    #[test]
    fn a_misspelled_budget_is_refused_with_what_there_is() {
        let scenarios = all(Effort::Full);
        for (text, known) in [
            ("[chat-2k]\ncpu-ratio = 1", "only chat-512, chat-1k"),
            ("[chat-1k]\ncpu = 1", "only cpu-ms-per-1000, cpu-ratio, requests-per-s"),
            ("chat-1k = 1", "budgets: "),
        ] {
            let error = read(text, &scenarios).unwrap_err().to_string();
            assert!(error.contains(known), "{error}");
        }
    }

    #[test]
    fn a_figure_over_its_budget_or_not_there_does_not_pass() {
        let scenarios: Vec<_> =
            all(Effort::Full).into_iter().filter(|one| one.is_meant_by("chat-1k")).collect();
        let text =
            "[chat-1k]\ncpu-ratio = 1.5\n[chat-1k-64]\ncpu-ratio = 1\n[chat-10k]\ncpu-ratio = 1";
        let budgets = read(text, &all(Effort::Full)).unwrap();
        for (cpu, expected) in [(15.0, Standing::Ok), (15.1, Standing::Over)] {
            let mut figures = Figures::new(vec![Role::Floor, Role::Gateway]);
            let sample = |value| vec![("cpu-ms-per-1000", value)];
            figures.add_round("chat-1k", &[sample(10.0), sample(cpu)]);
            let standings: Vec<_> =
                judge(&budgets, &scenarios, &figures, 1).iter().map(|one| one.standing).collect();
            assert_eq!(standings, [expected, Standing::Missing]);
        }
    }
}
