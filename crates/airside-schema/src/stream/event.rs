//! The events a streamed answer is made of.

use airside_wire::{RawJson, Str};

use crate::{Citation, DialectId, Extras, Fault, FinishReason, Usage};

/// One step of a streamed answer. See [`Checker`](super::Checker) for the laws
/// a sequence of events obeys.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The answer begins.
    Start(Box<Start>),
    /// A block of a choice begins. Blocks of one choice follow each other:
    /// a decoder whose format interleaves them holds the later one back.
    BlockStart {
        /// The choice it belongs to.
        choice: u32,
        /// The block's index within the choice, from 0.
        index: u32,
        /// What it will hold.
        kind: BlockKind,
    },
    /// A piece of the open block.
    Delta {
        /// The choice it belongs to.
        choice: u32,
        /// The open block's index.
        index: u32,
        /// The piece.
        delta: Delta,
    },
    /// The open block ends.
    BlockStop {
        /// The choice it belongs to.
        choice: u32,
        /// The open block's index.
        index: u32,
    },
    /// Token counts so far. A later report replaces an earlier one.
    Usage(Box<Usage>),
    /// A choice ends.
    Finish {
        /// The choice.
        choice: u32,
        /// Why it ended.
        reason: FinishReason,
    },
    /// Something only one dialect understands.
    Opaque {
        /// The dialect it came from.
        dialect: DialectId,
        /// What was not understood.
        raw: RawJson,
    },
    /// A sign of life without content.
    Ping,
    /// The upstream reported an error. Nothing follows.
    Fault(Box<Fault>),
    /// The answer is complete. Nothing follows.
    End,
}

/// How an answer begins.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Start {
    /// The answer's identifier.
    pub id: Str,
    /// The model that answers.
    pub model: Str,
    /// When, in seconds since 1970, if the upstream told.
    pub created: Option<u64>,
    /// The tier that processes it, as the upstream named it.
    pub service_tier: Option<Str>,
    /// Everything else.
    pub extras: Extras,
}

/// What a block holds.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum BlockKind {
    /// Text.
    Text,
    /// Reasoning.
    Reasoning,
    /// A refusal.
    Refusal,
    /// A tool call.
    ToolCall {
        /// Links the call to its result.
        id: Str,
        /// The tool's name.
        name: Str,
        /// The arguments are free text, not JSON.
        custom: bool,
    },
    /// A block only one dialect understands.
    Opaque {
        /// The dialect it came from.
        dialect: DialectId,
        /// How it began.
        raw: RawJson,
    },
}

/// A piece of a block.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Delta {
    /// Text of a text block.
    Text(Str),
    /// Text of a reasoning block.
    Reasoning(Str),
    /// The signature over a reasoning block, whole or in pieces.
    Signature(Str),
    /// Encrypted thoughts of a reasoning block.
    Redacted(Str),
    /// Text of a refusal.
    Refusal(Str),
    /// A piece of the arguments of a tool call: concatenated they are the
    /// JSON text (or the free text of a custom tool).
    Arguments(Str),
    /// What backs the text so far.
    Citation(Box<Citation>),
    /// Log probabilities of the tokens of this piece, as they arrived.
    Logprobs(RawJson),
    /// A piece only one dialect understands.
    Opaque {
        /// The dialect it came from.
        dialect: DialectId,
        /// The piece as it arrived.
        raw: RawJson,
    },
}
