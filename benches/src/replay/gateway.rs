//! The gateway as a process. It ends with its [`Gateway`].

use std::env::current_exe;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use airside_testkit::client;
use bytes::Bytes;
use http_body_util::Empty;
use hyper::Request;

use super::error::ReplayError;
use super::records::Records;

/// Variables that would change what the gateway does.
const VARIABLES: [&str; 8] = [
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "PORT",
    "TRUSTED_CUSTOM_HOSTS",
];

/// A running gateway.
#[derive(Debug)]
pub(crate) struct Gateway {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) records: Records,
}

impl Gateway {
    /// Starts the gateway on a free port and waits until it answers.
    pub(crate) async fn start(command: Option<&str>) -> Result<Self, ReplayError> {
        let port = free_port()?;
        let words = match command {
            Some(command) => command.split_whitespace().map(str::to_owned).collect(),
            None => vec![beside_this()?],
        };
        let Some((program, rest)) = words.split_first() else {
            return Err(ReplayError::Usage("--airside: give a command".to_owned()));
        };
        let mut command = Command::new(program);
        command.args(rest).arg(format!("--port={port}")).arg("--log-format=json");
        for variable in VARIABLES {
            command.env_remove(variable);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(ReplayError::io(format!("starting {program}")))?;
        let records = Records::default();
        if let Some(output) = child.stdout.take() {
            records.follow(output);
        }
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut gateway = Self { child, address, records };
        gateway.until_it_answers().await?;
        Ok(gateway)
    }

    async fn until_it_answers(&mut self) -> Result<(), ReplayError> {
        let mut last = String::new();
        for _ in 0..500 {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(ReplayError::Silent(format!("it ended with {status}")));
            }
            let request = Request::get("/livez").body(Empty::<Bytes>::new());
            let request = request.map_err(|error| ReplayError::Usage(error.to_string()))?;
            match client::send(self.address, request).await {
                Ok(reply) if reply.status.is_success() => return Ok(()),
                Ok(reply) => last = format!("/livez gives {}", reply.status),
                Err(error) => last = error.to_string(),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err(ReplayError::Silent(last))
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // It may have ended by itself, which the verdicts have told by then.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn beside_this() -> Result<String, ReplayError> {
    let this = current_exe().map_err(ReplayError::io("looking for this program's folder"))?;
    let airside = this.with_file_name("airside");
    if !airside.exists() {
        return Err(ReplayError::Usage(format!(
            "there is no {}: build it with `cargo build --release -p airside-app`, or name a \
             command with --airside",
            airside.display()
        )));
    }
    Ok(airside.to_string_lossy().into_owned())
}

fn free_port() -> Result<u16, ReplayError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(ReplayError::io("looking for a free port"))
}
