//! The `endpoints` of a row: names of usual endpoints, and tables for others.
//!
//! Invariant: a path that comes out of here has been validated.

use std::borrow::Cow;
use std::fmt;

use airside_schema::Operation;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::preset;
use crate::spec::{Endpoint, Status};
use crate::url;

/// An endpoint as it is written: the name of a usual one, or a table.
#[derive(Debug, Clone)]
pub(super) enum EndpointRow {
    Preset(String),
    Explicit(ExplicitRow),
}

/// An endpoint that is not a usual one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExplicitRow {
    operation: String,
    dialect: String,
    path: String,
}

/// What a row offers. Every provider that is served at all also offers the proxy.
pub(super) fn checked(
    rows: Option<Vec<EndpointRow>>,
    status: Status,
    version_path: &str,
) -> Result<Vec<Endpoint>, String> {
    let served = matches!(status, Status::Stable | Status::Doubtful);
    if rows.is_some() && !served {
        return Err(format!("endpoints have no meaning when status is \"{status}\""));
    }
    let rows = rows.unwrap_or_else(|| {
        let usual = if served { &preset::DEFAULT[..] } else { &[] };
        usual.iter().map(|name| EndpointRow::Preset((*name).to_owned())).collect()
    });
    let mut endpoints = Vec::with_capacity(rows.len() + 1);
    for row in rows {
        endpoints.push(row.check(version_path)?);
    }
    if status != Status::Unserved {
        endpoints.extend(
            preset::find("proxy")
                .map(|proxy| Endpoint::new(proxy.operation, proxy.dialect, proxy.path)),
        );
    }
    Ok(endpoints)
}

impl EndpointRow {
    fn check(self, version_path: &str) -> Result<Endpoint, String> {
        match self {
            Self::Preset(name) => {
                let preset = preset::find(&name).filter(|p| p.operation != Operation::Proxy);
                let preset = preset.ok_or_else(|| unknown_preset(&name))?;
                let path = match version_path {
                    "" => Cow::Borrowed(preset.path),
                    version_path => Cow::Owned(format!("{version_path}{}", preset.path)),
                };
                Ok(Endpoint::new(preset.operation, preset.dialect, path))
            }
            Self::Explicit(row) => row.check(),
        }
    }
}

impl ExplicitRow {
    fn check(self) -> Result<Endpoint, String> {
        let operation = Operation::parse(&self.operation)
            .filter(|operation| *operation != Operation::Proxy)
            .ok_or_else(|| format!("endpoints: there is no operation `{}`", self.operation))?;
        let dialect = preset::dialect(&self.dialect).ok_or_else(|| {
            let known: Vec<_> = preset::DIALECTS.iter().map(|dialect| dialect.as_str()).collect();
            format!(
                "endpoints: there is no dialect `{}`; known: {}",
                self.dialect,
                known.join(", ")
            )
        })?;
        url::check_path(&self.path).map_err(|e| format!("endpoints: {e}"))?;
        Ok(Endpoint::new(operation, dialect, self.path))
    }
}

fn unknown_preset(name: &str) -> String {
    let known: Vec<_> = preset::PRESETS
        .iter()
        .filter(|preset| preset.operation != Operation::Proxy)
        .map(|preset| preset.name)
        .collect();
    format!("endpoints: there is no usual endpoint `{name}`; known: {}", known.join(", "))
}

// === impl Deserialize for EndpointRow ===

impl<'de> Deserialize<'de> for EndpointRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EndpointVisitor)
    }
}

/// A name or a table. Written by hand, because a derived either-or says
/// nothing about what was wrong.
struct EndpointVisitor;

impl<'de> Visitor<'de> for EndpointVisitor {
    type Value = EndpointRow;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a usual endpoint or a table with operation, dialect and path")
    }

    fn visit_str<E>(self, name: &str) -> Result<EndpointRow, E> {
        Ok(EndpointRow::Preset(name.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<EndpointRow, A::Error> {
        ExplicitRow::deserialize(MapAccessDeserializer::new(map)).map(EndpointRow::Explicit)
    }
}
