//! The connections of a client that are not in use, and those that are shared.
//!
//! Not connecting. The last connection put back is the first taken, so that
//! surplus ones grow old and are closed. Invariant: a connection is in the pool
//! only while it is idle (HTTP/1) or open (HTTP/2).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::config::TransportConfig;
use crate::conn::{Http1, Http2, Lane, Lease};
use crate::key::Key;
use crate::reaper;

/// How many connections a client holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolStatus {
    /// Idle HTTP/1 connections. Those in use are not counted.
    pub http1_idle: usize,
    /// Upstreams that anything is remembered about.
    pub hosts: usize,
    /// Open HTTP/2 connections.
    pub http2_open: usize,
    /// Requests in flight on the HTTP/2 connections.
    pub http2_in_flight: usize,
}

#[derive(Debug)]
pub(crate) struct Pool {
    max_idle_per_host: usize,
    max_idle: usize,
    idle_timeout: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    hosts: HashMap<Key, Host>,
    /// Idle HTTP/1 connections of all hosts.
    idle: usize,
    reaping: bool,
}

#[derive(Debug)]
struct Host {
    #[expect(
        clippy::vec_box,
        reason = "large, and handed on by pointer from pool to body and back"
    )]
    idle: Vec<Box<Http1>>,
    shared: Vec<Arc<Http2>>,
    /// What the last new connection turned out to speak.
    speaks: Option<Speaks>,
    /// Lets one request at a time open a connection that others may share.
    gate: Arc<Semaphore>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaks {
    Http1,
    Http2,
}

impl Default for Host {
    fn default() -> Self {
        let gate = Arc::new(Semaphore::new(1));
        Self { idle: Vec::new(), shared: Vec::new(), speaks: None, gate }
    }
}

impl Host {
    fn is_unused(&self) -> bool {
        // A gate somebody holds on to is about to be needed.
        self.idle.is_empty() && self.shared.is_empty() && Arc::strong_count(&self.gate) == 1
    }

    fn lease(&mut self) -> Option<Lease> {
        if self.shared.is_empty() {
            return None;
        }
        self.shared.retain(|connection| !connection.is_closed());
        // The first with a place left, so that the last ones can become idle.
        self.shared.iter().find_map(Http2::lease)
    }
}

impl Pool {
    pub(crate) fn new(config: &TransportConfig) -> Arc<Self> {
        Arc::new(Self {
            max_idle_per_host: config.max_idle_per_host,
            max_idle: config.max_idle,
            idle_timeout: config.idle_timeout,
            state: Mutex::default(),
        })
    }

    /// An empty pool with the same limits.
    pub(crate) fn emptied(&self) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), ..*self })
    }

    pub(crate) fn idle_timeout(&self) -> Duration {
        self.idle_timeout
    }

    /// Takes a connection that can carry a request now.
    pub(crate) fn check_out(&self, key: &Key, now: Instant) -> Option<Lane> {
        loop {
            match self.take(key, now)? {
                Lane::Http2(lease) => return Some(Lane::Http2(lease)),
                Lane::Http1(mut connection) => {
                    // The peer may have closed it since; then its successor is
                    // tried.
                    if connection.is_still_idle() {
                        return Some(Lane::Http1(connection));
                    }
                }
            }
        }
    }

    /// Takes a place on an open HTTP/2 connection.
    pub(crate) fn lease(&self, key: &Key) -> Option<Lease> {
        self.lock().hosts.get_mut(key)?.lease()
    }

    fn take(&self, key: &Key, now: Instant) -> Option<Lane> {
        let mut state = self.lock();
        let host = state.hosts.get_mut(key)?;
        if let Some(lease) = host.lease() {
            return Some(Lane::Http2(lease));
        }
        let connection = host.idle.pop()?;
        if !self.is_expired(connection.idle_since, now) {
            state.idle -= 1;
            return Some(Lane::Http1(connection));
        }
        // All below it have been idle even longer.
        let expired = std::mem::take(&mut host.idle);
        state.idle -= expired.len() + 1;
        drop(state);
        None
    }

    /// Puts an idle HTTP/1 connection back, or closes it if there are enough.
    pub(crate) fn check_in(self: &Arc<Self>, mut connection: Box<Http1>) {
        connection.idle_since = Instant::now();
        let mut state = self.lock();
        if state.idle >= self.max_idle {
            return;
        }
        let host = match state.hosts.get_mut(&connection.key) {
            Some(host) => host,
            None => state.hosts.entry(connection.key.clone()).or_default(),
        };
        if host.idle.len() >= self.max_idle_per_host {
            return;
        }
        host.idle.push(connection);
        state.idle += 1;
        self.reap(state);
    }

    /// Adds a new HTTP/2 connection and takes a place on it.
    pub(crate) fn share(self: &Arc<Self>, key: &Key, connection: Arc<Http2>) -> Lease {
        let lease = connection.first_lease();
        let mut state = self.lock();
        let host = state.hosts.entry(key.clone()).or_default();
        host.speaks = Some(Speaks::Http2);
        if let Some(elder) = host.shared.first() {
            connection.expect_like(elder);
        }
        host.shared.push(connection);
        self.reap(state);
        lease
    }

    /// Notes that an upstream speaks HTTP/1.
    pub(crate) fn speaks_http1(&self, key: &Key) {
        if let Some(host) = self.lock().hosts.get_mut(key) {
            host.speaks = Some(Speaks::Http1);
        }
    }

    /// What to pass before opening a connection to an upstream that may speak
    /// HTTP/2; `None` if it is known not to.
    pub(crate) fn gate(self: &Arc<Self>, key: &Key) -> Option<Arc<Semaphore>> {
        let mut state = self.lock();
        let host = state.hosts.entry(key.clone()).or_default();
        let gate = (host.speaks != Some(Speaks::Http1)).then(|| Arc::clone(&host.gate));
        self.reap(state);
        gate
    }

    /// Forgets a host nothing is known about, so that names that lead nowhere
    /// do not add up.
    pub(crate) fn forget_unused(&self, key: &Key) {
        let mut state = self.lock();
        if state.hosts.get(key).is_some_and(Host::is_unused) {
            state.hosts.remove(key);
        }
    }

    pub(crate) fn status(&self) -> PoolStatus {
        let state = self.lock();
        let shared = || state.hosts.values().flat_map(|host| &host.shared);
        PoolStatus {
            http1_idle: state.idle,
            hosts: state.hosts.len(),
            http2_open: shared().count(),
            http2_in_flight: shared().map(|connection| connection.in_flight()).sum(),
        }
    }

    /// Closes what is closed, or idle for too long. Returns whether anything is
    /// left to look after.
    pub(crate) fn sweep(&self, now: Instant) -> bool {
        let mut closing = Vec::new();
        let mut state = self.lock();
        state.hosts.retain(|_, host| {
            let dead = |connection: &mut Box<Http1>| {
                self.is_expired(connection.idle_since, now) || !connection.is_still_idle()
            };
            closing.extend(host.idle.extract_if(.., dead));
            host.shared.retain(|connection| {
                let idle = connection.idle_since();
                !connection.is_closed() && !idle.is_some_and(|since| self.is_expired(since, now))
            });
            !host.is_unused()
        });
        state.idle -= closing.len();
        state.reaping = !state.hosts.is_empty();
        let goes_on = state.reaping;
        // The sockets are closed without the lock.
        drop(state);
        goes_on
    }

    /// Notes that no reaper is at work.
    pub(crate) fn reaper_ended(&self) {
        self.lock().reaping = false;
    }

    /// Starts the reaper unless it is at work.
    fn reap(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        if !state.reaping {
            state.reaping = true;
            drop(state);
            reaper::start(self);
        }
    }

    fn is_expired(&self, since: Instant, now: Instant) -> bool {
        now.saturating_duration_since(since) >= self.idle_timeout
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is consistent between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
