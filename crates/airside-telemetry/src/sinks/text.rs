//! Text to any writer.

use std::io::Write;
use std::sync::Arc;

use async_trait::async_trait;

use crate::sink::{Batch, WriteRecord};
use crate::{Sink, SinkError};

/// Writes records as text, one write a batch.
pub struct Text<W> {
    form: Arc<dyn WriteRecord>,
    writer: W,
}

impl<W> std::fmt::Debug for Text<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Text").field("form", &self.form).finish_non_exhaustive()
    }
}

impl<W: Write + Send> Text<W> {
    /// Writes records in this form to `writer`.
    pub fn new(form: impl WriteRecord + 'static, writer: W) -> Self {
        Self { form: Arc::new(form), writer }
    }
}

#[async_trait]
impl<W: Write + Send> Sink for Text<W> {
    fn writer(&self) -> Option<Arc<dyn WriteRecord>> {
        Some(Arc::clone(&self.form))
    }

    async fn deliver(&mut self, batch: &Batch) -> Result<(), SinkError> {
        self.writer.write_all(batch.text.as_bytes())?;
        self.writer.flush()?;
        Ok(())
    }
}
