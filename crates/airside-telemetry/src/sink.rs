//! Where records go.

use async_trait::async_trait;

use crate::CallRecord;

/// Takes batches of records. Runs on the pipeline's own thread, one batch at
/// a time, so it may take its time: calls do not wait for it.
#[async_trait]
pub trait Sink: std::fmt::Debug + Send {
    /// Delivers a batch.
    async fn deliver(&mut self, records: &[Box<CallRecord>]) -> Result<(), SinkError>;
}

/// A batch could not be delivered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
    /// Writing failed.
    #[error("cannot write records: {0}")]
    Io(#[from] std::io::Error),
}
