//! The gateway: from a configuration to running workers.

use std::collections::HashMap;
use std::fmt;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use airside_call::Clock;
use airside_config::Env;
use airside_providers::{Registry, Secret};
use airside_telemetry::Pipeline;
use airside_transport::{AddressPolicy, Client, ProxyConfig, Timeouts, TransportConfig};
use airside_upstream::echo::Echo;
use airside_upstream::{Upstream, UpstreamConfig};
use tokio_rustls::TlsAcceptor;
use tower::Layer as _;
use tower_http::cors::{AllowHeaders, AllowOrigin, Any, CorsLayer, ExposeHeaders};

use crate::adapter::Sockets;
use crate::compose::{Routes, Shared};
use crate::edge::ReadLimits;
use crate::serve::Serving;
use crate::worker::{HttpService, Limits, Worker};
use crate::{CorsConfig, Drain, GatewayConfig, ServerError, TimeoutConfig, listen, tls};

/// A gateway, ready to serve.
pub struct Gateway {
    config: GatewayConfig,
    shared: Arc<Shared>,
    client: Client,
    tls: Option<TlsAcceptor>,
    cors: Option<CorsLayer>,
    pipeline: Pipeline,
    clock: Clock,
    drain: Drain,
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the TLS acceptor, which holds a private key.
        f.debug_struct("Gateway").field("config", &self.config).finish_non_exhaustive()
    }
}

/// Builds a [`Gateway`].
#[derive(Debug)]
pub struct GatewayBuilder {
    config: GatewayConfig,
    env: Env,
    pipeline: Pipeline,
    clock: Clock,
}

impl Gateway {
    /// Starts from a configuration.
    ///
    /// Without [`GatewayBuilder::env`] no environment variable is read.
    pub fn builder(config: GatewayConfig) -> GatewayBuilder {
        GatewayBuilder {
            config,
            env: Env::from_map::<&str, &str>([]),
            pipeline: Pipeline::disabled(),
            clock: Clock::system(),
        }
    }

    /// The configuration it was built from.
    pub fn config(&self) -> &GatewayConfig {
        &self.config
    }

    /// The providers it knows.
    pub fn registry(&self) -> &Registry {
        &self.shared.registry
    }

    /// Starts and observes the drain.
    pub fn drain(&self) -> &Drain {
        &self.drain
    }

    /// A service with upstream connections of its own, to be mounted in any
    /// HTTP server.
    pub fn http_service(&self) -> HttpService {
        let sockets = Sockets::new(self.client.with_own_pool(), Echo::new(self.clock.clone()));
        let upstream = Upstream::new(sockets, UpstreamConfig::default());
        let listen = &self.config.listen;
        let keep_alive = (listen.keep_alive_ms > 0).then(|| millis(listen.keep_alive_ms));
        HttpService(Arc::new(Worker {
            shared: Arc::clone(&self.shared),
            routes: Routes::new(Arc::clone(&self.shared), upstream),
            pipeline: self.pipeline.clone(),
            clock: self.clock.clone(),
            drain: self.drain.clone(),
            limits: Limits {
                max_head_bytes: listen.max_head_bytes,
                read: ReadLimits {
                    max_bytes: listen.max_body_bytes,
                    silence: millis(listen.body_timeout_ms),
                },
                keep_alive,
            },
        }))
    }

    /// Binds the configured address, one listener a worker.
    pub fn bind(&self) -> Result<Vec<TcpListener>, ServerError> {
        let listen = &self.config.listen;
        let workers = match listen.workers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            workers => workers,
        };
        listen::bind(&listen.host, listen.port, workers)
    }

    /// Serves on these listeners, each on a thread of its own with a runtime
    /// and upstream connections of its own, until the drain has ended. Blocks
    /// the calling thread.
    pub fn serve(&self, listeners: Vec<TcpListener>) -> Result<(), ServerError> {
        let serving = Serving::new(&self.config.listen, self.tls.clone());
        let mut workers = Vec::new();
        for (number, listener) in listeners.into_iter().enumerate() {
            let (serving, drain) = (serving.clone(), self.drain.clone());
            let (service, cors) = (self.http_service(), self.cors.clone());
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let worker =
                std::thread::Builder::new().name(format!("airside-{number}")).spawn(move || {
                    match cors {
                        None => runtime.block_on(serving.run(listener, service, drain)),
                        Some(cors) => {
                            runtime.block_on(serving.run(listener, cors.layer(service), drain))
                        }
                    }
                })?;
            workers.push(worker);
        }
        for worker in workers {
            worker.join().map_err(|_| std::io::Error::other("a worker ended with a panic"))??;
        }
        self.pipeline.close();
        Ok(())
    }
}

impl GatewayBuilder {
    /// Reads API keys, proxies and trusted hosts from this environment.
    #[must_use]
    pub fn env(mut self, env: Env) -> Self {
        self.env = env;
        self
    }

    /// Delivers call records through this pipeline.
    #[must_use]
    pub fn pipeline(mut self, pipeline: Pipeline) -> Self {
        self.pipeline = pipeline;
        self
    }

    /// Takes the time from this clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Checks the configuration, reads the files it names and builds the gateway.
    /// Opens no connection.
    pub fn build(self) -> Result<Gateway, ServerError> {
        let Self { config, env, pipeline, clock } = self;
        let rows = config.providers.iter().map(|(id, row)| (id.clone(), row.clone()));
        let registry = Registry::builtin()
            .with(rows)
            .map_err(|error| ServerError::setting("providers", error))?;
        let keys = keys(&config, &registry, &env)?;
        let policy = policy(&config, &env)?;
        let default_provider = match &config.default_provider {
            None => None,
            Some(name) => Some(Arc::clone(registry.get(name).ok_or_else(|| {
                ServerError::setting("default_provider", format!("there is no provider `{name}`"))
            })?)),
        };
        let client = client(&config.timeouts, policy.clone(), &env)?;
        let tls = config.listen.tls.as_ref().map(tls::acceptor).transpose()?;
        let cors = cors(&config.cors)?;
        let shared = Arc::new(Shared { registry, keys, policy, default_provider });
        let drain = Drain::default();
        Ok(Gateway { config, shared, client, tls, cors, pipeline, clock, drain })
    }
}

/// The gateway's own keys: configured ones, else those in the environment.
fn keys(
    config: &GatewayConfig,
    registry: &Registry,
    env: &Env,
) -> Result<HashMap<Box<str>, Secret>, ServerError> {
    let mut keys = HashMap::new();
    for (name, key) in &config.keys {
        let Some(spec) = registry.get(name) else {
            return Err(ServerError::setting("keys", format!("there is no provider `{name}`")));
        };
        if !key.is_empty() {
            keys.insert(spec.id.clone(), Secret::from(key.expose()));
        }
    }
    for spec in registry.iter() {
        if keys.contains_key(&spec.id) {
            continue;
        }
        for name in &spec.env {
            let value = env.get(name).map_err(|error| ServerError::setting("keys", error))?;
            if let Some(value) =
                value.map(|value| value.trim().to_owned()).filter(|v| !v.is_empty())
            {
                keys.insert(spec.id.clone(), Secret::from(value));
                break;
            }
        }
    }
    Ok(keys)
}

/// Which hosts callers may name. `TRUSTED_CUSTOM_HOSTS` has the meaning it
/// has in the compatible gateway: it replaces the default list.
fn policy(config: &GatewayConfig, env: &Env) -> Result<AddressPolicy, ServerError> {
    let refused = |error| ServerError::setting("custom_hosts", error);
    let listed =
        env.get("TRUSTED_CUSTOM_HOSTS").map_err(|e| ServerError::setting("custom_hosts", e))?;
    let trusted = listed
        .map(|list| {
            list.split(',').map(|host| host.trim().to_owned()).filter(|h| !h.is_empty()).collect()
        })
        .or_else(|| config.custom_hosts.trusted.clone());
    let policy = match trusted {
        Some(hosts) => {
            AddressPolicy::allowing_only(hosts.iter().map(String::as_str)).map_err(refused)?
        }
        None => AddressPolicy::default(),
    };
    policy.allowing(config.custom_hosts.allow.iter().map(String::as_str)).map_err(refused)
}

fn client(
    timeouts: &TimeoutConfig,
    policy: AddressPolicy,
    env: &Env,
) -> Result<Client, ServerError> {
    let mut config = TransportConfig::default();
    let mut limits = Timeouts::default();
    limits.connect = limit(timeouts.connect_ms);
    limits.first_byte = limit(timeouts.first_byte_ms);
    limits.between_frames = limit(timeouts.between_frames_ms);
    limits.total = limit(timeouts.total_ms);
    config.timeouts = limits;
    config.address_policy = policy;
    config.proxy = ProxyConfig::from_vars(|name| env.get(name).ok().flatten())
        .map_err(|error| ServerError::setting("proxy environment", error))?;
    Client::new(config).map_err(|error| ServerError::setting("transport", error))
}

fn limit(ms: u64) -> Option<Duration> {
    (ms > 0).then(|| millis(ms))
}

fn millis(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The CORS layer, or none if no page may call.
fn cors(config: &CorsConfig) -> Result<Option<CorsLayer>, ServerError> {
    if config.origins.is_empty() {
        return Ok(None);
    }
    let parse = |names: &[String], setting| {
        let parsed =
            names.iter().map(|name| name.parse()).collect::<Result<Vec<http::HeaderName>, _>>();
        parsed.map_err(|_| ServerError::setting(setting, "it takes header names"))
    };
    let origin = if config.origins.iter().any(|origin| origin == "*") {
        AllowOrigin::from(Any)
    } else {
        let origins = config.origins.iter().map(|origin| origin.parse());
        let origins = origins.collect::<Result<Vec<http::HeaderValue>, _>>();
        AllowOrigin::list(origins.map_err(|_| {
            ServerError::setting("cors.origins", "it takes origins such as https://app.example.com")
        })?)
    };
    let headers = if config.headers.is_empty() {
        AllowHeaders::mirror_request()
    } else {
        AllowHeaders::list(parse(&config.headers, "cors.headers")?)
    };
    let expose = ExposeHeaders::list(parse(&config.expose, "cors.expose")?);
    let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        .map(|name| http::Method::from_bytes(name.as_bytes()).unwrap_or_default());
    Ok(Some(
        CorsLayer::new()
            .allow_origin(origin)
            .allow_headers(headers)
            .allow_methods(methods)
            .expose_headers(expose),
    ))
}
