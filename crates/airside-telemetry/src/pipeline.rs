//! From calls to sinks: bounded, batched, off the way of the calls.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::Notify;

use crate::{CallRecord, Sink};

/// How the pipeline batches.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PipelineConfig {
    /// The most records waiting; further ones are dropped and counted.
    pub capacity: usize,
    /// How long the first record of a batch waits for others.
    pub linger: Duration,
}

impl Default for PipelineConfig {
    fn default() -> Self {
        Self { capacity: 16 * 1024, linger: Duration::from_millis(50) }
    }
}

/// Takes records and delivers them in batches from a thread of its own.
///
/// Clones share the queue. Adding a record takes one uncontended lock; the
/// thread is woken once a batch, not once a record.
#[derive(Debug, Clone)]
pub struct Pipeline(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    queue: Mutex<Vec<Box<CallRecord>>>,
    capacity: usize,
    dropped: AtomicU64,
    closing: AtomicBool,
    wake: Notify,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Pipeline {
    /// Starts the delivering thread.
    ///
    /// # Errors
    ///
    /// If the system starts no thread.
    pub fn start(config: &PipelineConfig, sinks: Vec<Box<dyn Sink>>) -> std::io::Result<Self> {
        let pipeline = Self::detached(config.capacity);
        let shared = Arc::clone(&pipeline.0);
        let linger = config.linger;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let thread = std::thread::Builder::new()
            .name("airside-telemetry".into())
            .spawn(move || runtime.block_on(run(&shared, sinks, linger)))?;
        *pipeline.0.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
        Ok(pipeline)
    }

    /// A pipeline that drops everything.
    pub fn disabled() -> Self {
        Self::detached(0)
    }

    fn detached(capacity: usize) -> Self {
        Self(Arc::new(Shared {
            queue: Mutex::default(),
            capacity,
            dropped: AtomicU64::new(0),
            closing: AtomicBool::new(false),
            wake: Notify::new(),
            thread: Mutex::default(),
        }))
    }

    /// Adds a record, or counts it as dropped if the queue is full. Never
    /// waits.
    pub fn push(&self, record: Box<CallRecord>) {
        let mut queue = self.0.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.len() >= self.0.capacity {
            self.0.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        queue.push(record);
        if queue.len() == 1 {
            drop(queue);
            self.0.wake.notify_one();
        }
    }

    /// How many records were dropped because the queue was full.
    pub fn dropped(&self) -> u64 {
        self.0.dropped.load(Ordering::Relaxed)
    }

    /// Delivers what is queued and ends the thread. Blocks until it has.
    pub fn close(&self) {
        self.0.closing.store(true, Ordering::Release);
        self.0.wake.notify_one();
        let thread = self.0.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the telemetry thread ended with a panic");
        }
    }
}

async fn run(shared: &Shared, mut sinks: Vec<Box<dyn Sink>>, linger: Duration) {
    loop {
        shared.wake.notified().await;
        if !shared.closing.load(Ordering::Acquire) {
            // A close during the wait ends it early.
            let _ = tokio::time::timeout(linger, shared.wake.notified()).await;
        }
        let closing = shared.closing.load(Ordering::Acquire);
        let batch = {
            let mut queue = shared.queue.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *queue)
        };
        if !batch.is_empty() {
            for sink in &mut sinks {
                if let Err(error) = sink.deliver(&batch).await {
                    tracing::error!(%error, records = batch.len(), "records were not delivered");
                }
            }
        }
        if closing {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sinks::Memory;

    fn record(status: u16) -> Box<CallRecord> {
        Box::new(CallRecord { status, ..CallRecord::default() })
    }

    #[test]
    fn closing_delivers_what_is_queued() {
        let memory = Memory::new(10);
        let sinks: Vec<Box<dyn Sink>> = vec![Box::new(memory.clone())];
        let pipeline = Pipeline::start(&PipelineConfig::default(), sinks).unwrap();
        for status in [200, 201, 202] {
            pipeline.push(record(status));
        }
        pipeline.close();
        let kept: Vec<u16> = memory.records().iter().map(|record| record.status).collect();
        assert_eq!(kept, [200, 201, 202]);
    }

    #[test]
    fn a_full_queue_drops_and_counts() {
        let pipeline = Pipeline::detached(2);
        for status in [200, 201, 202] {
            pipeline.push(record(status));
        }
        assert_eq!(pipeline.dropped(), 1);
    }
}
