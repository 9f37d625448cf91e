//! Tells the figures: as a table for people, as JSON for programs.

use serde_json::{Value, json};

use super::budgets::Verdict;
use super::figures::{Figures, Row};
use super::scenario::Scenario;

/// Everything there is to tell.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub(crate) scenarios: &'a [Scenario],
    pub(crate) contestants: Vec<&'a str>,
    pub(crate) rounds: usize,
    pub(crate) figures: &'a Figures,
    pub(crate) verdicts: &'a [Verdict],
    pub(crate) remarks: &'a [String],
}

/// Width of the first column and of the others.
const NAME_WIDTH: usize = 22;
const CELL_WIDTH: usize = 13;

impl Report<'_> {
    /// A table per scenario, with the medians, and the budgets where there are any.
    pub(crate) fn table(&self) -> String {
        let mut text = String::new();
        for scenario in self.scenarios {
            let heading = format!("{}: {}\n", scenario.name, scenario.title);
            let names: Vec<_> = self.contestants.iter().map(|name| (*name).to_owned()).collect();
            text.extend([heading, line("", &names, "   budget")]);
            let figures = scenario.figures().into_iter();
            for row in figures.filter_map(|figure| self.figures.row(scenario.name, figure)) {
                let cells: Vec<_> = (0..names.len()).map(|at| cell(row, at)).collect();
                text.push_str(&line(row.figure, &cells, &self.verdict(row)));
            }
            text.push('\n');
        }
        text.extend(self.remarks.iter().map(|remark| format!("note: {remark}\n")));
        text
    }

    /// The medians and all samples.
    pub(crate) fn json(&self) -> Value {
        let mut figures = Vec::new();
        for row in self.figures.rows() {
            for (at, (contestant, samples)) in self.contestants.iter().zip(&row.samples).enumerate()
            {
                figures.push(json!({
                    "scenario": row.scenario,
                    "figure": row.figure,
                    "contestant": contestant,
                    "median": row.median(at),
                    "samples": samples,
                }));
            }
        }
        json!({
            "rounds": self.rounds,
            "contestants": self.contestants,
            "figures": figures,
            "budgets": self.verdicts,
            "remarks": self.remarks,
        })
    }

    fn verdict(&self, row: &Row) -> String {
        let verdict = self
            .verdicts
            .iter()
            .find(|verdict| verdict.scenario == row.scenario && verdict.figure == row.figure);
        verdict.map_or_else(String::new, |verdict| {
            format!("   {} {}", verdict.at_most, verdict.standing)
        })
    }
}

fn line(name: &str, cells: &[String], end: &str) -> String {
    let mut line = format!("  {name:NAME_WIDTH$}");
    line.extend(cells.iter().map(|cell| format!("{cell:>CELL_WIDTH$}")));
    line.push_str(end);
    line.trim_end().to_owned() + "\n"
}

fn cell(row: &Row, contestant: usize) -> String {
    let Some(median) = row.median(contestant) else { return "-".to_owned() };
    // Enough digits to tell one from another, no more than were measured.
    let decimals = match median.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    format!("{median:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::super::budgets;
    use super::super::contestant::Role;
    use super::super::scenario::{Effort, all};
    use super::*;

    #[test]
    fn the_table_sets_contestants_side_by_side_and_budgets_behind() {
        let scenarios: Vec<_> =
            all(Effort::Full).into_iter().filter(|one| one.name == "chat-1k").collect();
        let mut figures = Figures::new(vec![Role::Direct, Role::Floor, Role::Gateway]);
        let samples = |cpu, rate| vec![("cpu-ms-per-1000", cpu), ("requests-per-s", rate)];
        let direct = vec![("requests-per-s", 40_000.0)];
        figures.add_round("chat-1k", &[direct, samples(20.0, 25_000.0), samples(32.0, 15_000.0)]);
        let limits = budgets::read("[chat-1k]\ncpu-ratio = 1.5", &scenarios).unwrap();
        let verdicts = budgets::judge(&limits, &scenarios, &figures, 2);
        let remarks = ["mind the noise".to_owned()];
        let report = Report {
            scenarios: &scenarios,
            contestants: vec!["direct", "passthrough", "airside"],
            rounds: 1,
            figures: &figures,
            verdicts: &verdicts,
            remarks: &remarks,
        };
        let expected = "\
chat-1k: verbatim chat, 1 KB, 16 connections
                               direct  passthrough      airside   budget
  cpu-ms-per-1000                   -         20.0         32.0
  cpu-ratio                         -         1.00         1.60   1.5 OVER
  requests-per-s                40000        25000        15000
  rate-ratio                     1.60         1.00        0.600

note: mind the noise
";
        assert_eq!(report.table(), expected);

        let json = report.json();
        assert_eq!(json["budgets"][0]["standing"], "over");
        let figure = json!({
            "scenario": "chat-1k", "figure": "requests-per-s", "contestant": "airside",
            "median": 15_000.0, "samples": [15_000.0],
        });
        assert!(json["figures"].as_array().unwrap().contains(&figure), "{json:#}");
    }
}
