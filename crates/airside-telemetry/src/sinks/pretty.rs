//! One short line a call, for people at a terminal.

use std::io::Write;

use async_trait::async_trait;

use crate::{CallRecord, Sink, SinkError};

/// Writes records as short lines.
pub struct Pretty<W> {
    writer: W,
    buffer: Vec<u8>,
}

impl<W> std::fmt::Debug for Pretty<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pretty")
    }
}

impl<W: Write + Send> Pretty<W> {
    /// Writes to `writer`.
    pub fn new(writer: W) -> Self {
        Self { writer, buffer: Vec::new() }
    }

    fn line(&mut self, record: &CallRecord) -> std::io::Result<()> {
        let out = &mut self.buffer;
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
        writeln!(out, "  {}", record.request_id)
    }
}

#[async_trait]
impl<W: Write + Send> Sink for Pretty<W> {
    async fn deliver(&mut self, records: &[Box<CallRecord>]) -> Result<(), SinkError> {
        self.buffer.clear();
        for record in records {
            self.line(record)?;
        }
        // A path is the caller's text: no control character reaches a terminal.
        for byte in &mut self.buffer {
            if byte.is_ascii_control() && *byte != b'\n' {
                *byte = b'?';
            }
        }
        self.writer.write_all(&self.buffer)?;
        self.writer.flush()?;
        Ok(())
    }
}
