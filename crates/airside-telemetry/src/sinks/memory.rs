//! The latest records, kept in memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use crate::{Batch, CallRecord, Sink, SinkError};

/// Keeps the latest records. Clones share them.
#[derive(Debug, Clone)]
pub struct Memory {
    records: Arc<Mutex<VecDeque<CallRecord>>>,
    capacity: usize,
}

impl Memory {
    /// Keeps at most `capacity` records.
    pub fn new(capacity: usize) -> Self {
        Self { records: Arc::default(), capacity }
    }

    /// The records kept, oldest first.
    pub fn records(&self) -> Vec<CallRecord> {
        let records = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        records.iter().cloned().collect()
    }
}

#[async_trait]
impl Sink for Memory {
    async fn deliver(&mut self, batch: &Batch) -> Result<(), SinkError> {
        let mut kept = self.records.lock().unwrap_or_else(PoisonError::into_inner);
        for record in batch.records.iter() {
            if kept.len() == self.capacity {
                kept.pop_front();
            }
            kept.push_back(record.clone());
        }
        Ok(())
    }
}
