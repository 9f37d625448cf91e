//! What a node of a config gives to the nodes below it.
//!
//! Invariant: credentials and provider options are never among it.

use std::time::Duration;

use airside_router::RetryPolicy;
use airside_wire::{Object, Path, Str};
use http::HeaderName;

use super::config::ParseCx;
use super::retry;
use super::validate::Fields;

/// The most parameters of one `override_params` or `default_params`.
const MAX_PARAMS: usize = 256;

/// Settings that a node has unless it sets them itself.
#[derive(Clone, Default)]
pub(super) struct Inherited {
    pub(super) override_params: Object,
    pub(super) default_params: Object,
    pub(super) drop_params: Vec<Path>,
    pub(super) retry: Option<RetryPolicy>,
    pub(super) request_timeout: Option<Duration>,
    pub(super) custom_host: Option<Str>,
    pub(super) forward_headers: Option<Vec<HeaderName>>,
    pub(super) strict_open_ai_compliance: Option<bool>,
}

impl Inherited {
    /// These settings with a node's own ones over them. Parameters are merged, key by key;
    /// everything else is replaced as a whole.
    pub(super) fn with(&self, fields: &mut Fields<'_>, cx: &ParseCx<'_>) -> Self {
        let retry = fields.object("retry").and_then(retry::read);
        let timeout = fields.whole("request_timeout").filter(|millis| *millis > 0);
        let strict = fields.bool("strict_open_ai_compliance");
        let mut drop_params = self.drop_params.clone();
        drop_params.extend(paths(fields, "drop_params"));
        Self {
            override_params: merged(&self.override_params, params(fields, "override_params")),
            default_params: merged(&self.default_params, params(fields, "default_params")),
            drop_params,
            retry: retry.or_else(|| self.retry.clone()),
            request_timeout: timeout.map(Duration::from_millis).or(self.request_timeout),
            custom_host: custom_host(fields, cx).or_else(|| self.custom_host.clone()),
            forward_headers: header_names(fields).or_else(|| self.forward_headers.clone()),
            strict_open_ai_compliance: strict.or(self.strict_open_ai_compliance),
        }
    }
}

fn params(fields: &mut Fields<'_>, key: &str) -> Object {
    let params = fields.params(key).unwrap_or_default();
    if params.len() > MAX_PARAMS {
        fields.problem(key, format!("at most {MAX_PARAMS} parameters are accepted"));
        return Object::default();
    }
    params
}

/// The parent's parameters with the child's over them. Of a repeated key the last one counts.
fn merged(parent: &Object, child: Object) -> Object {
    let mut merged = parent.clone();
    for (key, value) in child {
        while merged.take(&key).is_some() {}
        merged.push(key, value);
    }
    merged
}

fn paths(fields: &mut Fields<'_>, key: &str) -> Vec<Path> {
    let mut paths = Vec::new();
    for text in fields.strings(key).unwrap_or_default() {
        match Path::parse(&text) {
            Ok(path) if !path.is_root() => paths.push(path),
            Ok(_) => fields.problem(key, "a path names a parameter, such as `a.b` or `a[0].b`"),
            Err(_) if text.contains("[*]") => {
                fields.problem(key, "`[*]` is not built yet: name each item, such as `a[0].b`");
            }
            Err(error) => fields.problem(key, error),
        }
    }
    paths
}

fn custom_host(fields: &mut Fields<'_>, cx: &ParseCx<'_>) -> Option<Str> {
    let host = fields.string("custom_host").filter(|host| !host.is_empty())?;
    match (cx.check_custom_host)(&host) {
        Ok(()) => Some(host),
        Err(message) => {
            fields.problem("custom_host", message);
            None
        }
    }
}

fn header_names(fields: &mut Fields<'_>) -> Option<Vec<HeaderName>> {
    let texts = fields.strings("forward_headers")?;
    let mut names = Vec::with_capacity(texts.len());
    for text in texts {
        match HeaderName::from_bytes(text.trim().as_bytes()) {
            Ok(name) if name.as_str().ends_with("-forward-headers") => {
                fields.problem("forward_headers", "it may not contain a header that lists others");
            }
            Ok(name) => names.push(name),
            Err(_) => fields.problem("forward_headers", "expected names of HTTP headers"),
        }
    }
    Some(names)
}
