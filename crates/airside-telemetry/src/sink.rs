//! Where records go.

use std::sync::Arc;

use async_trait::async_trait;

use crate::CallRecord;

/// Takes batches of records. Runs on the pipeline's own thread, one batch at
/// a time, so it may take its time: calls do not wait for it.
#[async_trait]
pub trait Sink: std::fmt::Debug + Send {
    /// How a record is written as text, for sinks that deliver text. Each
    /// record is then written by the thread of its call and dropped there,
    /// and the sink gets the text. By default a sink gets the records.
    fn writer(&self) -> Option<Arc<dyn WriteRecord>> {
        None
    }

    /// Delivers a batch.
    async fn deliver(&mut self, batch: &Batch) -> Result<(), SinkError>;
}

/// Writes records as text. Called by every thread that serves calls.
pub trait WriteRecord: std::fmt::Debug + Send + Sync {
    /// Appends a record.
    fn write(&self, record: &CallRecord, out: &mut String);
}

/// Some records, in the form a sink asked for.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Batch {
    /// The records, for sinks without a writer.
    pub records: Arc<Vec<CallRecord>>,
    /// What the sink's writer wrote.
    pub text: String,
}

/// A batch could not be delivered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
    /// Writing failed.
    #[error("cannot write records: {0}")]
    Io(#[from] std::io::Error),
}
