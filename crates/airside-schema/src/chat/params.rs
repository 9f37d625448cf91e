//! Sampling, limits, answer form and reasoning.

use airside_wire::{RawJson, Str};

/// Sampling and limits. Numbers the gateway does not compute with stay as
/// they were written.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Params {
    /// The most tokens the answer may have.
    pub max_tokens: Option<u64>,
    /// Sampling temperature.
    pub temperature: Option<RawJson>,
    /// Nucleus sampling.
    pub top_p: Option<RawJson>,
    /// Top-k sampling.
    pub top_k: Option<RawJson>,
    /// Texts that end the answer.
    pub stop: Vec<Str>,
    /// Penalty on repeated tokens by frequency.
    pub frequency_penalty: Option<RawJson>,
    /// Penalty on tokens that occurred at all.
    pub presence_penalty: Option<RawJson>,
    /// Bias per token.
    pub logit_bias: Option<RawJson>,
    /// Log probabilities of the answer's tokens are wanted.
    pub logprobs: Option<bool>,
    /// How many alternatives per token.
    pub top_logprobs: Option<RawJson>,
    /// How many answers.
    pub n: Option<u64>,
    /// Sampling seed.
    pub seed: Option<RawJson>,
}

/// The form the answer must have.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ResponseFormat {
    /// Free text, said explicitly.
    Text,
    /// Any JSON object.
    JsonObject,
    /// JSON that follows a schema.
    JsonSchema {
        /// A name for the schema.
        name: Option<Str>,
        /// What it is for.
        description: Option<Str>,
        /// The schema.
        schema: Option<RawJson>,
        /// The model must follow it to the letter.
        strict: Option<bool>,
    },
}

/// How much to think.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct ReasoningConfig {
    /// Thinking is switched on or off explicitly.
    pub enabled: Option<bool>,
    /// The most tokens to think.
    pub budget_tokens: Option<u64>,
    /// How hard to think.
    pub effort: Option<ReasoningEffort>,
    /// The model decides how much to think.
    pub adaptive: bool,
    /// The setting as it arrived, for its own dialect.
    pub raw: Option<(crate::DialectId, RawJson)>,
}

/// How hard to think.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReasoningEffort {
    /// Not at all.
    None,
    /// As little as possible.
    Minimal,
    /// A little.
    Low,
    /// The usual.
    Medium,
    /// A lot.
    High,
    /// More than a lot.
    ExtraHigh,
    /// As much as possible.
    Max,
    /// A level this version does not know.
    Other(Str),
}

impl ReasoningEffort {
    /// The name OpenAI and Anthropic use.
    pub fn as_str(&self) -> &str {
        match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::ExtraHigh => "xhigh",
            Self::Max => "max",
            Self::Other(name) => name,
        }
    }

    /// The level of that name.
    pub fn parse(name: &Str) -> Self {
        match &**name {
            "none" => Self::None,
            "minimal" => Self::Minimal,
            "low" => Self::Low,
            "medium" => Self::Medium,
            "high" => Self::High,
            "xhigh" => Self::ExtraHigh,
            "max" => Self::Max,
            _ => Self::Other(name.clone()),
        }
    }
}
