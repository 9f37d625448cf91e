//! Tokens used.

use airside_wire::RawJson;

use crate::{DialectId, Extras};

/// Tokens used by one call.
///
/// `input` and `output` are totals; the other counts are parts of them.
/// Dialects that report the uncached part only (Anthropic) are added up when
/// decoded and split again when encoded.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Usage {
    /// Tokens of the prompt, cached or not.
    pub input: u64,
    /// Tokens of the answer, reasoning included.
    pub output: u64,
    /// Of the input: read from a prompt cache.
    pub cache_read: Option<u64>,
    /// Of the input: written to a prompt cache.
    pub cache_write: Option<u64>,
    /// Of the cache writes: kept for five minutes.
    pub cache_write_5m: Option<u64>,
    /// Of the cache writes: kept for one hour.
    pub cache_write_1h: Option<u64>,
    /// Of the output: spent on reasoning.
    pub reasoning: Option<u64>,
    /// Of the input: audio.
    pub audio_input: Option<u64>,
    /// Of the output: audio.
    pub audio_output: Option<u64>,
    /// The total as the upstream reported it, where it did.
    pub total: Option<u64>,
    /// The whole usage object as it arrived, and its dialect.
    pub raw: Option<(DialectId, RawJson)>,
    /// Fields with no name here.
    pub extras: Extras,
}

impl Usage {
    /// Totals only.
    pub fn new(input: u64, output: u64) -> Self {
        Self { input, output, ..Self::default() }
    }

    /// Input plus output, or what the upstream reported.
    pub fn total(&self) -> u64 {
        self.total.unwrap_or_else(|| self.input.saturating_add(self.output))
    }
}
