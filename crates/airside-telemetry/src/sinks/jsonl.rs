//! One JSON object a line.

use std::io::Write;

use airside_wire::Writer;
use async_trait::async_trait;

use crate::{CallRecord, Sink, SinkError, json};

/// Writes records as JSON lines, one write a batch.
pub struct JsonLines<W> {
    writer: W,
    buffer: Vec<u8>,
}

impl<W> std::fmt::Debug for JsonLines<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JsonLines")
    }
}

impl<W: Write + Send> JsonLines<W> {
    /// Writes to `writer`.
    pub fn new(writer: W) -> Self {
        Self { writer, buffer: Vec::new() }
    }
}

#[async_trait]
impl<W: Write + Send> Sink for JsonLines<W> {
    async fn deliver(&mut self, records: &[Box<CallRecord>]) -> Result<(), SinkError> {
        self.buffer.clear();
        for record in records {
            let mut line = Writer::with_capacity(1024);
            json::write(record, &mut line);
            self.buffer.extend_from_slice(line.into_raw().as_str().as_bytes());
            self.buffer.push(b'\n');
        }
        self.writer.write_all(&self.buffer)?;
        self.writer.flush()?;
        // A burst must not pin its memory for ever.
        self.buffer.shrink_to(64 * 1024);
        Ok(())
    }
}
