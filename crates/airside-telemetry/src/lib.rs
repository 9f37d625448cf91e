//! One structured record per call, and the pipeline that delivers it.
//!
//! A [`OpenRecord`] is opened when a call arrives and delivers its
//! [`CallRecord`] when the reply's body has ended or was dropped, whatever
//! happened in between. The [`Pipeline`] is bounded and batched; it never
//! blocks a call and counts what it had to drop. Records hold no credential
//! and no message content.
//!
//! Library crates emit `tracing` events only; installing a subscriber is the
//! application's choice (feature `subscriber`).

pub mod json;
mod open;
mod pipeline;
mod record;
mod sink;
pub mod sinks;
#[cfg(feature = "subscriber")]
pub mod subscriber;

pub use open::OpenRecord;
pub use pipeline::{Pipeline, PipelineConfig};
pub use record::{AttemptRecord, CallRecord, LossRecord, UsageRecord};
pub use sink::{Sink, SinkError};
