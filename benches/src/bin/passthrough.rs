//! The command line of the pass-through proxy. Everything it does lives in the library.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::thread::available_parallelism;

use airside_benches::passthrough::PassThrough;
use clap::Parser;
use mock_upstream::per_core;

/// A bare reverse proxy: the floor against which gateways are measured.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Address of the upstream, such as 127.0.0.1:9000.
    #[arg(long)]
    upstream: SocketAddr,
    /// Port to listen on, on the loopback interface; 0 takes a free one and prints it.
    #[arg(long, default_value_t = 9001)]
    port: u16,
    /// Number of threads; as many as cores unless given.
    #[arg(long)]
    threads: Option<usize>,
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the terminal is its only surface")]
fn main() -> ExitCode {
    let Arguments { upstream, port, threads } = Arguments::parse();
    let cores = || available_parallelism().map_or(1, usize::from);
    let threads = threads.unwrap_or_else(cores).max(1);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let served = per_core::bind(address, threads).and_then(|listeners| {
        let address = per_core::local_address(&listeners)?;
        println!("passthrough listens on http://{address}, upstream {upstream}");
        per_core::serve(listeners, || PassThrough::new(upstream))
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("passthrough: {address}: {error}");
            ExitCode::FAILURE
        }
    }
}
