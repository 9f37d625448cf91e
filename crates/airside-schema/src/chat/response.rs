//! What a model answers.

use airside_wire::{RawJson, Str};

use super::{FinishReason, Message, Usage};
use crate::Extras;

/// A complete answer in the unified schema.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct ChatResponse {
    /// The answer's identifier.
    pub id: Str,
    /// The model that answered.
    pub model: Str,
    /// When, in seconds since 1970, if the upstream told.
    pub created: Option<u64>,
    /// The answers, in the order of their index.
    pub choices: Vec<Choice>,
    /// Tokens used, if the upstream told.
    pub usage: Option<Usage>,
    /// The tier that processed it, as the upstream named it.
    pub service_tier: Option<Str>,
    /// Everything else.
    pub extras: Extras,
}

/// One answer.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Choice {
    /// Its index.
    pub index: u32,
    /// What was said.
    pub message: Message,
    /// Why it ended, if the upstream told.
    pub finish: Option<FinishReason>,
    /// Log probabilities as they arrived.
    pub logprobs: Option<RawJson>,
    /// Everything else.
    pub extras: Extras,
}

impl Choice {
    /// An answer at an index.
    pub fn new(index: u32, message: Message, finish: Option<FinishReason>) -> Self {
        Self { index, message, finish, logprobs: None, extras: Extras::default() }
    }
}
