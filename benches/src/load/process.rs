//! Processes the tool starts and what the kernel tells about any process: CPU time and memory.
//!
//! Linux only: it reads `/proc`. A started process ends with its [`Running`].

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::error::LoadError;

/// Length of a clock tick of `/proc/<pid>/stat`; user space sees 100 a second on every Linux.
const TICK: Duration = Duration::from_millis(10);

/// Pause around a measurement, in which work done after an answer comes to its end.
const SETTLE: Duration = Duration::from_millis(50);

/// Lifts the limit of open files, for 500 streams are 1,000 sockets of a gateway, and becomes the
/// command that follows.
const WITH_MORE_FILES: &str = "ulimit -n 8192 2>/dev/null; exec \"$@\"";

/// How to start a contestant. `{port}` in the words stands for its port, `{mock}` for the mock
/// upstream's address; the environment has the port as `PORT`.
#[derive(Clone, Debug)]
pub(crate) struct Launch {
    pub(crate) words: Vec<String>,
    /// Where its output goes.
    pub(crate) log: PathBuf,
    /// The core it may use, if only one.
    pub(crate) core: Option<usize>,
}

/// A process started by the tool; dropping it ends the process.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Launch {
    /// Starts the process on a free port. It need not answer yet.
    pub(crate) fn start(&self, port: u16, mock: SocketAddr) -> Result<Running, LoadError> {
        let fill = |word: &String| {
            word.replace("{port}", &port.to_string()).replace("{mock}", &mock.to_string())
        };
        let mut command = Command::new("sh");
        command.args(["-c", WITH_MORE_FILES, "sh"]);
        if let Some(core) = self.core {
            command.args(["taskset", "-c", &core.to_string()]);
        }
        command.args(self.words.iter().map(fill)).env("PORT", port.to_string());
        for variable in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env_remove(variable);
        }
        let log = || -> io::Result<(File, File)> {
            let out = File::create(&self.log)?;
            Ok((out.try_clone()?, out))
        };
        let (out, err) = log().map_err(LoadError::io(self.log.display().to_string()))?;
        command.stdin(Stdio::null()).stdout(out).stderr(err);
        let child = command.spawn().map_err(LoadError::io("starting a process"))?;
        Ok(Running { child, address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)) })
    }
}

impl Running {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, which is what is wanted.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A port nobody listens on at the moment.
pub(crate) fn free_port() -> Result<u16, LoadError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(LoadError::io("looking for a free port"))
}

/// Measures the CPU time a process uses between two moments; nothing if there is no process.
#[derive(Debug)]
pub(crate) struct CpuMeter {
    pid: Option<u32>,
    before: Option<Duration>,
}

impl CpuMeter {
    /// Lets the process come to rest and starts.
    pub(crate) async fn start(pid: Option<u32>) -> Result<Self, LoadError> {
        tokio::time::sleep(SETTLE).await;
        Ok(Self { pid, before: pid.map(cpu_time).transpose()? })
    }

    /// Lets the process do what is left over from its last answers, and stops.
    pub(crate) async fn stop(self) -> Result<Option<Duration>, LoadError> {
        tokio::time::sleep(SETTLE).await;
        let after = self.pid.map(cpu_time).transpose()?;
        Ok(after.zip(self.before).map(|(after, before)| after.saturating_sub(before)))
    }
}

/// CPU time a process has used, over all its threads.
///
/// The scheduler's per-thread figures are exact to a nanosecond for threads that sleep, but those
/// of threads that have ended are gone; the process's figure keeps them and is cut to ticks.
/// Whichever is larger is nearer the truth.
fn cpu_time(pid: u32) -> Result<Duration, LoadError> {
    let process = format!("/proc/{pid}");
    let read = || -> io::Result<Duration> {
        let mut of_threads = Duration::ZERO;
        for thread in fs::read_dir(Path::new(&process).join("task"))? {
            // A thread may end between the listing and the reading.
            let text = fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
            of_threads += parse_schedstat(&text).unwrap_or_default();
        }
        let text = fs::read_to_string(Path::new(&process).join("stat"))?;
        Ok(of_threads.max(parse_stat(&text).ok_or(io::ErrorKind::InvalidData)?))
    };
    read().map_err(LoadError::io(process.clone()))
}

/// Resident memory of a process in MB of 1,000,000 bytes.
pub(crate) fn resident_mb(pid: u32) -> Result<f64, LoadError> {
    let path = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&path).map_err(LoadError::io(path.clone()))?;
    let kib = parse_resident_kib(&text);
    kib.map(|kib| f64::from(kib) * 1024.0 / 1e6)
        .ok_or_else(|| LoadError::Usage(format!("{path} has no VmRSS: has the process ended?")))
}

/// The first figure is the time on a CPU in nanoseconds.
fn parse_schedstat(text: &str) -> Option<Duration> {
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// Fields 14 and 15, in ticks, counted behind the name, which may have spaces and parentheses.
/// See proc_pid_stat(5).
fn parse_stat(text: &str) -> Option<Duration> {
    let (_, fields) = text.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some(TICK * ticks()?.checked_add(ticks()?)?)
}

fn parse_resident_kib(status: &str) -> Option<u32> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_tables_are_read() {
        let stat = "812 (a (b) c) S 1 812 812 0 -1 4194560 1700 0 3 0 37 5 0 0 20 0 4 0 99";
        assert_eq!(parse_stat(stat), Some(Duration::from_millis(420)));
        assert_eq!(parse_stat("812 (cut"), None);
        assert_eq!(
            parse_schedstat("332117521 1045941 119\n"),
            Some(Duration::from_nanos(332_117_521))
        );
        assert_eq!(parse_resident_kib("Name:\tx\nVmRSS:\t    3916 kB\n"), Some(3916));
        assert_eq!(parse_resident_kib("Name:\tx\n"), None);
    }

    #[test]
    fn this_process_has_memory_and_its_cpu_time_does_not_shrink() {
        let pid = std::process::id();
        let before = cpu_time(pid).unwrap();
        assert!(resident_mb(pid).unwrap() > 0.5);
        assert!(cpu_time(pid).unwrap() >= before);
        assert!(cpu_time(u32::MAX).is_err());
    }

    #[test]
    fn a_process_gets_its_port_and_ends_when_let_go() {
        let log = std::env::temp_dir().join(format!("airside-load-test-{}", std::process::id()));
        let words = ["sh", "-c", "echo $PORT {port} {mock}; sleep 60"].map(str::to_owned).into();
        let launch = Launch { words, log: log.clone(), core: None };
        let running = launch.start(1234, SocketAddr::from(([127, 0, 0, 1], 9))).unwrap();
        let pid = running.id();
        let mut output = String::new();
        while output.is_empty() {
            std::thread::yield_now();
            output = fs::read_to_string(&log).unwrap();
        }
        assert_eq!(output, "1234 1234 127.0.0.1:9\n");
        drop(running);
        assert!(cpu_time(pid).is_err());
        fs::remove_file(log).unwrap();
    }
}
