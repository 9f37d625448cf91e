//! Load, interpolate and diagnose configuration of any serde type.
