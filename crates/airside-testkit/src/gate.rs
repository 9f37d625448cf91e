//! A gate that a test opens when it is time for the next step.

use std::sync::Arc;

use tokio::sync::watch;

/// Holds back whoever waits at it until it is opened; then it stays open. Clones are the same
/// gate. It takes the place of a pause, so that a test is neither slow nor a race.
#[derive(Debug, Clone)]
pub struct Gate(Arc<watch::Sender<bool>>);

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Gate {
    /// Opens the gate.
    pub fn open(&self) {
        self.0.send_replace(true);
    }

    /// Waits until the gate is open.
    ///
    /// # Cancel safety
    ///
    /// Safe to cancel and call again.
    pub async fn passed(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|open| *open).await;
    }
}
