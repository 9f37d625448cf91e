//! The bound in time that every run has.

use std::time::Duration;

use tokio::time::timeout;

use super::error::LoadError;

/// After this much time a run has failed. Sound ones end in a few seconds.
const STALLED: Duration = Duration::from_mins(1);

/// Runs to the end or gives up.
///
/// # Errors
///
/// Fails with what the run fails with, or [`LoadError::Stalled`].
pub(crate) async fn bounded<T>(
    run: impl Future<Output = Result<T, LoadError>>,
) -> Result<T, LoadError> {
    timeout(STALLED, run).await.unwrap_or(Err(LoadError::Stalled(STALLED.as_secs())))
}
