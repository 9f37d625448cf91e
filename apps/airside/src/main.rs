//! The bundled gateway: one binary over the `airside` crates.
//!
//! It reads arguments, installs the subscriber and handles signals; everything
//! else is in the libraries.

mod check;
mod cli;
mod providers;
mod reference;
mod serve;
mod settings;
mod signals;

use std::io::{self, Write};
use std::process::ExitCode;

use airside::config::Env;
use clap::Parser;

use cli::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli, &Env::process()) {
        Ok(text) => say(&mut io::stdout(), &text),
        Err(complaint) => {
            say(&mut io::stderr(), &format!("{complaint}\n"));
            ExitCode::FAILURE
        }
    }
}

/// Does what is asked for; what it has to say goes to standard output.
fn run(cli: Cli, env: &Env) -> Result<String, String> {
    match cli.command {
        None => serve::run(&cli.serve, env).map(|()| String::new()),
        Some(Command::Serve(arguments)) => serve::run(&arguments, env).map(|()| String::new()),
        Some(Command::Check { file }) => check::check(&file, env),
        Some(Command::Providers { name: Some(name), .. }) => providers::one(&name),
        Some(Command::Providers { markdown: true, .. }) => Ok(providers::page()),
        Some(Command::Providers { .. }) => Ok(providers::list()),
        Some(Command::Config { markdown: true }) => Ok(reference::page()),
        Some(Command::Config { markdown: false }) => Ok(reference::EXAMPLE.to_owned()),
        Some(Command::Version) => {
            Ok(concat!("airside ", env!("CARGO_PKG_VERSION"), "\n").to_owned())
        }
    }
}

/// Writes a text. A reader that has gone, as `head` does, is no failure.
fn say(out: &mut impl Write, text: &str) -> ExitCode {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    }
}
