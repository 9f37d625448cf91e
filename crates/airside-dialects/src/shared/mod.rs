//! Helpers more than one dialect needs.

pub(crate) mod at;
pub(crate) mod data_url;
pub(crate) mod json_scan;
