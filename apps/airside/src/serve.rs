//! Serving: the gateway, its records and its signals put together.

use std::io;
use std::net::TcpListener;

use airside::config::Env;
use airside::server::{Gateway, LogConfig, LogFormat};
use airside::telemetry::sinks::{JsonLines, Pretty, Text};
use airside::telemetry::{Pipeline, PipelineConfig, Sink};
use airside_telemetry::subscriber;

use crate::cli::ServeArgs;
use crate::settings::Settings;
use crate::signals;

/// Serves until the drain has ended.
pub(crate) fn run(arguments: &ServeArgs, env: &Env) -> Result<(), String> {
    let settings = Settings::of_process(arguments, env)?;
    let log = &settings.config.log;
    let form = match log.format {
        LogFormat::Json => subscriber::Format::Json,
        _ => subscriber::Format::Pretty,
    };
    subscriber::init(form, &log.level).map_err(|error| format!("airside: log.level: {error}"))?;
    let pipeline = pipeline(log).map_err(|error| format!("airside: cannot start: {error}"))?;
    let gateway = settings.build(env, |builder| builder.pipeline(pipeline))?;
    let listeners = gateway.bind().map_err(|error| format!("airside: {error}"))?;
    let drain = gateway.drain().clone();
    signals::watch(drain).map_err(|error| format!("airside: cannot watch signals: {error}"))?;
    announce(&gateway, &settings, &listeners);
    gateway.serve(listeners).map_err(|error| format!("airside: {error}"))
}

/// Where records of calls go: to standard output, diagnostics go to standard error.
fn pipeline(log: &LogConfig) -> io::Result<Pipeline> {
    if !log.calls {
        return Ok(Pipeline::disabled());
    }
    let sink: Box<dyn Sink> = match log.format {
        LogFormat::Json => Box::new(Text::new(JsonLines, io::stdout())),
        _ => Box::new(Text::new(Pretty, io::stdout())),
    };
    Pipeline::start(&PipelineConfig::default(), vec![sink])
}

/// Says where it listens. The port may have been chosen by the system.
fn announce(gateway: &Gateway, settings: &Settings, listeners: &[TcpListener]) {
    let scheme = if gateway.config().listen.tls.is_some() { "https" } else { "http" };
    let address = listeners.first().and_then(|listener| listener.local_addr().ok());
    let address = address.map(|address| format!("{scheme}://{address}")).unwrap_or_default();
    tracing::info!(
        workers = listeners.len(),
        config = settings.file().unwrap_or("none"),
        version = env!("CARGO_PKG_VERSION"),
        "listening on {address}"
    );
}
