//! Time as a parameter: the one place that reads it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// Tells the time. Tests hold it with [`Clock::fixed`] and tokio's paused
/// time.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<AtomicU64>>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// A calendar clock that stands still at so many seconds since 1970.
    pub fn fixed(seconds: u64) -> Self {
        Self(Some(Arc::new(AtomicU64::new(seconds))))
    }

    /// A point in time for measuring durations.
    pub fn instant(&self) -> Instant {
        Instant::now()
    }

    /// The calendar time since 1970.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the time")]
    pub fn unix(&self) -> Duration {
        match &self.0 {
            Some(seconds) => Duration::from_secs(seconds.load(Ordering::Relaxed)),
            None => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
        }
    }
}
