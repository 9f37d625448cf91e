//! The gateway's call records, read from its standard output while it runs.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use airside_schema::{Direction, LossReport, Weight};
use airside_wire::RawJson;
use tokio::sync::watch;

/// What a record says about translation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    pub(crate) plan: Option<String>,
    pub(crate) losses: Vec<Loss>,
    pub(crate) canceled: bool,
}

/// One entry of a loss report.
#[derive(Debug, Clone)]
pub(crate) struct Loss {
    pub(crate) path: String,
    pub(crate) kind: String,
    pub(crate) weight: String,
    pub(crate) direction: Direction,
    pub(crate) note: String,
}

/// Records by request id. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Records(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    by_id: Mutex<HashMap<String, Record>>,
    count: watch::Sender<usize>,
}

/// How long the last records may take: they are written in batches.
const PATIENCE: Duration = Duration::from_secs(10);

impl Records {
    /// Reads records until the output ends, on a thread of its own. Lines that are no records
    /// are for people and left alone.
    pub(crate) fn follow(&self, output: impl Read + Send + 'static) {
        let shared = Arc::clone(&self.0);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Some((id, record)) = parse(&line) {
                    shared.by_id.lock().unwrap_or_else(PoisonError::into_inner).insert(id, record);
                    shared.count.send_modify(|count| *count += 1);
                }
            }
        });
    }

    /// The record of a call, once it is written; none if it never is.
    pub(crate) async fn get(&self, id: &str) -> Option<Record> {
        let mut count = self.0.count.subscribe();
        let known = || self.0.by_id.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        let arrived = count.wait_for(|_| known().is_some());
        let arrived = tokio::time::timeout(PATIENCE, arrived).await;
        drop(arrived);
        known()
    }
}

fn parse(line: &str) -> Option<(String, Record)> {
    let json = RawJson::parse(line.to_owned()).ok()?;
    let text = |json: &RawJson, key: &str| json.get(key)?.string().map(|text| text.to_string());
    let id = text(&json, "request_id")?;
    let losses = json.get("loss").and_then(|list| list.items()).unwrap_or_default();
    let loss = |entry: &RawJson| {
        Some(Loss {
            path: text(entry, "path")?,
            kind: text(entry, "kind")?,
            weight: text(entry, "weight")?,
            direction: match text(entry, "direction")?.as_str() {
                "request" => Direction::Request,
                _ => Direction::Reply,
            },
            note: text(entry, "note")?,
        })
    };
    let record = Record {
        plan: text(&json, "plan"),
        losses: losses.iter().filter_map(loss).collect(),
        canceled: json.get("canceled").and_then(|flag| flag.bool()).unwrap_or(false),
    };
    Some((id, record))
}

impl Record {
    /// The value of the header that sums the losses of a direction up, or of both; none if there
    /// is nothing to say.
    pub(crate) fn summary(&self, direction: Option<Direction>) -> Option<String> {
        let counted = |loss: &&Loss| direction.is_none_or(|direction| loss.direction == direction);
        let mut report = LossReport::default();
        for (number, loss) in self.losses.iter().filter(counted).enumerate() {
            let weight = match loss.weight.as_str() {
                "semantic" => Weight::Semantic,
                "parameter" => Weight::Parameter,
                _ => Weight::Annotation,
            };
            // Only the weights are summed up; a number for a path keeps entries apart.
            report.dropped(weight, number.to_string(), "");
        }
        (!report.is_empty()).then(|| report.summary())
    }
}
