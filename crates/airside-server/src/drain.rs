//! Going down without breaking what is in flight.

use tokio::sync::watch;

/// Tells every worker to stop taking connections and finish what it has.
/// Clones share the state.
#[derive(Debug, Clone)]
pub struct Drain(watch::Sender<bool>);

impl Default for Drain {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Drain {
    /// Starts the drain. Starting it again does nothing.
    pub fn start(&self) {
        self.0.send_replace(true);
    }

    /// True once the drain was started.
    pub fn started(&self) -> bool {
        *self.0.borrow()
    }

    /// Resolves when the drain starts.
    ///
    /// # Cancel safety
    ///
    /// Safe to cancel and call again.
    pub async fn wait(&self) {
        // The sender lives in `self`, so waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|started| *started).await;
    }
}
