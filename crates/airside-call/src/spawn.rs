//! The one place that starts background tasks, so that they are counted and
//! a drain can wait for them.

use std::future::Future;

use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

/// Counts the tasks it starts.
#[derive(Debug, Clone, Default)]
pub struct Spawner(TaskTracker);

impl Spawner {
    /// Starts a task on the current runtime.
    ///
    /// # Panics
    ///
    /// If called outside a tokio runtime.
    pub fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.0.spawn(task)
    }

    /// How many tasks are running.
    pub fn running(&self) -> usize {
        self.0.len()
    }

    /// Waits until every task has ended. Tasks may still be started meanwhile.
    pub async fn drained(&self) {
        self.0.close();
        self.0.wait().await;
    }
}
