//! `airside check`: whether the gateway would start with a file.
//!
//! Opens no connection and no listener, but reads the certificate files.
//! Invariant: what it accepts, serving accepts in the same environment, but for
//! the port, which may be taken.

use std::fmt::Write as _;
use std::path::Path;

use airside::config::Env;
use airside::server::{Gateway, GatewayConfig};

use crate::settings::Settings;

/// Checks a file; the summary of a good one.
pub(crate) fn check(file: &Path, env: &Env) -> Result<String, String> {
    let settings = Settings::of_file(file, env)?;
    let gateway = settings.build(env, |builder| builder)?;
    Ok(summary(&settings, &gateway))
}

fn summary(settings: &Settings, gateway: &Gateway) -> String {
    let config = gateway.config();
    let mut text = format!("OK {}\n", settings.file().unwrap_or_default());
    let tls = if config.listen.tls.is_some() { " with TLS" } else { "" };
    // Writing to a String cannot fail.
    let _ = writeln!(text, "listens on {}:{}{tls}", config.listen.host, config.listen.port);
    let _ = writeln!(
        text,
        "providers: {} known, {} of them from the file",
        gateway.registry().len(),
        config.providers.len(),
    );
    let _ = writeln!(text, "keys in the file: {}", keys(config));
    if let Some(name) = &config.default_provider {
        let _ = writeln!(text, "default provider: {name}");
    }
    let variables = settings.variables();
    if !variables.is_empty() {
        let _ = writeln!(text, "environment variables read: {}", variables.join(", "));
    }
    text
}

fn keys(config: &GatewayConfig) -> String {
    if config.keys.is_empty() {
        return "none".to_owned();
    }
    config.keys.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str, env: &Env) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("airside.yaml");
        std::fs::write(&path, text).unwrap();
        check(&path, env)
    }

    #[test]
    fn a_good_file_is_summarized_without_its_secrets() {
        let text = "listen: {port: 9000}\ndefault_provider: echo\n\
            keys: {openai: '${MY_KEY}'}\nproviders: {mine: {base_url: 'http://127.0.0.1:9/v1'}}\n";
        let summary = checked(text, &Env::from_map([("MY_KEY", "sk-secret")])).unwrap();
        for part in [
            "airside.yaml\n",
            "0.0.0.0:9000",
            "1 of them from the file",
            "keys in the file: openai",
            "default provider: echo",
            "MY_KEY",
        ] {
            assert!(summary.contains(part), "{part}: {summary}");
        }
        assert!(summary.starts_with("OK ") && !summary.contains("sk-secret"), "{summary}");
    }

    #[test]
    fn what_serving_would_refuse_is_refused() {
        let env = Env::from_map::<&str, &str>([]);
        for (text, part) in [
            ("listen: {port: many}\n", "listen.port"),
            ("keys: {openai: '${MISSING}'}\n", "MISSING"),
            ("keys: {nobody: k}\n", "nobody"),
            ("providers: {mine: {base_url: 'no url'}}\n", "base_url"),
            ("a: [\n", "airside.yaml:"),
            ("listen: {tls: {certificate: no-cert.pem, key: no-key.pem}}\n", "no-cert.pem"),
        ] {
            let error = checked(text, &env).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
