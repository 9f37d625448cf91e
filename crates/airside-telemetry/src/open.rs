//! A record that is being written.

use std::sync::Arc;
use std::time::Duration;

use airside_call::{CallError, Clock, Context, Incoming, Outcome};
use airside_schema::{Direction, FinishReason, LossKind, LossReport, Usage, Weight};
use airside_wire::Str;
use tokio::time::Instant;

use crate::Pipeline;
use crate::record::{AttemptRecord, CallRecord, LossRecord, UsageRecord};

/// An open record. Dropping it delivers the record: as complete if
/// [`OpenRecord::complete`] was called, else as canceled by the caller.
#[derive(Debug)]
pub struct OpenRecord {
    record: Option<Box<CallRecord>>,
    context: Option<Arc<Context>>,
    pipeline: Pipeline,
    clock: Clock,
    started: Instant,
    complete: bool,
}

impl OpenRecord {
    /// Opens a record for a call that just arrived.
    pub fn open(pipeline: Pipeline, clock: Clock, method: Str, path: Str) -> Self {
        let time = u64::try_from(clock.unix().as_millis()).unwrap_or(u64::MAX);
        let record = CallRecord { time, method, path, ..CallRecord::default() };
        let started = clock.instant();
        let record = Some(Box::new(record));
        Self { record, context: None, pipeline, clock, started, complete: false }
    }

    /// Names the request and its trace.
    pub fn identify(&mut self, request_id: Str, trace_id: Str) {
        self.edit(|record| {
            record.request_id = request_id;
            record.trace_id = trace_id;
        });
    }

    /// Notes what the call is.
    pub fn call(&mut self, incoming: &Incoming, context: &Arc<Context>) {
        self.edit(|record| {
            record.operation = Some(incoming.operation.as_str());
            record.dialect = Some(incoming.dialect.as_str());
            // A copy: a slice would keep the whole request in memory until the end.
            record.model = incoming.envelope.model.as_deref().map(Str::from);
            record.stream = incoming.envelope.stream;
            record.metadata.clone_from(&context.metadata);
        });
        self.context = Some(Arc::clone(context));
    }

    /// Notes the size of the request's body.
    pub fn request_bytes(&mut self, bytes: u64) {
        self.edit(|record| record.request_bytes = bytes);
    }

    /// Notes the status of the reply; its headers are about to be sent.
    pub fn status(&mut self, status: u16) {
        let elapsed = self.elapsed();
        self.edit(|record| {
            record.status = status;
            record.headers_ms = Some(millis(elapsed));
        });
    }

    /// Notes why the call failed.
    pub fn error(&mut self, error: &CallError) {
        self.edit(|record| record.error = Some(error.kind().as_str()));
    }

    /// Adds to the size of the reply's body.
    pub fn sent(&mut self, bytes: usize) {
        self.edit(|record| record.response_bytes += bytes as u64);
    }

    /// The reply's body has ended as it should.
    pub fn complete(&mut self) {
        self.complete = true;
    }

    fn elapsed(&self) -> Duration {
        self.clock.instant().saturating_duration_since(self.started)
    }

    fn edit(&mut self, write: impl FnOnce(&mut CallRecord)) {
        if let Some(record) = &mut self.record {
            write(record);
        }
    }
}

impl Drop for OpenRecord {
    fn drop(&mut self) {
        let elapsed = self.elapsed();
        let Some(mut record) = self.record.take() else { return };
        record.duration_ms = millis(elapsed);
        record.canceled = !self.complete;
        if let Some(context) = &self.context {
            fill(&mut record, context.notes.take());
        }
        self.pipeline.push(&record);
    }
}

fn fill(record: &mut CallRecord, outcome: Outcome) {
    let last = outcome.attempts.last();
    record.provider = last.map(|attempt| attempt.provider.clone());
    record.plan = last.and_then(|attempt| attempt.plan).map(airside_call::Plan::as_str);
    record.target = outcome.target_path;
    record.retries = outcome.retries;
    record.response_model = outcome.model;
    record.usage = outcome.usage.as_ref().map(usage);
    record.finish = outcome.finish.as_ref().map(finish);
    record.loss = losses(&outcome.loss);
    record.first_content_ms = outcome.first_content.map(millis);
    if let Some(error) = outcome.stream_error {
        record.error = Some(error.as_str());
    }
    record.attempts = outcome.attempts.into_iter().map(attempt).collect();
}

fn attempt(attempt: airside_call::Attempt) -> AttemptRecord {
    AttemptRecord {
        provider: attempt.provider,
        host: attempt.host,
        model: attempt.model,
        dialect: attempt.dialect.map(airside_schema::DialectId::as_str),
        status: attempt.status,
        error: attempt.error.map(airside_call::ErrorKind::as_str),
        first_byte_ms: attempt.first_byte.map(millis),
    }
}

fn usage(usage: &Usage) -> UsageRecord {
    UsageRecord {
        input: usage.input,
        output: usage.output,
        total: usage.total(),
        cache_read: usage.cache_read,
        cache_write: usage.cache_write,
        reasoning: usage.reasoning,
        audio_input: usage.audio_input,
        audio_output: usage.audio_output,
    }
}

fn finish(reason: &FinishReason) -> Str {
    Str::from_static(match reason {
        FinishReason::Stop => "stop",
        FinishReason::StopSequence(_) => "stop_sequence",
        FinishReason::Length => "length",
        FinishReason::ContextWindow => "context_window",
        FinishReason::ToolCalls => "tool_calls",
        FinishReason::FunctionCall => "function_call",
        FinishReason::ContentFilter => "content_filter",
        FinishReason::Refusal => "refusal",
        FinishReason::PauseTurn => "pause_turn",
        FinishReason::Error => "error",
        FinishReason::Other(name) => return name.clone(),
        _ => "other",
    })
}

fn losses(report: &LossReport) -> Vec<LossRecord> {
    let record = |loss: &airside_schema::Loss| LossRecord {
        path: loss.path.clone(),
        kind: match loss.kind {
            LossKind::Dropped => "dropped",
            LossKind::Approximated => "approximated",
            LossKind::Defaulted => "defaulted",
            LossKind::Reordered => "reordered",
            _ => "other",
        },
        weight: match loss.weight {
            Weight::Semantic => "semantic",
            Weight::Parameter => "parameter",
            _ => "annotation",
        },
        direction: match loss.direction {
            Direction::Request => "request",
            Direction::Reply => "reply",
        },
        note: loss.note,
    };
    report.iter().map(record).collect()
}

/// Milliseconds, cut to whole microseconds so that records stay short.
#[expect(clippy::cast_precision_loss, reason = "microseconds of a call fit a double exactly")]
fn millis(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}
