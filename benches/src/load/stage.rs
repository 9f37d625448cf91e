//! Who takes part and where: finds the binaries, gives cores, starts processes and waits until
//! they answer.

use std::env::current_exe;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::available_parallelism;

use super::arguments::{Arguments, header, named};
use super::budgets::SUBJECT;
use super::contestant::{Contestant, Role};
use super::error::LoadError;
use super::lifecycle::first_answer;
use super::process::{Launch, free_port};

/// Where things are and who runs on which core.
pub(crate) struct Stage {
    /// Folder of this tool and of the other binaries.
    folder: PathBuf,
    /// Cores of the mock upstream and of the contestants.
    cores: Option<(usize, usize)>,
}

impl Stage {
    /// Finds out, and moves the tool itself to its core.
    pub(crate) fn of(arguments: &Arguments) -> Result<Self, LoadError> {
        let tool = current_exe().map_err(LoadError::io("looking for this program"))?;
        let folder = tool.parent().map(Path::to_path_buf).unwrap_or_default();
        if !arguments.pin {
            return Ok(Self { folder, cores: None });
        }
        let last = available_parallelism().map_or(1, usize::from) - 1;
        if last == 0 {
            return Err(LoadError::Usage("--pin: there is only one core".to_owned()));
        }
        let own = std::process::id().to_string();
        let moved = Command::new("taskset")
            .args(["--all-tasks", "--pid", "--cpu-list", "0", &own])
            .stdout(Stdio::null())
            .status()
            .map_err(LoadError::io("--pin: running taskset"))?;
        if !moved.success() {
            return Err(LoadError::Usage(format!("--pin: taskset ended with {moved}")));
        }
        Ok(Self { folder, cores: Some((0, last)) })
    }

    /// Starts what has to be started and waits until everything answers.
    pub(crate) async fn enter(
        &self,
        arguments: &Arguments,
    ) -> Result<(Contestant, Vec<Contestant>), LoadError> {
        let (mock_core, core) = self.cores.unzip();
        let port = arguments.mock_port.map_or_else(free_port, Ok)?;
        let mut command = vec![self.binary("mock-upstream", "mock-upstream")?];
        command.extend(words("--port {port}"));
        let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let launch = self.launch("mock-upstream", command, mock_core);
        let mock = start("mock-upstream", Role::Direct, launch, port, nowhere).await?;
        let upstream = mock.address;

        let mut contestants = vec![Contestant::at("direct", Role::Direct, upstream)];
        let mut command = vec![self.binary("passthrough", "airside-benches")?];
        command.extend(words("--port {port} --upstream {mock}"));
        let launch = self.launch("passthrough", command, core);
        contestants.push(start("passthrough", Role::Floor, launch, free_port()?, upstream).await?);

        if let Some(command) = self.airside(arguments) {
            let launch = self.launch(SUBJECT, command, core);
            contestants.push(start(SUBJECT, Role::Gateway, launch, free_port()?, upstream).await?);
        }
        add_others(arguments, &mut contestants)?;
        Ok((mock, contestants))
    }

    /// The command for Airside: the one given, or the binary beside this tool unless the name is
    /// taken by a gateway that runs already.
    fn airside(&self, arguments: &Arguments) -> Option<Vec<String>> {
        if let Some(command) = &arguments.airside {
            return Some(words(command));
        }
        let taken = arguments
            .gateways
            .iter()
            .any(|gateway| gateway.split_once('=').is_some_and(|(name, _)| name == SUBJECT));
        if taken {
            return None;
        }
        self.binary(SUBJECT, "airside-app").ok().map(|path| vec![path])
    }

    /// How to start a contestant that lies beside this tool, or anywhere else.
    fn launch(&self, name: &str, words: Vec<String>, core: Option<usize>) -> Launch {
        Launch { words, log: self.folder.join(format!("load-{name}.log")), core }
    }

    fn binary(&self, name: &str, package: &str) -> Result<String, LoadError> {
        let path = self.folder.join(name);
        if path.is_file() {
            return Ok(path.display().to_string());
        }
        let release = if cfg!(debug_assertions) { "" } else { "--release " };
        Err(LoadError::Usage(format!(
            "{} is not there: run cargo build {release}-p {package}",
            path.display()
        )))
    }
}

/// What the reader of the figures has to know from the start.
pub(crate) fn remarks(contestants: &[Contestant]) -> Vec<String> {
    let mut remarks = Vec::new();
    if cfg!(debug_assertions) {
        remarks.push("this is a debug build: its figures mean nothing".to_owned());
    }
    if let Some(load) = busy() {
        remarks
            .push(format!("the machine was busy when the run began (load {load}): rely on ratios"));
    }
    if !contestants.iter().any(|one| one.name == SUBJECT) {
        remarks.push(format!(
            "no contestant is called {SUBJECT}, so no budget was judged: build it (cargo build \
             --release -p airside-app) or name one (--{SUBJECT} CMD)"
        ));
    }
    let blind = contestants.iter().filter(|one| one.role == Role::Gateway && one.pid.is_none());
    remarks.extend(
        blind.map(|one| {
            format!("{}: without --pid {}=PID no CPU time and memory", one.name, one.name)
        }),
    );
    remarks
}

/// Adds the gateways that run already, and what the options say of any contestant.
fn add_others(arguments: &Arguments, contestants: &mut Vec<Contestant>) -> Result<(), LoadError> {
    for gateway in &arguments.gateways {
        let (name, url) = named("gateway", gateway)?;
        contestants.push(Contestant::by_url(name, url)?);
    }
    for text in &arguments.pids {
        let (name, pid) = named("pid", text)?;
        let wrong = || LoadError::Usage(format!("--pid {text}: not a process id"));
        find(contestants, name)?.pid = Some(pid.parse().map_err(|_| wrong())?);
    }
    for text in &arguments.headers {
        let (name, text) = named("header", text)?;
        let (key, value) = header(text)?;
        find(contestants, name)?.set_header(key, value);
    }
    Ok(())
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// The load of the last minute, if it is one that shows in the figures.
fn busy() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    let load = text.split_whitespace().next()?.parse().ok()?;
    (load > 0.5).then_some(load)
}

async fn start(
    name: &str,
    role: Role,
    launch: Launch,
    port: u16,
    mock: SocketAddr,
) -> Result<Contestant, LoadError> {
    let running = launch.start(port, mock)?;
    let mut contestant = Contestant::at(name, role, running.address);
    contestant.pid = Some(running.id());
    contestant.launch = Some(launch);
    contestant.running = Some(running);
    first_answer(&contestant, mock).await?;
    Ok(contestant)
}

fn find<'a>(
    contestants: &'a mut [Contestant],
    name: &str,
) -> Result<&'a mut Contestant, LoadError> {
    contestants
        .iter_mut()
        .find(|one| one.name == name)
        .ok_or_else(|| LoadError::Usage(format!("no contestant is called {name}: see --gateway")))
}
