//! Closes pooled connections that nobody has used for a while.
//!
//! Not needed for correctness: an old connection is never taken from the pool.
//! Invariant: at most one reaper works for a pool, only while the pool holds
//! something, and it does not keep the pool alive.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::pool::Pool;
use crate::spawn::spawn;

/// Starts a reaper for a pool that has none.
pub(crate) fn start(pool: &Arc<Pool>) {
    // Half the timeout: a connection is closed at most that much too late.
    let every = (pool.idle_timeout() / 2).max(Duration::from_millis(10));
    let reaper = Reaper { pool: Arc::downgrade(pool) };
    spawn(reaper.run(every));
}

struct Reaper {
    pool: Weak<Pool>,
}

impl Reaper {
    async fn run(mut self, every: Duration) {
        loop {
            sleep(every).await;
            match self.pool.upgrade() {
                Some(pool) if pool.sweep(Instant::now()) => {}
                _ => break,
            }
        }
        // The sweep has noted the end, and a successor may be at work already.
        self.pool = Weak::new();
    }
}

impl Drop for Reaper {
    /// Runs also when the runtime ends or there is none, so that a later
    /// connection starts another reaper.
    fn drop(&mut self) {
        if let Some(pool) = self.pool.upgrade() {
            pool.reaper_ended();
        }
    }
}
