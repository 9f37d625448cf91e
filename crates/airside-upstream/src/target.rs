//! Where a call goes: one provider with everything configuration says about it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use airside_providers::credentials::HostChoice;
use airside_providers::{BaseUrl, Endpoint, ProviderSpec, Secret, UrlError};
use airside_schema::Edit;
use airside_wire::Str;
use http::{HeaderMap, HeaderName, Uri};

/// One provider, ready to be called.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Target {
    /// The provider.
    pub provider: Arc<ProviderSpec>,
    /// The provider's identifier, shared by every record and reply.
    pub(crate) provider_id: Str,
    /// URLs of the provider's endpoints, in their order, made when first needed.
    pub(crate) urls: OnceLock<Vec<Result<Uri, UrlError>>>,
    /// The caller's headers that may give the provider's options, in the order
    /// of [`ProviderSpec::options`].
    pub(crate) option_headers: Vec<Option<HeaderName>>,
    /// The key configured for this target; otherwise the caller's is used.
    pub api_key: Option<Secret>,
    /// The key of the gateway's own configuration or environment, the last
    /// resort.
    pub gateway_key: Option<Secret>,
    /// Replaces the provider's base URL.
    pub custom_host: Option<BaseUrl>,
    /// Who chose the host. A caller's choice is checked against the address
    /// policy and never gets the gateway's own key.
    pub host_choice: HostChoice,
    /// Changes this target makes to every request, in order.
    pub edits: Vec<Edit>,
    /// Provider options such as `openai_organization`.
    pub options: Vec<(Str, Str)>,
    /// Headers of the caller that go on to the upstream as they are.
    pub forward_headers: Vec<HeaderName>,
    /// How long the reply's headers may take.
    pub request_timeout: Option<Duration>,
    /// Leave out of replies what the caller's dialect officially does not have.
    pub strict: bool,
    /// Where the target stands in its configuration, such as `config.targets[1]`.
    pub path: Str,
}

impl Target {
    /// A provider without any configuration.
    pub fn new(provider: Arc<ProviderSpec>) -> Self {
        Self {
            provider_id: Str::from(&*provider.id),
            urls: OnceLock::new(),
            option_headers: provider.options.iter().map(|known| header(&known.option)).collect(),
            provider,
            api_key: None,
            gateway_key: None,
            custom_host: None,
            host_choice: HostChoice::Row,
            edits: Vec::new(),
            options: Vec::new(),
            forward_headers: Vec::new(),
            request_timeout: None,
            strict: true,
            path: Str::from_static("config"),
        }
    }

    /// The URL of an endpoint of the provider. Without a query it is the same
    /// for every call, and made once.
    pub(crate) fn url(&self, endpoint: &Endpoint, query: Option<&str>) -> Result<Uri, UrlError> {
        let (spec, host) = (&self.provider, self.custom_host.as_ref());
        let at = spec.endpoints.iter().position(|known| std::ptr::eq(known, endpoint));
        let Some(at) = at.filter(|_| query.is_none()) else {
            return spec.endpoint_url(endpoint, host, query);
        };
        let make = |endpoint| spec.endpoint_url(endpoint, host, None);
        let urls = self.urls.get_or_init(|| spec.endpoints.iter().map(make).collect());
        urls.get(at).cloned().unwrap_or_else(|| make(endpoint))
    }

    /// A provider option: from the target's configuration, else from the
    /// caller's header of that name, such as `anthropic-version`.
    pub(crate) fn option<'a>(&'a self, callers: &'a HeaderMap, name: &str) -> Option<&'a str> {
        if let Some((_, value)) = self.options.iter().find(|(option, _)| option == name) {
            return Some(value);
        }
        let at = self.provider.options.iter().position(|known| &*known.option == name)?;
        callers.get(self.option_headers.get(at)?.as_ref()?)?.to_str().ok()
    }

    /// The host the target's calls go to, for records.
    pub fn host(&self) -> &str {
        let base = self.custom_host.as_ref().or(self.provider.base_url.as_ref());
        base.map_or("", BaseUrl::host)
    }
}

/// An option's name as a header: with dashes.
fn header(option: &str) -> Option<HeaderName> {
    HeaderName::try_from(option.replace('_', "-")).ok()
}
