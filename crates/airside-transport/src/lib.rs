//! HTTP client to upstreams as a tower service: pool, TLS, proxies, timeouts, address policy.
