//! The command line of the replay runner. Everything it does lives in the library.

use std::process::ExitCode;

use airside_benches::replay::{Arguments, run};
use clap::Parser;

/// One thread: exchanges are played one after the other, so that a run repeats exactly.
#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the terminal is its only surface")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(outcome) => {
            println!("{}", outcome.text);
            if outcome.passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("replay: {error}");
            ExitCode::FAILURE
        }
    }
}
