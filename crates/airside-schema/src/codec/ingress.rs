//! The half of a dialect that speaks with callers.

use airside_wire::{JsonDoc, Str};
use bytes::Bytes;

use super::{Framing, StreamEncoder};
use crate::{
    ChatRequest, ChatResponse, CodecError, DialectId, Edit, Envelope, Fault, LossReport, Patched,
};

/// Reads requests of a dialect and writes replies in it.
pub trait ChatIngress: std::fmt::Debug + Send + Sync {
    /// The dialect.
    fn dialect(&self) -> DialectId;

    /// How streamed replies are framed.
    fn framing(&self) -> Framing {
        Framing::Sse
    }

    /// Takes the cheap look: one shallow scan. Also refuses documents whose
    /// governed fields (`model`, `messages`, `stream`, …) occur twice or have
    /// the wrong type.
    fn inspect(&self, doc: &JsonDoc) -> Result<Envelope, CodecError>;

    /// Decodes the request. Total: every field ends in the result.
    fn decode(&self, doc: &JsonDoc) -> Result<ChatRequest, CodecError>;

    /// Applies an edit to the document itself, if it can be expressed there.
    fn patch(&self, doc: &mut JsonDoc, edit: &Edit) -> Result<Patched, CodecError>;

    /// Encodes a complete reply.
    fn encode_response(
        &self,
        response: &ChatResponse,
        cx: &ReplyCx,
        loss: &mut LossReport,
    ) -> Result<Bytes, CodecError>;

    /// Encodes an error as the body of a reply.
    fn encode_fault(&self, fault: &Fault) -> Bytes;

    /// Encodes an error as a frame within a stream that already began. The
    /// frame starts on a fresh line whatever came before.
    fn fault_frame(&self, fault: &Fault) -> Bytes;

    /// A coder for one streamed reply.
    fn stream_encoder(&self, cx: &ReplyCx) -> Box<dyn StreamEncoder>;
}

/// What a reply needs to know about its request.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ReplyCx {
    /// The model the caller asked for; used where the upstream names none.
    pub model: Str,
    /// The caller wants usage in the stream.
    pub stream_usage: bool,
    /// The time of the reply in seconds since 1970; used where the upstream
    /// tells none.
    pub now: u64,
    /// An identifier for the reply; used where the upstream gives none.
    pub fallback_id: Str,
    /// Add a `provider` field with this value to OpenAI-shaped replies, as
    /// clients of the compatible gateway expect.
    pub provider: Option<Str>,
    /// The caller declared functions in the form before tools existed (see
    /// [`Envelope::legacy_functions`]) and expects calls in that form.
    pub legacy_functions: bool,
    /// Leave out fields the official API does not have, such as
    /// `content_blocks` with the reasoning of a model.
    pub strict: bool,
}

impl ReplyCx {
    /// A strict context for a model, everything else unset.
    pub fn new(model: impl Into<Str>) -> Self {
        Self { model: model.into(), strict: true, ..Self::default() }
    }
}
