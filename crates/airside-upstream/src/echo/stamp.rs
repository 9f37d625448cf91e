//! Identity and time of one reply.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use airside_wire::Str;

/// Makes the identifiers of one reply and tells its time.
///
/// Identifiers hold the time and two counters, so those of a conversation
/// never collide.
#[derive(Debug)]
pub(super) struct Stamp {
    now: Duration,
    reply: u64,
    next: AtomicU64,
}

impl Stamp {
    pub(super) fn new(now: Duration, reply: u64) -> Self {
        Self { now, reply, next: AtomicU64::new(0) }
    }

    /// Seconds since 1970.
    pub(super) fn seconds(&self) -> u64 {
        self.now.as_secs()
    }

    /// A further identifier with a prefix such as `msg_`.
    pub(super) fn id(&self, prefix: &str) -> Str {
        let (now, reply) = (self.now.as_micros(), self.reply);
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        Str::from(format!("{prefix}echo{now:014x}{reply:04x}{next:02x}"))
    }
}
