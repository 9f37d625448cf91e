//! What the upstream saw, told to the test while it happens.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use tokio::sync::watch;

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// The method.
    pub method: Method,
    /// The request's target, as it was written.
    pub uri: Uri,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; of a body larger than the upstream keeps, the beginning.
    pub body: Bytes,
    /// The size of the whole body in bytes.
    pub body_bytes: u64,
}

/// What happened so far, as counts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    received: usize,
    completed: usize,
    went_away: usize,
    /// Bytes of all request bodies, also of those still arriving.
    body_bytes: u64,
}

/// Shared by the upstream and its connections.
#[derive(Debug, Default)]
pub(super) struct Log {
    received: Mutex<Vec<Received>>,
    progress: watch::Sender<Progress>,
}

/// Patience of the waiting functions: long enough for a loaded machine, short enough that a
/// test that hangs says so.
const PATIENCE: Duration = Duration::from_secs(20);

impl Log {
    pub(super) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn add(&self, request: Received) {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        self.progress.send_modify(|progress| progress.received += 1);
    }

    pub(super) fn body_piece(&self, bytes: usize) {
        self.progress.send_modify(|progress| progress.body_bytes += bytes as u64);
    }

    pub(super) fn body_bytes(&self) -> u64 {
        self.progress.borrow().body_bytes
    }

    pub(super) async fn until_received(&self, count: usize) {
        self.until(&format!("{count} requests"), |progress| progress.received >= count).await;
    }

    pub(super) async fn until_body_bytes(&self, count: u64) {
        self.until(&format!("{count} bytes of bodies"), |p| p.body_bytes >= count).await;
    }

    pub(super) async fn until_went_away(&self, count: usize) {
        self.until(&format!("{count} peers going away"), |p| p.went_away >= count).await;
    }

    /// Waits until something has happened.
    #[expect(clippy::panic, reason = "a test that waits in vain has failed")]
    async fn until(&self, what: &str, happened: impl Fn(&Progress) -> bool) {
        let mut progress = self.progress.subscribe();
        let waited = tokio::time::timeout(PATIENCE, progress.wait_for(|now| happened(now))).await;
        let reached = waited.is_ok();
        if !reached {
            let now = *self.progress.borrow();
            panic!("waited {PATIENCE:?} for {what}; so far {now:?}");
        }
    }
}

/// Watches over one exchange: dropped before it is complete, the peer went away.
pub(super) struct Watched {
    log: Arc<Log>,
    complete: bool,
}

impl Watched {
    pub(super) fn new(log: Arc<Log>) -> Self {
        Self { log, complete: false }
    }

    /// Everything the script has was said.
    pub(super) fn complete(&mut self) {
        if !self.complete {
            self.complete = true;
            self.log.progress.send_modify(|progress| progress.completed += 1);
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if !self.complete {
            self.log.progress.send_modify(|progress| progress.went_away += 1);
        }
    }
}
