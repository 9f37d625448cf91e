//! The command line: what can be asked of the program.
//!
//! Only its shape; what the words mean is decided where they are used. Flags
//! of the compatible gateway are accepted as they are written there.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// An AI gateway: one API in front of many model providers.
///
/// Without a command it serves.
#[derive(Debug, Parser)]
#[command(name = "airside", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) serve: ServeArgs,
}

/// What the program does.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves until it is told to stop (SIGTERM or SIGINT)
    Serve(ServeArgs),
    /// Checks a configuration file and says what is wrong with it
    Check {
        /// The file: YAML, TOML or JSON
        file: PathBuf,
    },
    /// Lists the providers that come with the gateway
    Providers {
        /// Show this one only
        name: Option<String>,
        /// Write the reference page
        #[arg(long, conflicts_with = "name")]
        markdown: bool,
    },
    /// Writes an example of a configuration file
    Config {
        /// Write the reference page instead
        #[arg(long)]
        markdown: bool,
    },
    /// Tells the version
    Version,
}

/// How to serve. Flags win over the environment, the environment over the
/// configuration file.
#[derive(Debug, Default, Args)]
pub(crate) struct ServeArgs {
    /// Configuration file [env: AIRSIDE_CONFIG]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Port to listen on [env: PORT] [default: 8787]
    #[arg(long)]
    pub(crate) port: Option<u16>,
    /// Address to listen on [default: 0.0.0.0]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) host: Option<String>,
    /// Threads that serve [default: one a processor]
    #[arg(long, value_name = "COUNT")]
    pub(crate) workers: Option<usize>,
    /// Form of log lines [default: pretty]
    #[arg(long, value_name = "FORM")]
    pub(crate) log_format: Option<LogForm>,
    /// What is logged, such as warn or info,airside_upstream=debug [default: info]
    #[arg(long, value_name = "FILTER")]
    pub(crate) log_level: Option<String>,
    /// Accepted for compatibility; there is no console to leave out
    #[arg(long, hide = true)]
    pub(crate) headless: bool,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogForm {
    /// One JSON object a line
    Json,
    /// For people
    Pretty,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn serve(arguments: &[&str]) -> Result<ServeArgs, clap::Error> {
        let all = std::iter::once(&"airside").chain(arguments);
        let cli = Cli::try_parse_from(all)?;
        Ok(match cli.command {
            None => cli.serve,
            Some(Command::Serve(arguments)) => arguments,
            Some(other) => panic!("not a way to serve: {other:?}"),
        })
    }

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn serving_needs_no_command_and_takes_flags_either_way() {
        let cases: [(&[&str], Option<u16>); 6] = [
            (&[], None),
            (&["serve"], None),
            (&["--port", "9000"], Some(9000)),
            (&["--port=9000"], Some(9000)),
            (&["serve", "--port=9000"], Some(9000)),
            (&["--headless", "--port=9000"], Some(9000)),
        ];
        for (arguments, port) in cases {
            assert_eq!(serve(arguments).unwrap().port, port, "{arguments:?}");
        }
        let all = serve(&[
            "--config=a.yaml",
            "--host=::1",
            "--workers=2",
            "--log-format=json",
            "--log-level=warn,airside=debug",
        ]);
        let all = all.unwrap();
        assert_eq!(all.config, Some(PathBuf::from("a.yaml")));
        assert_eq!((all.host.as_deref(), all.workers), (Some("::1"), Some(2)));
        assert_eq!(all.log_format, Some(LogForm::Json));
        assert_eq!(all.log_level.as_deref(), Some("warn,airside=debug"));
    }

    #[test]
    fn nonsense_is_refused() {
        for arguments in [
            &["--port=70000"][..],
            &["--prot=1"],
            &["server"],
            &["check"],
            &["--port=1", "check", "a.yaml"],
            &["providers", "openai", "--markdown"],
            &["--log-format=xml"],
        ] {
            let all = std::iter::once(&"airside").chain(arguments);
            assert!(Cli::try_parse_from(all).is_err(), "{arguments:?}");
        }
    }
}
