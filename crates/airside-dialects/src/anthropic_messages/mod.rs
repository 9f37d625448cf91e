//! The `anthropic.messages` dialect: `POST /v1/messages`.
//!
//! Not the vendor: several speak this format. Source of its facts:
//! <https://docs.anthropic.com/en/api/messages> and recorded traffic.

mod answer;
mod block_in;
mod block_out;
mod egress;
mod fault;
mod fields;
mod finish;
mod ingress;
mod media_out;
mod observe;
mod patch;
mod reply;
mod stream_in;
mod stream_out;
mod usage;

use airside_schema::codec::{
    ChatEgress, ChatIngress, EncodeCx, Encoded, Memo, Observed, ReplyCx, StreamDecoder,
    StreamEncoder, StreamObserver,
};
use airside_schema::{
    ChatRequest, ChatResponse, CodecError, DialectId, Edit, Envelope, Fault, LossReport, Patched,
};
use airside_wire::{JsonDoc, WireError};
use bytes::Bytes;

const DIALECT: DialectId = DialectId::ANTHROPIC_MESSAGES;

/// The half that speaks with callers.
pub const INGRESS: Ingress = Ingress;

/// The half that speaks with upstreams.
pub const EGRESS: Egress = Egress;

/// Reads requests and writes replies.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Ingress;

/// Writes requests and reads replies.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Egress;

impl ChatIngress for Ingress {
    fn dialect(&self) -> DialectId {
        DIALECT
    }

    fn inspect(&self, doc: &JsonDoc) -> Result<Envelope, CodecError> {
        ingress::inspect(doc)
    }

    fn decode(&self, doc: &JsonDoc) -> Result<ChatRequest, CodecError> {
        ingress::decode(doc)
    }

    fn patch(&self, doc: &mut JsonDoc, edit: &Edit) -> Result<Patched, CodecError> {
        patch::apply(doc, edit)
    }

    fn encode_response(
        &self,
        response: &ChatResponse,
        cx: &ReplyCx,
        loss: &mut LossReport,
    ) -> Result<Bytes, CodecError> {
        Ok(reply::encode(response, cx, loss))
    }

    fn encode_fault(&self, fault: &Fault) -> Bytes {
        fault::encode(fault)
    }

    fn fault_frame(&self, fault: &Fault) -> Bytes {
        Bytes::from(fault::frame(fault))
    }

    fn stream_encoder(&self, cx: &ReplyCx) -> Box<dyn StreamEncoder> {
        Box::new(stream_out::Encoder::new(cx))
    }
}

impl ChatEgress for Egress {
    fn dialect(&self) -> DialectId {
        DIALECT
    }

    fn encode(
        &self,
        request: &ChatRequest,
        cx: &EncodeCx,
        loss: &mut LossReport,
    ) -> Result<Encoded, CodecError> {
        Ok(egress::encode(request, cx, loss))
    }

    fn decode_response(&self, body: Bytes, _memo: &Memo) -> Result<ChatResponse, CodecError> {
        answer::decode(body)
    }

    fn decode_fault(&self, status: u16, body: &Bytes) -> Fault {
        fault::decode(status, body)
    }

    fn stream_decoder(&self, _memo: &Memo) -> Box<dyn StreamDecoder> {
        Box::new(stream_in::Decoder::default())
    }

    fn observe_response(&self, body: &Bytes) -> Result<Observed, WireError> {
        observe::response(body)
    }

    fn stream_observer(&self) -> Box<dyn StreamObserver> {
        Box::new(observe::Observer::default())
    }
}
