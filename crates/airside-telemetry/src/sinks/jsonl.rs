//! One JSON object a line.

use crate::{CallRecord, WriteRecord, json};

/// Writes records as JSON lines.
#[derive(Debug, Clone, Copy, Default)]
pub struct JsonLines;

impl WriteRecord for JsonLines {
    fn write(&self, record: &CallRecord, out: &mut String) {
        json::write(record, out);
        out.push('\n');
    }
}
