//! The program as a process: what it prints, how it ends, what signals do.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

fn airside(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_airside"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in ["PORT", "AIRSIDE_CONFIG", "TRUSTED_CUSTOM_HOSTS"] {
        command.env_remove(name);
    }
    command
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = airside(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

/// A gateway that serves on a free port of the loopback interface.
struct Serving {
    child: Child,
    address: String,
    stderr: BufReader<ChildStderr>,
}

impl Serving {
    fn start(arguments: &[&str]) -> Self {
        let all = [&["--host=127.0.0.1", "--port=0"], arguments].concat();
        let mut child = airside(&all).spawn().unwrap();
        let mut serving = Self {
            stderr: BufReader::new(child.stderr.take().unwrap()),
            child,
            address: String::new(),
        };
        let line = serving.line("listening on ");
        let (_, rest) = line.split_once("http://").unwrap();
        let address = rest.split([' ', '"', '\x1b']).next().unwrap().trim();
        serving.address.push_str(address);
        serving
    }

    /// The next line on standard error that contains a text.
    fn line(&mut self, part: &str) -> String {
        let mut seen = String::new();
        loop {
            let mut line = String::new();
            assert!(self.stderr.read_line(&mut line).unwrap() > 0, "no `{part}` in: {seen}");
            if line.contains(part) {
                return line;
            }
            seen.push_str(&line);
        }
    }

    fn ask(&self, model: &str, stream: bool) -> TcpStream {
        let body = format!(
            r#"{{"model":"echo/{model}","stream":{stream},"messages":[{{"role":"user","content":"a b c"}}]}}"#
        );
        let mut socket = TcpStream::connect(&self.address).unwrap();
        write!(
            socket,
            "POST /v1/chat/completions HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        socket
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// Waits for the end; the exit code and what was written to standard output.
    fn end(mut self) -> (Option<i32>, String) {
        let mut stdout = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        (self.child.wait().unwrap().code(), stdout)
    }
}

impl Drop for Serving {
    /// A test that fails leaves no process behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn rest(mut socket: TcpStream) -> String {
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    text
}

/// Reads up to the first piece of the answer.
fn first_piece(socket: &mut TcpStream) {
    read_past(socket, b"data: ");
}

/// Reads until these bytes have arrived.
fn read_past(socket: &mut TcpStream, bytes: &[u8]) {
    let mut seen = Vec::new();
    while !seen.windows(bytes.len()).any(|window| window == bytes) {
        let mut piece = [0; 512];
        let count = socket.read(&mut piece).unwrap();
        assert!(count > 0, "{}", String::from_utf8_lossy(&seen));
        seen.extend_from_slice(&piece[..count]);
    }
}

#[test]
fn a_stream_that_is_under_way_finishes_after_sigterm() {
    let mut serving = Serving::start(&["--log-format=json", "--workers=1"]);
    assert!(rest(serving.ask("echo", false)).contains(r#""content":"a b c""#));
    let mut socket = serving.ask("echo-slow-100", true);
    first_piece(&mut socket);
    serving.signal("-TERM");
    serving.line("SIGTERM");
    assert!(rest(socket).contains("[DONE]"));
    let (code, stdout) = serving.end();
    assert_eq!(code, Some(0));
    let records: Vec<_> = stdout.lines().collect();
    assert_eq!(records.len(), 2, "{stdout}");
    assert!(records.iter().all(|line| line.starts_with('{') && line.contains(r#""status":200"#)));
}

#[test]
fn a_second_signal_ends_the_process_at_once() {
    for (name, code) in [("-TERM", 143), ("-INT", 130)] {
        let mut serving = Serving::start(&[]);
        let mut socket = serving.ask("echo-slow-60000", true);
        // Otherwise the drain may end before the call begins.
        read_past(&mut socket, b"\r\n\r\n");
        serving.signal(name);
        serving.line("SIG");
        serving.signal(name);
        assert_eq!(serving.end().0, Some(code), "{name}");
        drop(socket);
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let (code, _, stderr) = run(&["--host=127.0.0.1", &format!("--port={port}")]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{stderr}");
}

#[test]
fn a_wrong_configuration_is_shown_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("airside.toml");
    std::fs::write(&file, "[listen]\nprot = 1\n").unwrap();
    let file = file.to_str().unwrap();
    for arguments in [&["check", file][..], &["--config", file], &["serve", "--config", file]] {
        let (code, stdout, stderr) = run(arguments);
        assert_eq!((code, &*stdout), (Some(1), ""), "{arguments:?}");
        assert!(stderr.contains("airside.toml:2:1: unknown key `prot`"), "{stderr}");
        assert!(stderr.contains("did you mean `port`?"), "{stderr}");
    }
}

#[test]
fn pages_and_lists_go_to_standard_output() {
    let cases: [(&[&str], &str); 6] = [
        (&["version"], "airside 0."),
        (&["providers"], "anthropic"),
        (&["providers", "openai"], "OPENAI_API_KEY"),
        (&["providers", "--markdown"], "# Providers"),
        (&["config"], "listen:"),
        (&["config", "--markdown"], "# Configuration"),
    ];
    for (arguments, part) in cases {
        let (code, stdout, stderr) = run(arguments);
        assert_eq!((code, &*stderr), (Some(0), ""), "{arguments:?}");
        assert!(stdout.contains(part) && stdout.ends_with('\n'), "{arguments:?}: {stdout}");
    }
    let (code, stdout, stderr) = run(&["providers", "opnai"]);
    assert_eq!((code, &*stdout), (Some(1), ""));
    assert!(stderr.contains("did you mean `openai`?"), "{stderr}");
    assert_eq!(run(&["--prot=1"]).0, Some(2));
}
