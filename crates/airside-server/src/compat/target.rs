//! One target of a config: a provider with everything said and inherited about it.

use std::fmt;
use std::time::Duration;

use airside_providers::Secret;
use airside_schema::Edit;
use airside_wire::{Kind, Object, Path, RawJson, Str};
use http::HeaderName;

use super::config::ParseCx;
use super::inherit::Inherited;
use super::validate::Fields;

/// One target of a config.
#[derive(Clone, Default)]
pub(crate) struct TargetConfig {
    /// The provider as written. `None` only at the root of a config whose provider is named
    /// outside of it.
    pub(crate) provider: Option<Str>,
    /// The provider's key. Never inherited.
    pub(crate) api_key: Option<Secret>,
    /// Replaces the provider's base URL; checked by [`ParseCx::check_custom_host`].
    pub(crate) custom_host: Option<Str>,
    /// Parameters that replace the caller's.
    pub(crate) override_params: Object,
    /// Parameters for a caller who does not give them.
    pub(crate) default_params: Object,
    /// Parameters that are removed, after all others are set.
    pub(crate) drop_params: Vec<Path>,
    /// Every other key: strings as they are, other values as JSON. They may hold secrets.
    pub(crate) options: Vec<(Str, Str)>,
    /// Headers of the caller that go on to the upstream.
    pub(crate) forward_headers: Vec<HeaderName>,
    /// How long the upstream may take to begin its reply.
    pub(crate) request_timeout: Option<Duration>,
    /// Whether replies leave out what the official API does not have. `None`: not said.
    pub(crate) strict_open_ai_compliance: Option<bool>,
}

impl TargetConfig {
    /// What the target changes about every request: defaults, then overrides, then removals.
    pub(crate) fn edits(&self) -> Vec<Edit> {
        let default = |(name, value): &(Str, RawJson)| Edit::DefaultParam {
            name: name.clone(),
            value: value.clone(),
        };
        let defaults = self.default_params.iter().map(default);
        let overrides = self.override_params.iter().map(|(name, value)| set(name, value));
        let removals = self.drop_params.iter().cloned().map(Edit::Remove);
        defaults.chain(overrides).chain(removals).collect()
    }

    /// Reads what a target says beyond what it inherits from others and itself.
    pub(super) fn read(mut fields: Fields<'_>, settings: Inherited, cx: &ParseCx<'_>) -> Self {
        let provider = provider(&mut fields, cx);
        let api_key = api_key(&mut fields);
        let has_key =
            |name: &str| api_key.is_some() || settings.custom_host.is_some() || (cx.has_key)(name);
        if provider.as_deref().is_some_and(|name| !has_key(name)) {
            fields.problem_here(
                "Invalid configuration: `provider` needs `api_key`, `custom_host`, or a key from \
                 the authorization header or the gateway's own configuration",
            );
        }
        Self {
            provider,
            api_key,
            custom_host: settings.custom_host,
            override_params: settings.override_params,
            default_params: settings.default_params,
            drop_params: settings.drop_params,
            options: options(fields.rest()),
            forward_headers: settings.forward_headers.unwrap_or_default(),
            request_timeout: settings.request_timeout,
            strict_open_ai_compliance: settings.strict_open_ai_compliance,
        }
    }
}

fn set(name: &Str, value: &RawJson) -> Edit {
    match (&**name, value.string(), value.bool()) {
        ("model", Some(model), _) => Edit::SetModel(model),
        ("stream", _, Some(stream)) => Edit::SetStream(stream),
        _ => Edit::SetParam { name: name.clone(), value: value.clone() },
    }
}

fn provider(fields: &mut Fields<'_>, cx: &ParseCx<'_>) -> Option<Str> {
    let name = fields.string("provider")?;
    if (cx.is_provider)(&name) {
        return Some(name);
    }
    fields.problem("provider", "Invalid provider value: there is no provider of that name");
    None
}

/// An empty key is none.
fn api_key(fields: &mut Fields<'_>) -> Option<Secret> {
    let key = fields.string("api_key")?;
    if key.chars().any(char::is_control) {
        fields.problem("api_key", "a key contains no control characters or line breaks");
    }
    (!key.trim().is_empty()).then(|| Secret::new(&*key))
}

/// Every key in snake case, which is how the config language spells options.
fn options(rest: Object) -> Vec<(Str, Str)> {
    let is_option = |key: &str| {
        key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    let option = |(key, value): (Str, RawJson)| match value.kind() {
        Kind::Null => None,
        Kind::String => Some((key, value.string()?)),
        _ => Some((key, value.text())),
    };
    rest.into_iter().filter(|(key, _)| is_option(key)).filter_map(option).collect()
}

impl fmt::Debug for TargetConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |fields: &mut dyn Iterator<Item = &Str>| fields.cloned().collect::<Vec<_>>();
        f.debug_struct("TargetConfig")
            .field("provider", &self.provider)
            .field("api_key", &self.api_key)
            .field("override_params", &names(&mut self.override_params.iter().map(|(key, _)| key)))
            .field("default_params", &names(&mut self.default_params.iter().map(|(key, _)| key)))
            .field("options", &names(&mut self.options.iter().map(|(key, _)| key)))
            .finish_non_exhaustive()
    }
}
