//! One structured record per call, and the pipeline that delivers it.
//!
//! A [`OpenRecord`] is opened when a call arrives and delivers its
//! [`CallRecord`] when the reply's body has ended or was dropped, whatever
//! happened in between. The [`Pipeline`] is bounded and batched; it never
//! blocks a call and counts what it had to drop. Records hold no credential
//! and no message content.
//!
//! ```
//! use airside_call::Clock;
//! use airside_telemetry::{OpenRecord, Pipeline, PipelineConfig, sinks::Memory};
//!
//! let memory = Memory::new(100);
//! let pipeline = Pipeline::start(&PipelineConfig::default(), vec![Box::new(memory.clone())])?;
//!
//! let path = "/v1/chat/completions".into();
//! let mut record = OpenRecord::open(pipeline.clone(), Clock::system(), "POST".into(), path);
//! record.status(200);
//! // Without this line the record says that the caller went away.
//! record.complete();
//! drop(record);
//!
//! pipeline.close();
//! let records = memory.records();
//! assert_eq!((records[0].status, records[0].canceled), (200, false));
//! # Ok::<(), std::io::Error>(())
//! ```
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
pub use sink::{Batch, Sink, SinkError, WriteRecord};
