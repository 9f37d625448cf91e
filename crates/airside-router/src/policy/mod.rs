//! What may be put around any node.

mod pause;
mod retry;

use airside_call::{CallError, Reply};

pub(crate) use retry::Retry;
pub use retry::{DEFAULT_STATUS_CODES, MAX_ATTEMPTS, RetryPolicy};

/// The status a result is judged by: the reply's, or the one its error is answered with.
pub(crate) fn status(result: &Result<Reply, CallError>) -> u16 {
    match result {
        Ok(reply) => reply.status.as_u16(),
        Err(error) => error.status().as_u16(),
    }
}
