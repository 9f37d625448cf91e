//! From flags, environment and file to the one configuration that counts.
//!
//! Flags win over the environment, the environment over the file, the file
//! over defaults. Invariant: a complaint about the file names the line.

use std::path::{Path, PathBuf};

use airside::config::{ConfigError, Env, Loaded, load_file};
use airside::server::{Gateway, GatewayBuilder, GatewayConfig, LogFormat, ServerError};

use crate::cli::{LogForm, ServeArgs};

/// Where the configuration came from, for complaints.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) config: GatewayConfig,
    loaded: Option<Loaded<GatewayConfig>>,
}

impl Settings {
    /// Reads a file.
    pub(crate) fn of_file(file: &Path, env: &Env) -> Result<Self, String> {
        let loaded = load_file::<GatewayConfig>(file, env).map_err(|error| told(&error))?;
        Ok(Self { config: loaded.value().clone(), loaded: Some(loaded) })
    }

    /// Reads the file that is named, if one is, and puts flags and environment
    /// over it.
    pub(crate) fn of_process(arguments: &ServeArgs, env: &Env) -> Result<Self, String> {
        let named = variable(env, "AIRSIDE_CONFIG")?.map(PathBuf::from);
        let mut settings = match arguments.config.as_ref().or(named.as_ref()) {
            Some(file) => Self::of_file(file, env)?,
            None => Self::default(),
        };
        let config = &mut settings.config;
        if let Some(port) = arguments.port.map_or_else(|| port(env), |port| Ok(Some(port)))? {
            config.listen.port = port;
        }
        if let Some(host) = &arguments.host {
            config.listen.host.clone_from(host);
        }
        if let Some(workers) = arguments.workers {
            config.listen.workers = workers;
        }
        if let Some(form) = arguments.log_format {
            config.log.format = match form {
                LogForm::Json => LogFormat::Json,
                LogForm::Pretty => LogFormat::Pretty,
            };
        }
        if let Some(level) = &arguments.log_level {
            config.log.level.clone_from(level);
        }
        Ok(settings)
    }

    /// The file, if there is one.
    pub(crate) fn file(&self) -> Option<&str> {
        self.loaded.as_ref().map(Loaded::name)
    }

    /// The variables the file refers to.
    pub(crate) fn variables(&self) -> Vec<&str> {
        self.loaded.iter().flat_map(Loaded::variables).collect()
    }

    /// Builds the gateway.
    pub(crate) fn build(
        &self,
        env: &Env,
        finish: impl FnOnce(GatewayBuilder) -> GatewayBuilder,
    ) -> Result<Gateway, String> {
        let builder = Gateway::builder(self.config.clone()).env(env.clone());
        finish(builder).build().map_err(|error| self.told(&error))
    }

    /// Tells what is wrong with a setting where it stands, if it stands in the file.
    fn told(&self, error: &ServerError) -> String {
        if let (ServerError::Setting { setting, .. }, Some(loaded)) = (error, &self.loaded) {
            let diagnostic = loaded.refuse(setting, error.to_string());
            let root = loaded.refuse("", "");
            if diagnostic.position != root.position {
                return diagnostic.to_string();
            }
        }
        format!("airside: {error}")
    }
}

/// A variable that is set and not empty.
fn variable(env: &Env, name: &str) -> Result<Option<String>, String> {
    let value = env.get(name).map_err(|error| format!("airside: {error}"))?;
    Ok(value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()))
}

fn port(env: &Env) -> Result<Option<u16>, String> {
    let Some(text) = variable(env, "PORT")? else { return Ok(None) };
    let wrong = || format!("airside: PORT is `{text}`; it takes a number from 0 to 65535");
    text.parse().map(Some).map_err(|_| wrong())
}

/// An error of the file; those about its content tell their place themselves.
fn told(error: &ConfigError) -> String {
    match std::error::Error::source(error) {
        None if !error.diagnostics().is_empty() => error.to_string(),
        None => format!("airside: {error}"),
        Some(cause) => format!("airside: {error}: {cause}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "listen: {port: 1111, host: 127.0.0.1}\nlog: {format: json, level: warn}\n";

    fn file(folder: &tempfile::TempDir, text: &str) -> PathBuf {
        let path = folder.path().join("airside.yaml");
        std::fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(&folder, FILE);
        let with_file = ServeArgs { config: Some(path.clone()), ..ServeArgs::default() };
        let with_flag = |config| ServeArgs { config, port: Some(3333), ..ServeArgs::default() };
        let named = [("AIRSIDE_CONFIG", path.to_str().unwrap()), ("PORT", "")];
        let none: [(&str, &str); 0] = [];
        let cases = [
            (ServeArgs::default(), Env::from_map(none), 8787),
            (ServeArgs::default(), Env::from_map([("PORT", "2222")]), 2222),
            (ServeArgs::default(), Env::from_map(named), 1111),
            (with_file, Env::from_map([("PORT", " 2222 ")]), 2222),
            (with_flag(Some(path.clone())), Env::from_map([("PORT", "2222")]), 3333),
            (with_flag(None), Env::from_map([("PORT", "no port, but nobody asks")]), 3333),
        ];
        for (arguments, env, port) in cases {
            let settings = Settings::of_process(&arguments, &env).unwrap();
            assert_eq!(settings.config.listen.port, port, "{arguments:?} {env:?}");
        }
    }

    #[test]
    fn every_flag_replaces_its_setting() {
        let folder = tempfile::tempdir().unwrap();
        let env = Env::from_map::<&str, &str>([]);
        let mut arguments = ServeArgs { config: Some(file(&folder, FILE)), ..ServeArgs::default() };
        let kept = Settings::of_process(&arguments, &env).unwrap().config;
        assert_eq!((&*kept.listen.host, kept.log.format), ("127.0.0.1", LogFormat::Json));
        arguments.host = Some("::1".into());
        arguments.workers = Some(3);
        arguments.log_format = Some(LogForm::Pretty);
        arguments.log_level = Some("debug".into());
        let replaced = Settings::of_process(&arguments, &env).unwrap().config;
        assert_eq!((&*replaced.listen.host, replaced.listen.workers), ("::1", 3));
        assert_eq!((replaced.log.format, &*replaced.log.level), (LogFormat::Pretty, "debug"));
    }

    #[test]
    fn complaints_say_where_and_what() {
        let folder = tempfile::tempdir().unwrap();
        let env = |port: &str| Env::from_map([("PORT", port)]);
        for port in ["web", "70000", "-1"] {
            let error = Settings::of_process(&ServeArgs::default(), &env(port)).unwrap_err();
            assert!(error.contains("PORT") && error.contains(port), "{error}");
        }
        let missing = folder.path().join("none.yaml");
        let error = Settings::of_file(&missing, &env("")).unwrap_err();
        assert!(error.contains("none.yaml: No such file"), "{error}");
        let error =
            Settings::of_file(&file(&folder, "listen:\n  prot: 1\n"), &env("")).unwrap_err();
        assert!(error.contains("airside.yaml:2:3: unknown key `prot`"), "{error}");
    }

    #[test]
    fn a_setting_that_cannot_be_used_is_shown_where_it_stands() {
        let folder = tempfile::tempdir().unwrap();
        let env = Env::from_map::<&str, &str>([]);
        let cases = [
            ("default_provider: opnai\n", "airside.yaml:1:"),
            ("log: {}\ncors:\n  origins: ['https://a.example', \"\\n\"]\n", "airside.yaml:3:"),
            ("custom_hosts:\n  allow: ['10.0.0.0/99']\n", "airside.yaml:"),
        ];
        for (text, place) in cases {
            let settings = Settings::of_file(&file(&folder, text), &env).unwrap();
            let error = settings.build(&env, |builder| builder).unwrap_err();
            assert!(error.contains(place), "{text}: {error}");
        }
    }
}
