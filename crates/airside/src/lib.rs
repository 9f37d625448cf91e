//! Facade of the Airside crates: re-exports by feature, nothing else.

#[cfg(feature = "call")]
pub use airside_call as call;
#[cfg(feature = "config")]
pub use airside_config as config;
#[cfg(feature = "dialects")]
pub use airside_dialects as dialects;
#[cfg(feature = "providers")]
pub use airside_providers as providers;
#[cfg(feature = "router")]
pub use airside_router as router;
#[cfg(feature = "schema")]
pub use airside_schema as schema;
#[cfg(feature = "server")]
pub use airside_server as server;
#[cfg(feature = "telemetry")]
pub use airside_telemetry as telemetry;
#[cfg(feature = "transport")]
pub use airside_transport as transport;
#[cfg(feature = "upstream")]
pub use airside_upstream as upstream;
#[cfg(feature = "wire")]
pub use airside_wire as wire;
