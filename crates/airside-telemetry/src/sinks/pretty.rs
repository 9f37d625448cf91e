//! One short line a call, for people at a terminal.

use std::fmt::Write;

use crate::{CallRecord, WriteRecord};

/// Writes records as short lines.
#[derive(Debug, Clone, Copy, Default)]
pub struct Pretty;

impl WriteRecord for Pretty {
    fn write(&self, record: &CallRecord, out: &mut String) {
        let mut text = String::with_capacity(128);
        // Writing to a String cannot fail.
        let _ = line(record, &mut text);
        // A path is the caller's text: no control character reaches a terminal.
        out.extend(text.chars().map(|c| if c.is_control() { '?' } else { c }));
        out.push('\n');
    }
}

fn line(record: &CallRecord, out: &mut String) -> std::fmt::Result {
    write!(out, "{} {} {}", record.status, record.method, record.path)?;
    if let Some(provider) = &record.provider {
        write!(out, "  {provider}")?;
    }
    if let Some(model) = &record.model {
        write!(out, " {model}")?;
    }
    if let Some(plan) = record.plan {
        write!(out, " {plan}")?;
    }
    if record.stream {
        write!(out, " stream")?;
    }
    write!(out, "  {:.1} ms", record.duration_ms)?;
    if let Some(usage) = &record.usage {
        write!(out, "  {} in {} out", usage.input, usage.output)?;
    }
    if !record.loss.is_empty() {
        write!(out, "  {} lost", record.loss.len())?;
    }
    if let Some(error) = record.error {
        write!(out, "  {error}")?;
    }
    if record.canceled {
        write!(out, "  canceled")?;
    }
    write!(out, "  {}", record.request_id)
}
