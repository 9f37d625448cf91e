//! The only place where this crate starts tasks.
//!
//! HTTP/1 connections need none: whoever uses one drives it. Tasks run HTTP/2
//! connections, which are shared, and close idle ones. They are not counted
//! and drained as the tasks of a call are, because they end by themselves when
//! the last user of the connection is gone. Invariant: starting a task never
//! panics, also not while a runtime shuts down.

use std::future::Future;

use tokio::runtime::Handle;

/// Starts a task on the current runtime. Returns whether there was one.
pub(crate) fn spawn<F>(task: F) -> bool
where
    F: Future<Output = ()> + Send + 'static,
{
    match Handle::try_current() {
        Ok(runtime) => {
            runtime.spawn(task);
            true
        }
        // A body that outlives its runtime is dropped here: nothing to start.
        Err(_) => false,
    }
}

/// Lets hyper start the tasks of an HTTP/2 connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spawner;

impl<F> hyper::rt::Executor<F> for Spawner
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, task: F) {
        spawn(task);
    }
}
