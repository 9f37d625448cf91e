//! Helpers more than one dialect needs.

pub(crate) mod at;
pub(crate) mod data_url;
