//! The half of a dialect that speaks with upstreams.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use airside_wire::WireError;
use bytes::Bytes;

use super::{Framing, Observed, StreamDecoder, StreamObserver};
use crate::{ChatRequest, ChatResponse, CodecError, DialectId, Fault, LossReport};

/// Writes requests in a dialect and reads its replies.
pub trait ChatEgress: fmt::Debug + Send + Sync {
    /// The dialect.
    fn dialect(&self) -> DialectId;

    /// How streamed replies are framed.
    fn framing(&self) -> Framing {
        Framing::Sse
    }

    /// Encodes a request.
    fn encode(
        &self,
        request: &ChatRequest,
        cx: &EncodeCx,
        loss: &mut LossReport,
    ) -> Result<Encoded, CodecError>;

    /// Decodes a complete reply. Total: every field ends in the result.
    fn decode_response(&self, body: Bytes, memo: &Memo) -> Result<ChatResponse, CodecError>;

    /// Decodes the body of an error reply. Never fails: a body that is not
    /// of the dialect becomes a fault with the status' kind and a message that
    /// quotes the body's beginning.
    fn decode_fault(&self, status: u16, body: &Bytes) -> Fault;

    /// A coder for one streamed reply.
    fn stream_decoder(&self, memo: &Memo) -> Box<dyn StreamDecoder>;

    /// Validates a complete reply that is forwarded as it is, and reads what
    /// the record needs from it, in one pass.
    ///
    /// # Errors
    ///
    /// If the body is not a JSON object. A strange object is no error: it
    /// gives an empty observation.
    fn observe_response(&self, body: &Bytes) -> Result<Observed, WireError>;

    /// An observer for one streamed reply that is forwarded as it is.
    fn stream_observer(&self) -> Box<dyn StreamObserver>;
}

/// A request ready to be sent.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Encoded {
    /// The JSON body.
    pub body: Bytes,
    /// What the reply's decoder has to know.
    pub memo: Memo,
}

impl Encoded {
    /// A body whose reply needs no memory of the request.
    pub fn new(body: Bytes) -> Self {
        Self { body, memo: Memo::default() }
    }
}

/// What an egress codec remembers from the request for decoding its reply,
/// opaque to everybody else.
#[derive(Clone, Default)]
pub struct Memo(Option<Arc<dyn Any + Send + Sync>>);

impl Memo {
    /// Remembers a value.
    pub fn new<T: Any + Send + Sync>(value: T) -> Self {
        Self(Some(Arc::new(value)))
    }

    /// The value, if it is of this type.
    pub fn get<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.0.as_deref()?.downcast_ref()
    }
}

impl fmt::Debug for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Memo(..)" } else { "Memo" })
    }
}

/// What encoding needs beside the request: facts about the upstream.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EncodeCx {
    /// The value where the dialect demands a token limit and the caller gave
    /// none.
    pub default_max_tokens: u64,
    /// The field an OpenAI-shaped upstream reads the token limit from.
    pub max_tokens_field: MaxTokensField,
    /// The upstream knows the `developer` role; otherwise it becomes `system`.
    pub developer_role: bool,
}

impl Default for EncodeCx {
    fn default() -> Self {
        Self {
            default_max_tokens: 4096,
            max_tokens_field: MaxTokensField::default(),
            developer_role: false,
        }
    }
}

/// The field an OpenAI-shaped upstream reads the token limit from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MaxTokensField {
    /// `max_tokens`, which every compatible server reads.
    #[default]
    MaxTokens,
    /// `max_completion_tokens`, which OpenAI's reasoning models demand.
    MaxCompletionTokens,
}
