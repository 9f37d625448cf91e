//! Who may depend on whom: the layers of the architecture against the manifests.
//!
//! Looks at declared dependencies only; the licence and ban rules of the tree behind them are
//! cargo-deny's (`deny.toml`). Invariant: a package that is not in the table fails the check, so
//! that the table stays complete.

use serde_json::Value;

use crate::{Outcome, Report, repository::Repository};

/// A package of the workspace and the packages of the workspace it may use.
struct Layer {
    name: &'static str,
    level: u8,
    uses: &'static [&'static str],
}

const fn layer(level: u8, name: &'static str, uses: &'static [&'static str]) -> Layer {
    Layer { name, level, uses }
}

/// Only for tests: a dev-dependency of anybody, a dependency of nobody but the
/// measuring tools, which are tests of a kind and never shipped.
const TESTKIT: &str = "airside-testkit";
const BENCHES: &str = "airside-benches";

const LIBRARIES: &[&str] = &[
    "airside-cache",
    "airside-call",
    "airside-config",
    "airside-dialects",
    "airside-governance",
    "airside-guardrails",
    "airside-limits",
    "airside-providers",
    "airside-router",
    "airside-schema",
    "airside-server",
    "airside-telemetry",
    "airside-transport",
    "airside-upstream",
    "airside-wire",
];

/// The layers, lowest first. A new edge needs a decision record in `docs/adr`.
const LAYERS: &[Layer] = &[
    layer(0, "airside-wire", &[]),
    layer(0, "airside-transport", &[]),
    layer(0, "airside-config", &[]),
    layer(1, "airside-schema", &["airside-wire"]),
    layer(2, "airside-dialects", &["airside-schema", "airside-wire"]),
    layer(2, "airside-call", &["airside-schema", "airside-wire"]),
    layer(3, "airside-providers", &["airside-dialects", "airside-schema", "airside-wire"]),
    layer(3, "airside-router", &["airside-call", "airside-schema", "airside-wire"]),
    layer(3, "airside-guardrails", &["airside-call", "airside-schema", "airside-wire"]),
    layer(3, "airside-cache", &["airside-call", "airside-schema", "airside-wire"]),
    layer(3, "airside-limits", &["airside-call", "airside-schema"]),
    layer(3, "airside-governance", &["airside-call", "airside-schema"]),
    layer(3, "airside-telemetry", &["airside-call", "airside-schema", "airside-wire"]),
    layer(3, TESTKIT, &["airside-call", "airside-dialects", "airside-schema", "airside-wire"]),
    layer(
        4,
        "airside-upstream",
        &[
            "airside-call",
            "airside-dialects",
            "airside-providers",
            "airside-schema",
            "airside-wire",
        ],
    ),
    layer(
        5,
        "airside-server",
        &[
            "airside-cache",
            "airside-call",
            "airside-config",
            "airside-dialects",
            "airside-governance",
            "airside-guardrails",
            "airside-limits",
            "airside-providers",
            "airside-router",
            "airside-schema",
            "airside-telemetry",
            "airside-transport",
            "airside-upstream",
            "airside-wire",
        ],
    ),
    layer(6, "airside", LIBRARIES),
    // The application goes through the facade; telemetry is named to turn its feature on.
    layer(7, "airside-app", &["airside", "airside-telemetry"]),
    layer(6, "mock-upstream", &[]),
    layer(7, "xtask", &[]),
    layer(
        7,
        "airside-benches",
        &[
            "airside",
            "airside-call",
            "airside-dialects",
            "airside-providers",
            "airside-router",
            "airside-schema",
            "airside-server",
            "airside-telemetry",
            "airside-transport",
            "airside-upstream",
            "airside-wire",
            "mock-upstream",
        ],
    ),
];

/// External crates and the only packages that may depend on them (dev-dependencies apart).
const RESERVED: &[(&[&str], &[&str])] = &[
    (
        &["hyper", "hyper-util"],
        &["airside-transport", "airside-server", TESTKIT, "mock-upstream", "airside-benches"],
    ),
    (&["tracing-subscriber"], &["airside-telemetry", "airside-app"]),
    (&["rustls-native-certs", "webpki-roots"], &["airside-transport"]),
    (&["toml"], &["airside-config", "airside-providers", "airside-benches"]),
    (&["serde-saphyr"], &["airside-config"]),
    (&["clap"], &["airside-app", "airside-benches", "mock-upstream"]),
];

/// Packages and the external crates that would contradict their charter.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("airside-wire", &["tokio", "http", "http-body", "futures-core", "futures-util"]),
    ("airside-transport", &["serde_json"]),
    ("airside-config", &["tokio", "http"]),
    ("airside-schema", &["tokio", "http-body", "futures-core", "futures-util", "tower"]),
    ("airside-dialects", &["tokio", "http-body", "futures-core", "futures-util", "tower"]),
    ("airside-providers", &["tokio", "http-body", "tower"]),
];

/// Checks every manifest of the workspace.
pub(crate) fn check(repository: &Repository) -> Outcome {
    let arguments = ["metadata", "--no-deps", "--format-version", "1"];
    let metadata = repository.run("cargo", &arguments)?;
    let metadata: Value =
        serde_json::from_str(&metadata).map_err(|error| format!("cargo metadata: {error}"))?;
    let packages = metadata.get("packages").and_then(Value::as_array);
    let packages = packages.ok_or("cargo metadata lists no packages")?;
    let problems = packages.iter().flat_map(check_package).collect();
    Ok(Report { problems, warnings: Vec::new() })
}

/// Checks one package of the metadata.
fn check_package(package: &Value) -> Vec<String> {
    let name = text(package, "name").unwrap_or_default();
    let Some(layer) = LAYERS.iter().find(|layer| layer.name == name) else {
        return vec![format!("{name} is not in the table of layers (apps/xtask/src/dag.rs)")];
    };
    let dependencies = package.get("dependencies").and_then(Value::as_array).map(Vec::as_slice);
    let check = |dependency: &Value| {
        let target = text(dependency, "name")?;
        let is_dev = text(dependency, "kind") == Some("dev");
        let wrong = match LAYERS.iter().find(|layer| layer.name == target) {
            Some(used) => check_ours(layer, used, is_dev),
            None => check_external(name, target, is_dev),
        };
        wrong.map(|reason| format!("{name} may not depend on {target}: {reason}"))
    };
    dependencies.unwrap_or_default().iter().filter_map(check).collect()
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str()
}

fn check_ours(layer: &Layer, used: &Layer, is_dev: bool) -> Option<String> {
    match (is_dev, used.name) {
        (true, TESTKIT) => None,
        (false, TESTKIT) if layer.name == BENCHES => None,
        (false, TESTKIT) => Some("it is for tests only (dev-dependencies)".to_owned()),
        (true, _) if used.level < layer.level => None,
        (false, name) if layer.uses.contains(&name) => None,
        _ => Some(format!(
            "{} is on level {}, {} on level {}; accepted: {}",
            layer.name,
            layer.level,
            used.name,
            used.level,
            if layer.uses.is_empty() { "none of ours".to_owned() } else { layer.uses.join(", ") },
        )),
    }
}

fn check_external(name: &str, target: &str, is_dev: bool) -> Option<String> {
    if is_dev {
        return None;
    }
    let reserved = RESERVED.iter().find(|(crates, _)| crates.contains(&target));
    if let Some((_, owners)) = reserved.filter(|(_, owners)| !owners.contains(&name)) {
        return Some(format!("only {} may", owners.join(", ")));
    }
    let forbidden = FORBIDDEN.iter().find(|(package, _)| *package == name);
    forbidden.filter(|(_, crates)| crates.contains(&target))?;
    Some("it contradicts the charter of the crate".to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_table_itself_is_a_strict_order() {
        for layer in LAYERS {
            for used in layer.uses {
                let used = LAYERS.iter().find(|other| other.name == *used).expect("in the table");
                assert!(used.level < layer.level, "{} uses {}", layer.name, used.name);
            }
        }
    }

    #[test]
    fn the_facade_reaches_every_library() {
        for layer in LAYERS.iter().filter(|layer| layer.level < 6 && layer.name != TESTKIT) {
            assert!(LIBRARIES.contains(&layer.name), "{}", layer.name);
        }
    }

    #[test]
    fn edges_are_judged() {
        for (name, target, kind, accepted) in [
            ("airside-schema", "airside-wire", json!(null), true),
            ("airside-wire", "airside-schema", json!(null), false),
            ("airside-router", "airside-telemetry", json!(null), false),
            ("airside-call", "airside-dialects", json!(null), false),
            ("airside-call", "airside-dialects", json!("dev"), false),
            ("airside-upstream", "airside-config", json!("dev"), true),
            ("airside-dialects", "airside-testkit", json!("dev"), true),
            ("airside-dialects", "airside-testkit", json!(null), false),
            ("airside-dialects", "airside-testkit", json!("build"), false),
            ("airside-app", "airside-server", json!(null), false),
            ("airside-transport", "hyper", json!(null), true),
            ("airside-upstream", "hyper", json!(null), false),
            ("airside-upstream", "hyper", json!("dev"), true),
            ("airside-server", "tracing-subscriber", json!(null), false),
            ("airside-wire", "tokio", json!(null), false),
            ("airside-wire", "bytes", json!(null), true),
            ("airside-new", "bytes", json!(null), false),
        ] {
            let dependencies = json!([{"name": target, "kind": kind}]);
            let problems = check_package(&json!({"name": name, "dependencies": dependencies}));
            assert_eq!(problems.is_empty(), accepted, "{name} -> {target} {problems:?}");
        }
    }
}
