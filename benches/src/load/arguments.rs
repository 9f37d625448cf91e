//! The command line of the load tool.

use std::path::PathBuf;

use clap::Parser;

use super::error::LoadError;

/// Measures Airside beside a direct call, a bare pass-through and any other gateway.
#[derive(Debug, Parser)]
#[command(name = "load", version)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct Arguments {
    /// A short run: a quarter of the requests, two rounds.
    #[arg(long)]
    pub(crate) quick: bool,

    /// Number of rounds; each figure is the median of them.
    #[arg(long, value_name = "N")]
    pub(crate) rounds: Option<usize>,

    /// Scenarios to run: names or their beginnings (`chat`, `latency-500`).
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub(crate) only: Vec<String>,

    /// Lists the scenarios and their figures and ends.
    #[arg(long)]
    pub(crate) list: bool,

    /// Command that starts Airside, split at spaces. It is told its port by PORT in its
    /// environment; `{port}` and `{mock}` in the command are filled in. Without this option the
    /// binary `airside` beside this tool is used, if there is one.
    #[arg(long, value_name = "CMD")]
    pub(crate) airside: Option<String>,

    /// Another gateway, which runs already on this machine.
    #[arg(long = "gateway", value_name = "NAME=URL")]
    pub(crate) gateways: Vec<String>,

    /// Process of a gateway, whose CPU time and memory are to be measured.
    #[arg(long = "pid", value_name = "NAME=PID")]
    pub(crate) pids: Vec<String>,

    /// Header a gateway needs. `{upstream}` stands for the mock upstream's URL up to /v1,
    /// `{provider}` for openai or anthropic. All get the headers of Portkey anyway.
    #[arg(long = "header", value_name = "NAME=KEY: VALUE")]
    pub(crate) headers: Vec<String>,

    /// Port of the mock upstream, for gateways whose upstream is configured; a free one if not
    /// given.
    #[arg(long, value_name = "PORT")]
    pub(crate) mock_port: Option<u16>,

    /// Keeps the processes started by this tool on the last core, and the mock upstream and the
    /// tool itself on the first one. Needs the program `taskset`.
    #[arg(long)]
    pub(crate) pin: bool,

    /// File of budgets in place of those of the project.
    #[arg(long, value_name = "FILE")]
    pub(crate) budgets: Option<PathBuf>,

    /// Ends with an error if a budget is exceeded, or its figure could not be measured.
    #[arg(long)]
    pub(crate) enforce: bool,

    /// File for all figures as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

/// Splits `NAME=VALUE`.
pub(crate) fn named<'a>(option: &str, text: &'a str) -> Result<(&'a str, &'a str), LoadError> {
    let parts = text.split_once('=').filter(|(name, value)| !name.is_empty() && !value.is_empty());
    parts.ok_or_else(|| LoadError::Usage(format!("--{option} {text}: write it as NAME=VALUE")))
}

/// Splits `KEY: VALUE` of a header.
pub(crate) fn header(text: &str) -> Result<(&str, &str), LoadError> {
    let sound = |text: &str| !text.is_empty() && !text.contains(char::is_control);
    let parts = text.split_once(':').map(|(name, value)| (name.trim(), value.trim()));
    parts
        .filter(|(name, value)| sound(name) && sound(value))
        .ok_or_else(|| LoadError::Usage("--header: write it as NAME=KEY: VALUE".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }

    #[test]
    fn options_of_a_gateway_are_split_at_the_first_mark() {
        assert_eq!(named("gateway", "a=http://h/?x=1").unwrap(), ("a", "http://h/?x=1"));
        assert_eq!(header("x-host: http://h").unwrap(), ("x-host", "http://h"));
        assert!(named("gateway", "http://h").is_err());
        assert!(header("x-host").is_err() && header("x: a\r\nb: c").is_err());
    }
}
