//! The inline config of a call: the JSON in `x-portkey-config` or `x-airside-config`.
//!
//! It is the config language of the compatible gateway, read into a
//! [`RouteSpec`](airside_router::RouteSpec) of [`TargetConfig`]s with everything a target inherits
//! already in it. Nothing is called or resolved here, and no provider is known by name.
//!
//! Invariant: a config that is accepted means what it says. What is wrong is reported all at once,
//! by path; what is not built yet is refused instead of ignored (`cache` excepted, whose state
//! every reply reports). No value of a config ever appears in an error: it holds keys.

pub(crate) mod config;
mod inherit;
mod retry;
mod strategy;
mod target;
mod unbuilt;
mod validate;

#[cfg(test)]
mod tests;

pub(crate) use target::TargetConfig;
