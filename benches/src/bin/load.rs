//! The command line of the load tool. Everything it does lives in the library.

use std::process::ExitCode;

use airside_benches::load::{Arguments, LoadError, Outcome, run};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

/// One thread, so that the tool takes no more than one core from those it measures.
#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the terminal is its only surface")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let progress = |line: &str| eprintln!("{line}");
    // Leaving by a signal drops the run, and with it the processes it has started.
    let outcome = tokio::select! {
        outcome = run(arguments, progress) => outcome,
        () = asked_to_end() => Err(LoadError::Usage("ended by a signal".to_owned())),
    };
    match outcome {
        Ok(Outcome { text, passed, .. }) => {
            println!("{text}");
            if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn asked_to_end() {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
