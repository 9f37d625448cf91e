//! Reading calls from requests and writing replies to them.

mod body;
pub(crate) mod control;
pub(crate) mod egress;
pub(crate) mod fault;
pub(crate) mod ingress;
mod read;
mod upload;

pub(crate) use read::ReadLimits;

pub use body::EdgeBody;
