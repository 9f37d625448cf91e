//! What was measured: one sample per round for each scenario, figure and contestant, and the
//! medians of them.
//!
//! Comparisons are made within a round and then their median is taken, not the other way round:
//! on a machine whose speed wanders, the two halves of a comparison have to be neighbors in time.

use std::time::Duration;

use super::contestant::Role;

/// A figure made from another one by comparing contestants.
struct Derived {
    from: &'static str,
    name: &'static str,
    comparison: Comparison,
}

enum Comparison {
    /// Divided by the pass-through's.
    PerFloor,
    /// Minus the direct call's.
    OverDirect,
}

const DERIVED: [Derived; 7] = [
    Derived { from: "cpu-ms-per-1000", name: "cpu-ratio", comparison: Comparison::PerFloor },
    Derived { from: "cpu-ms-per-stream", name: "cpu-ratio", comparison: Comparison::PerFloor },
    Derived { from: "requests-per-s", name: "rate-ratio", comparison: Comparison::PerFloor },
    Derived { from: "p50-ms", name: "added-p50-ms", comparison: Comparison::OverDirect },
    Derived { from: "p99-ms", name: "added-p99-ms", comparison: Comparison::OverDirect },
    Derived {
        from: "first-chunk-ms",
        name: "added-first-chunk-ms",
        comparison: Comparison::OverDirect,
    },
    Derived { from: "chunk-ms", name: "added-chunk-ms", comparison: Comparison::OverDirect },
];

/// A figure of one contestant in one round.
pub(crate) type Sample = (&'static str, f64);

/// All figures of a run of the tool.
#[derive(Debug)]
pub(crate) struct Figures {
    roles: Vec<Role>,
    rows: Vec<Row>,
}

/// One figure of one scenario.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) scenario: &'static str,
    pub(crate) figure: &'static str,
    /// Per contestant, its samples.
    pub(crate) samples: Vec<Vec<f64>>,
}

impl Figures {
    /// No figures yet, of contestants with these roles.
    pub(crate) fn new(roles: Vec<Role>) -> Self {
        Self { roles, rows: Vec::new() }
    }

    /// Adds a round of a scenario: per contestant, in order, its samples. Contestants that failed
    /// have none.
    pub(crate) fn add_round(&mut self, scenario: &'static str, round: &[Vec<Sample>]) {
        for (contestant, samples) in round.iter().enumerate() {
            for &(figure, value) in samples {
                self.add(scenario, figure, contestant, value);
                for derived in DERIVED.iter().filter(|derived| derived.from == figure) {
                    if let Some(value) = self.compare(derived, contestant, value, round) {
                        self.add(scenario, derived.name, contestant, value);
                    }
                }
            }
        }
    }

    /// One figure of a scenario, if anybody has a sample of it.
    pub(crate) fn row(&self, scenario: &str, figure: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.scenario == scenario && row.figure == figure)
    }

    /// All figures.
    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    fn compare(
        &self,
        derived: &Derived,
        contestant: usize,
        value: f64,
        round: &[Vec<Sample>],
    ) -> Option<f64> {
        let sample_of = |role: Role| {
            let at = self.roles.iter().position(|known| *known == role)?;
            round.get(at)?.iter().find(|(figure, _)| *figure == derived.from)
        };
        match derived.comparison {
            Comparison::PerFloor => sample_of(Role::Floor)
                .filter(|(_, floor)| *floor > 0.0)
                .map(|(_, floor)| value / floor),
            // The direct call compared with itself would be a column of zeros.
            Comparison::OverDirect if self.roles.get(contestant) == Some(&Role::Direct) => None,
            Comparison::OverDirect => sample_of(Role::Direct).map(|(_, direct)| value - direct),
        }
    }

    fn add(&mut self, scenario: &'static str, figure: &'static str, contestant: usize, value: f64) {
        let known =
            self.rows.iter().position(|row| (row.scenario, row.figure) == (scenario, figure));
        let at = known.unwrap_or_else(|| {
            let samples = vec![Vec::new(); self.roles.len()];
            self.rows.push(Row { scenario, figure, samples });
            self.rows.len() - 1
        });
        let samples = self.rows.get_mut(at).and_then(|row| row.samples.get_mut(contestant));
        if let Some(samples) = samples {
            samples.push(value);
        }
    }
}

impl Row {
    /// The median of a contestant's samples, if it has any.
    pub(crate) fn median(&self, contestant: usize) -> Option<f64> {
        let mut sorted = self.samples.get(contestant)?.clone();
        sorted.sort_by(f64::total_cmp);
        let upper = *sorted.get(sorted.len() / 2)?;
        if sorted.len() % 2 == 1 {
            return Some(upper);
        }
        sorted.get(sorted.len() / 2 - 1).map(|lower| f64::midpoint(*lower, upper))
    }
}

/// A figure and those that are made from it, by name.
pub(crate) fn with_derived(figure: &'static str) -> impl Iterator<Item = &'static str> {
    let derived = DERIVED.iter().filter(move |derived| derived.from == figure);
    std::iter::once(figure).chain(derived.map(|derived| derived.name))
}

/// A percentile of sorted times; zero if there are none.
pub(crate) fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(rank).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: [Role; 3] = [Role::Direct, Role::Floor, Role::Gateway];

    fn medians(figures: &Figures, figure: &str) -> Vec<Option<f64>> {
        let row = figures.row("s", figure).unwrap();
        (0..3).map(|contestant| row.median(contestant)).collect()
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        let mut figures = Figures::new(ROLES.into());
        // The machine slows down by ten between the rounds; the ratio stays.
        for slow in [1.0, 10.0] {
            let cpu = |value| vec![("cpu-ms-per-1000", value * slow)];
            figures.add_round("s", &[vec![], cpu(20.0), cpu(30.0)]);
        }
        assert_eq!(medians(&figures, "cpu-ratio"), [None, Some(1.0), Some(1.5)]);
        assert_eq!(medians(&figures, "cpu-ms-per-1000"), [None, Some(110.0), Some(165.0)]);
    }

    #[test]
    fn added_latency_is_over_the_direct_call_of_the_round() {
        let mut figures = Figures::new(ROLES.into());
        for (direct, gateway) in [(1.0, 1.5), (2.0, 2.25), (0.5, 4.5)] {
            let p50 = |value| vec![("p50-ms", value)];
            figures.add_round("s", &[p50(direct), vec![], p50(gateway)]);
        }
        assert_eq!(medians(&figures, "added-p50-ms"), [None, None, Some(0.5)]);
    }

    #[test]
    fn a_round_without_the_pass_through_gives_no_ratio() {
        let mut figures = Figures::new(ROLES.into());
        figures.add_round("s", &[vec![], vec![], vec![("cpu-ms-per-1000", 30.0)]]);
        assert!(figures.row("s", "cpu-ratio").is_none());
    }

    #[test]
    fn percentiles_are_ranks() {
        let times: Vec<_> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(percentile(&times, 50), Duration::from_millis(100));
        assert_eq!(percentile(&times, 99), Duration::from_millis(198));
        assert_eq!(percentile(&times[..1], 50), Duration::from_millis(1));
        assert_eq!(percentile(&[], 50), Duration::ZERO);
    }
}
