//! The map: which stack serves a call.
//!
//! From what a caller's headers, path and model say to a compiled route. The
//! same words lead to the same route, so compiled routes are kept, by worker.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use airside_call::{BoxCall, CallError, ErrorKind};
use airside_config::suggest;
use airside_providers::credentials::HostChoice;
use airside_providers::{AuthScheme, BaseUrl, KeyNeed, ProviderSpec, Registry, Secret, model_name};
use airside_router::{LeafFactory, RouteSpec};
use airside_schema::Edit;
use airside_transport::AddressPolicy;
use airside_upstream::{Target, Upstream};
use airside_wire::Str;
use http::{HeaderMap, header};

use crate::adapter::Sockets;
use crate::compat::TargetConfig;
use crate::compat::config::{self as inline, ParseCx};
use crate::edge::control::Control;

/// What all workers share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) registry: Registry,
    /// The gateway's own keys by provider id.
    pub(crate) keys: HashMap<Box<str>, Secret>,
    pub(crate) policy: AddressPolicy,
    pub(crate) default_provider: Option<Arc<ProviderSpec>>,
}

/// Compiled routes of one worker.
#[derive(Debug)]
pub(crate) struct Routes {
    shared: Arc<Shared>,
    upstream: Upstream<Sockets>,
    compiled: Mutex<Compiled>,
}

/// Routes by the words that lead to them.
#[derive(Debug, Default)]
struct Compiled {
    routes: HashMap<Box<[u8]>, BoxCall>,
    /// Of all the words.
    bytes: usize,
}

impl Compiled {
    /// Callers choose the words, so there must be limits. A route takes some
    /// ten times the memory of its words.
    const MAX_ROUTES: usize = 4096;
    const MAX_BYTES: usize = 2 * 1024 * 1024;

    /// Keeps a route. When there are too many all are forgotten: they come
    /// back with the next calls, and no call has to keep their order.
    fn keep(&mut self, key: Box<[u8]>, route: BoxCall) {
        if self.routes.len() >= Self::MAX_ROUTES || self.bytes + key.len() > Self::MAX_BYTES {
            *self = Self::default();
        }
        self.bytes += key.len();
        self.routes.insert(key, route);
    }
}

/// A route, and what finding it means for the call.
pub(crate) struct Found {
    pub(crate) route: BoxCall,
    pub(crate) edit: Option<Edit>,
}

impl Routes {
    pub(crate) fn new(shared: Arc<Shared>, upstream: Upstream<Sockets>) -> Self {
        Self { shared, upstream, compiled: Mutex::default() }
    }

    /// Finds the route of a call: by its configuration or provider header, by
    /// the provider in its path, by the provider in its model's name, or the
    /// default provider.
    pub(crate) fn find(
        &self,
        headers: &HeaderMap,
        control: &Control<'_>,
        path_provider: Option<&str>,
        model: Option<&Str>,
    ) -> Result<Found, CallError> {
        let mut named = path_provider;
        let mut edit = None;
        let provider;
        if control.config.is_none() && control.provider.is_none() && named.is_none() {
            let (found, rest) = self.by_model(model)?;
            provider = found;
            named = Some(&provider.id);
            edit = rest.map(Edit::SetModel);
        }
        let key = key(headers, control, named);
        if let Some(route) = self.compiled().routes.get(&key) {
            return Ok(Found { route: route.clone(), edit });
        }
        let route = self.compile(headers, control, named)?;
        self.compiled().keep(key, route.clone());
        Ok(Found { route, edit })
    }

    fn compiled(&self) -> MutexGuard<'_, Compiled> {
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The provider a model's name begins with and the rest of the name, or
    /// the default provider and no change.
    fn by_model(&self, model: Option<&Str>) -> Result<(Arc<ProviderSpec>, Option<Str>), CallError> {
        if let Some(name) = model {
            let parsed = model_name::parse(name, &self.shared.registry).map_err(|error| {
                CallError::new(ErrorKind::ModelNotFound, error.to_string())
                    .with_status(http::StatusCode::BAD_REQUEST)
                    .with_param("model")
            })?;
            if let Some(provider) = parsed.provider {
                return Ok((provider, Some(Str::from(parsed.model))));
            }
        }
        match &self.shared.default_provider {
            Some(provider) => Ok((Arc::clone(provider), None)),
            None => Err(nothing_chosen()),
        }
    }

    fn compile(
        &self,
        headers: &HeaderMap,
        control: &Control<'_>,
        named: Option<&str>,
    ) -> Result<BoxCall, CallError> {
        let named = match control.provider {
            Some(value) => Some(&*self.provider(&String::from_utf8_lossy(value.as_bytes()))?.id),
            None => named,
        };
        let common = Common::read(&self.shared, control)?;
        let factory = Factory { routes: self, control, common: &common, named };
        let Some(config) = control.config else {
            let target = TargetConfig::default();
            return factory.leaf(&target, &Str::from_static("config"));
        };
        let spec = self.parse(headers, config, common.custom_host.is_some(), named)?;
        airside_router::compile(&spec, &factory).map_err(CallError::from)
    }

    fn parse(
        &self,
        headers: &HeaderMap,
        config: &http::HeaderValue,
        host_given: bool,
        named: Option<&str>,
    ) -> Result<RouteSpec<TargetConfig>, CallError> {
        let shared = &self.shared;
        let callers_key = has_key(headers);
        let known = |name: &str| shared.registry.get(bare(name)).is_some();
        let has_key = |name: &str| {
            callers_key
                || host_given
                || shared.registry.get(bare(name)).is_some_and(|spec| {
                    spec.auth == AuthScheme::None
                        || spec.key == KeyNeed::Optional
                        || shared.keys.contains_key(&spec.id)
                })
        };
        let check = |url: &str| match shared.policy.check_url(url) {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("Invalid custom host: {error}")),
        };
        let cx = ParseCx {
            provider_given: named.is_some(),
            is_provider: &known,
            has_key: &has_key,
            check_custom_host: &check,
        };
        let text = std::str::from_utf8(config.as_bytes()).map_err(|_| {
            CallError::new(
                ErrorKind::InvalidRequest,
                "Invalid config passed. You need to pass a valid json (in UTF-8)",
            )
        })?;
        inline::parse(text, &cx)
    }

    fn provider(&self, name: &str) -> Result<&Arc<ProviderSpec>, CallError> {
        let registry = &self.shared.registry;
        registry.get(bare(name)).ok_or_else(|| {
            let ids = registry.iter().map(|spec| &*spec.id);
            let hint = match suggest::closest(name, ids) {
                Some(id) => format!("; did you mean `{id}`?"),
                None => "; see `airside providers` for the ones known".into(),
            };
            // A header's value may be anything, so only a harmless one is shown.
            let shown =
                name.chars().take(64).all(|c| c.is_ascii_alphanumeric() || "-_@./ ".contains(c));
            let name = if shown {
                format!(" `{}`", name.get(..64).unwrap_or(name))
            } else {
                String::new()
            };
            CallError::new(
                ErrorKind::InvalidRequest,
                format!("Invalid provider passed: there is no provider{name}{hint}"),
            )
        })
    }
}

/// The compatible gateway writes providers of its catalog as `@slug`.
fn bare(name: &str) -> &str {
    name.strip_prefix('@').unwrap_or(name)
}

fn nothing_chosen() -> CallError {
    CallError::new(
        ErrorKind::InvalidRequest,
        "Either x-portkey-config or x-portkey-provider header is required (or x-airside-config, \
         x-airside-provider); without headers write the model as `provider/model` or call \
         /{provider}/v1",
    )
}

fn has_key(headers: &HeaderMap) -> bool {
    headers.contains_key(header::AUTHORIZATION)
        || ["x-api-key", "api-key", "x-goog-api-key"].iter().any(|name| headers.contains_key(*name))
}

/// Everything a compiled route depends on, each part with its length before it
/// so that no two different sets of words look alike.
fn key(headers: &HeaderMap, control: &Control<'_>, named: Option<&str>) -> Box<[u8]> {
    let mut key = Vec::with_capacity(256);
    let mut part = |bytes: Option<&[u8]>| {
        key.extend_from_slice(
            &bytes
                .map_or(u32::MAX, |b| u32::try_from(b.len()).unwrap_or(u32::MAX - 1))
                .to_le_bytes(),
        );
        key.extend_from_slice(bytes.unwrap_or_default());
    };
    part(named.map(str::as_bytes));
    for value in [
        control.provider,
        control.config,
        control.custom_host,
        control.forward_headers,
        control.request_timeout,
        control.strict,
    ] {
        part(value.map(http::HeaderValue::as_bytes));
    }
    for (name, value) in &control.options {
        part(Some(name.as_bytes()));
        part(Some(value.as_bytes()));
    }
    part(has_key(headers).then_some(&[1]));
    key.into_boxed_slice()
}

/// What headers say about every target of a route.
struct Common {
    custom_host: Option<BaseUrl>,
    forward_headers: Option<Vec<http::HeaderName>>,
    timeout: Option<std::time::Duration>,
    strict: Option<bool>,
    options: Vec<(Str, Str)>,
}

impl Common {
    fn read(shared: &Shared, control: &Control<'_>) -> Result<Self, CallError> {
        let custom_host = match control.custom_host {
            Some(value) => Some(custom_host(shared, &String::from_utf8_lossy(value.as_bytes()))?),
            None => None,
        };
        Ok(Self {
            custom_host,
            forward_headers: control.forwarded()?,
            timeout: control.timeout()?,
            strict: control.strict(),
            options: control.provider_options(),
        })
    }
}

/// A host a caller named: allowed by the address policy and well-formed.
fn custom_host(shared: &Shared, text: &str) -> Result<BaseUrl, CallError> {
    let refused = |reason: String| {
        CallError::new(ErrorKind::InvalidRequest, format!("Invalid custom host: {reason}"))
    };
    shared.policy.check_url(text).map_err(|error| refused(error.to_string()))?;
    BaseUrl::parse(text).map_err(|error| refused(error.to_string()))
}

struct Factory<'a> {
    routes: &'a Routes,
    control: &'a Control<'a>,
    common: &'a Common,
    named: Option<&'a str>,
}

impl LeafFactory<TargetConfig> for Factory<'_> {
    fn leaf(&self, config: &TargetConfig, path: &Str) -> Result<BoxCall, CallError> {
        let target = self.target(config, path)?;
        Ok(BoxCall::new(self.routes.upstream.service(Arc::new(target))))
    }
}

impl Factory<'_> {
    fn target(&self, config: &TargetConfig, path: &Str) -> Result<Target, CallError> {
        let shared = &self.routes.shared;
        let name = config.provider.as_deref().or(self.named).ok_or_else(nothing_chosen)?;
        let spec = self.routes.provider(name)?;
        let mut target = Target::new(Arc::clone(spec));
        target.path = path.clone();
        target.api_key.clone_from(&config.api_key);
        target.gateway_key = shared.keys.get(&spec.id).cloned();
        target.custom_host = match (&self.common.custom_host, &config.custom_host) {
            (Some(host), _) => Some(host.clone()),
            (None, Some(text)) => Some(custom_host(shared, text)?),
            (None, None) => None,
        };
        if target.custom_host.is_some() {
            target.host_choice = HostChoice::Caller;
        }
        target.edits = config.edits();
        target.options.clone_from(&config.options);
        for (name, value) in &self.common.options {
            if !target.options.iter().any(|(known, _)| known == name) {
                target.options.push((name.clone(), value.clone()));
            }
        }
        target.forward_headers = match &self.common.forward_headers {
            Some(names) => names.clone(),
            None => config.forward_headers.clone(),
        };
        target.request_timeout = self.common.timeout.or(config.request_timeout);
        let strict = config.strict_open_ai_compliance.or(self.common.strict);
        target.strict = strict.unwrap_or(true);
        debug_assert!(self.control.config.is_some() || config.provider.is_none());
        Ok(target)
    }
}

#[cfg(test)]
mod tests {
    use airside_call::{Call, CallError, Reply};

    use super::*;

    fn route() -> BoxCall {
        BoxCall::new(tower::service_fn(|_: Call| async {
            Err::<Reply, _>(CallError::new(ErrorKind::Internal, "never called"))
        }))
    }

    #[test]
    fn routes_are_kept_within_limits_of_number_and_size() {
        let mut compiled = Compiled::default();
        for number in 0..10_000_u32 {
            compiled.keep(number.to_le_bytes().into(), route());
        }
        assert!(compiled.routes.len() <= Compiled::MAX_ROUTES);
        for number in 0..100_u8 {
            compiled.keep(vec![number; 60 * 1024].into(), route());
            assert!(compiled.bytes <= Compiled::MAX_BYTES);
        }
        let counted: usize = compiled.routes.keys().map(|key| key.len()).sum();
        assert_eq!(counted, compiled.bytes);
    }
}
