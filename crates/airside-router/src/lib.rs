//! Compile a routing tree into a tower service.
