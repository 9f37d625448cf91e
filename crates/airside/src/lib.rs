//! Facade of the Airside crates: re-exports by feature.
