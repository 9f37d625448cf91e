//! The command line of the replay runner.

use std::path::PathBuf;

use clap::Parser;

/// Plays recorded exchanges through the gateway and reports what gets lost without being said.
#[derive(Debug, Parser)]
#[command(name = "replay", version)]
pub struct Arguments {
    /// Folder of recordings: `<dialect>/<endpoint>/*.json`.
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,

    /// Command that starts the gateway, split at spaces; `--port=N` and `--log-format=json` are
    /// added. Without this option the binary `airside` beside this one is used.
    #[arg(long, value_name = "CMD")]
    pub(crate) airside: Option<String>,

    /// Plays the recordings of one dialect only, such as `openai-chat`.
    #[arg(long, value_name = "DIALECT")]
    pub(crate) only: Option<String>,

    /// Plays the recordings whose file name contains this text only.
    #[arg(long, value_name = "TEXT")]
    pub(crate) file: Option<String>,

    /// Lists every difference, also those that were reported as losses.
    #[arg(long)]
    pub(crate) verbose: bool,

    /// File for all verdicts as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}
