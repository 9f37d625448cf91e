//! From calls to sinks: bounded, batched, off the way of the calls.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use smallvec::SmallVec;
use tokio::sync::Notify;

use crate::{Batch, CallRecord, Sink, WriteRecord};

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
    queue: Mutex<Queue>,
    /// The writer of each sink; none for a sink that wants records.
    writers: Vec<Option<Arc<dyn WriteRecord>>>,
    keeps_records: bool,
    capacity: usize,
    dropped: AtomicU64,
    closing: AtomicBool,
    wake: Notify,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// What waits to be delivered.
#[derive(Debug, Default)]
struct Queue {
    waiting: usize,
    records: Vec<CallRecord>,
    /// The text written for each sink.
    texts: Vec<String>,
}

thread_local! {
    /// Where a thread writes a record before it takes the lock.
    static SCRATCH: RefCell<String> = const { RefCell::new(String::new()) };
}

impl Pipeline {
    /// Starts the delivering thread.
    ///
    /// # Errors
    ///
    /// If the system starts no thread.
    pub fn start(config: &PipelineConfig, sinks: Vec<Box<dyn Sink>>) -> std::io::Result<Self> {
        let writers = sinks.iter().map(|sink| sink.writer()).collect();
        let pipeline = Self::detached(config.capacity, writers);
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
        Self::detached(0, Vec::new())
    }

    fn detached(capacity: usize, writers: Vec<Option<Arc<dyn WriteRecord>>>) -> Self {
        Self(Arc::new(Shared {
            queue: Mutex::default(),
            keeps_records: writers.iter().any(Option::is_none),
            writers,
            capacity,
            dropped: AtomicU64::new(0),
            closing: AtomicBool::new(false),
            wake: Notify::new(),
            thread: Mutex::default(),
        }))
    }

    /// Adds a record, or counts it as dropped if the queue is full. Never
    /// waits for a delivery.
    ///
    /// Sinks that deliver text get theirs written here, by the thread of the
    /// call: a record has many small parts, and parts freed by another thread
    /// than the one that made them cost more than writing them.
    pub fn push(&self, record: &CallRecord) {
        let shared = &self.0;
        if shared.capacity == 0 {
            return;
        }
        let was_empty = SCRATCH.with_borrow_mut(|scratch| {
            let mut ends = SmallVec::<[usize; 4]>::new();
            scratch.clear();
            for writer in shared.writers.iter().flatten() {
                writer.write(record, scratch);
                ends.push(scratch.len());
            }
            let kept = shared.keeps_records.then(|| record.detached());
            shared
                .queue
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .add(shared, scratch, &ends, kept)
        });
        if was_empty {
            shared.wake.notify_one();
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

impl Queue {
    /// Adds a record in the forms its sinks want. True if it is the first of
    /// its batch.
    fn add(
        &mut self,
        shared: &Shared,
        written: &str,
        ends: &[usize],
        kept: Option<CallRecord>,
    ) -> bool {
        if self.waiting >= shared.capacity {
            shared.dropped.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        self.waiting += 1;
        self.texts.resize(ends.len(), String::new());
        let mut start = 0;
        for (text, end) in self.texts.iter_mut().zip(ends) {
            text.push_str(written.get(start..*end).unwrap_or_default());
            start = *end;
        }
        self.records.extend(kept);
        self.waiting == 1
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
        let batch =
            std::mem::take(&mut *shared.queue.lock().unwrap_or_else(PoisonError::into_inner));
        if batch.waiting > 0 {
            deliver(shared, &mut sinks, batch).await;
        }
        if closing {
            return;
        }
    }
}

async fn deliver(shared: &Shared, sinks: &mut [Box<dyn Sink>], queue: Queue) {
    let records = Arc::new(queue.records);
    let mut texts = queue.texts.into_iter();
    for (sink, writer) in sinks.iter_mut().zip(&shared.writers) {
        let text = writer.as_ref().and_then(|_| texts.next()).unwrap_or_default();
        let batch = Batch { records: Arc::clone(&records), text };
        if let Err(error) = sink.deliver(&batch).await {
            tracing::error!(%error, records = queue.waiting, "records were not delivered");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sinks::{JsonLines, Memory, Pretty, Text};

    fn record(status: u16) -> CallRecord {
        CallRecord { status, ..CallRecord::default() }
    }

    #[test]
    fn closing_delivers_what_is_queued() {
        let memory = Memory::new(10);
        let sinks: Vec<Box<dyn Sink>> = vec![Box::new(memory.clone())];
        let pipeline = Pipeline::start(&PipelineConfig::default(), sinks).unwrap();
        for status in [200, 201, 202] {
            pipeline.push(&record(status));
        }
        pipeline.close();
        let kept: Vec<u16> = memory.records().iter().map(|record| record.status).collect();
        assert_eq!(kept, [200, 201, 202]);
    }

    #[test]
    fn sinks_of_text_and_of_records_get_the_same_records() {
        #[derive(Clone, Default)]
        struct Shown(Arc<Mutex<Vec<u8>>>);
        impl std::io::Write for Shown {
            fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
                self.0.lock().unwrap().extend_from_slice(bytes);
                Ok(bytes.len())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let (memory, json, pretty) = (Memory::new(10), Shown::default(), Shown::default());
        let sinks: Vec<Box<dyn Sink>> = vec![
            Box::new(Text::new(JsonLines, json.clone())),
            Box::new(memory.clone()),
            Box::new(Text::new(Pretty, pretty.clone())),
        ];
        let pipeline = Pipeline::start(&PipelineConfig::default(), sinks).unwrap();
        pipeline.push(&CallRecord { path: "/a\u{1b}b".into(), ..record(200) });
        pipeline.push(&record(503));
        pipeline.close();
        let text = |shown: &Shown| String::from_utf8(shown.0.lock().unwrap().clone()).unwrap();
        assert_eq!(memory.records().len(), 2);
        assert_eq!(text(&json).lines().count(), 2);
        assert!(text(&json).lines().next().unwrap().contains(r#""path":"/a\u001bb","status":200"#));
        assert_eq!(text(&pretty), "200  /a?b  0.0 ms  \n503    0.0 ms  \n");
    }

    #[test]
    fn a_full_queue_drops_and_counts() {
        let pipeline = Pipeline::detached(2, Vec::new());
        for status in [200, 201, 202] {
            pipeline.push(&record(status));
        }
        assert_eq!(pipeline.dropped(), 1);
    }
}
