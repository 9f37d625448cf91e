//! Signals: the first asks for a drain, the second ends the process at once.
//!
//! They are waited for on a thread of their own, so that workers which have
//! too much to do cannot keep the process from being stopped.

use std::io;

use airside::server::Drain;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Watches for SIGTERM and SIGINT from now on.
///
/// # Errors
///
/// If the system starts no thread or takes no handler.
pub(crate) fn watch(drain: Drain) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let (terminate, interrupt) = {
        let _inside = runtime.enter();
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?)
    };
    let watching = watching(drain, terminate, interrupt);
    let thread = std::thread::Builder::new().name("airside-signals".into());
    thread.spawn(move || runtime.block_on(watching))?;
    Ok(())
}

async fn watching(drain: Drain, mut terminate: Signal, mut interrupt: Signal) {
    let name = next(&mut terminate, &mut interrupt).await.0;
    tracing::info!("{name}: taking no new connections, waiting for calls to finish");
    drain.start();
    let (name, code) = next(&mut terminate, &mut interrupt).await;
    tracing::warn!("{name} again: ending at once");
    std::process::exit(code);
}

/// The next signal: its name and the exit code that tells of it.
async fn next(terminate: &mut Signal, interrupt: &mut Signal) -> (&'static str, i32) {
    tokio::select! {
        _ = terminate.recv() => ("SIGTERM", 128 + 15),
        _ = interrupt.recv() => ("SIGINT", 128 + 2),
    }
}
