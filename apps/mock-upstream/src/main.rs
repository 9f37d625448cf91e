//! The command line of the mock upstream. Everything it does lives in the library.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use clap::Parser;
use mock_upstream::{Mock, per_core};

/// A fast scripted upstream for load tests.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Address to listen on.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// Port to listen on; 0 takes a free one and prints it.
    #[arg(long, default_value_t = 9000)]
    port: u16,
    /// Number of threads, each with its own runtime and its own listening socket.
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the terminal is its only surface")]
fn main() -> ExitCode {
    let Arguments { host, port, threads } = Arguments::parse();
    let served =
        per_core::bind(SocketAddr::new(host, port), threads.max(1)).and_then(|listeners| {
            let address = per_core::local_address(&listeners)?;
            println!("mock-upstream listens on http://{address}");
            per_core::serve(listeners, Mock::new)
        });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mock-upstream: {host}:{port}: {error}");
            ExitCode::FAILURE
        }
    }
}
