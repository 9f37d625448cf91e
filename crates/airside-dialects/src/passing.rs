//! Looking at replies and telling errors in any dialect, with or without a
//! codec.

use airside_schema::codec::{Observed, StreamObserver};
use airside_schema::{DialectId, Fault};
use airside_wire::WireError;
use bytes::Bytes;

use crate::registry::{ChatDialect, chat};
use crate::{anthropic_messages, openai_chat, openai_responses};

/// Observes replies of one dialect that pass unchanged.
#[derive(Debug, Clone, Copy)]
pub struct Reader(Kind);

#[derive(Debug, Clone, Copy)]
enum Kind {
    Chat(&'static ChatDialect),
    Responses,
}

/// The reader of a dialect; none if its replies mean nothing to the gateway.
pub fn reader(id: DialectId) -> Option<Reader> {
    let kind = match id {
        DialectId::OPENAI_RESPONSES => Kind::Responses,
        // Completions and embeddings report usage and their end as chat does.
        DialectId::OPENAI_COMPLETIONS | DialectId::OPENAI_EMBEDDINGS => {
            Kind::Chat(chat(DialectId::OPENAI_CHAT)?)
        }
        DialectId::ANTHROPIC_COUNT_TOKENS => Kind::Chat(chat(DialectId::ANTHROPIC_MESSAGES)?),
        _ => Kind::Chat(chat(id)?),
    };
    Some(Reader(kind))
}

impl Reader {
    /// Validates a complete reply and reads what the record needs from it.
    ///
    /// # Errors
    ///
    /// If the body is not JSON.
    pub fn observe_response(self, body: &Bytes) -> Result<Observed, WireError> {
        match self.0 {
            Kind::Chat(dialect) => dialect.egress.observe_response(body),
            Kind::Responses => openai_responses::observe_response(body),
        }
    }

    /// An observer for one streamed reply.
    pub fn stream_observer(self) -> Box<dyn StreamObserver> {
        match self.0 {
            Kind::Chat(dialect) => dialect.egress.stream_observer(),
            Kind::Responses => Box::new(openai_responses::Observer::default()),
        }
    }
}

/// Decodes the body of an error reply of a dialect. Never fails.
pub fn decode_fault(id: DialectId, status: u16, body: &Bytes) -> Fault {
    family(id).egress.decode_fault(status, body)
}

/// Encodes an error as the body of a reply in a dialect.
pub fn encode_fault(id: DialectId, fault: &Fault) -> Bytes {
    family(id).ingress.encode_fault(fault)
}

/// Encodes an error as a frame of a stream that already began.
pub fn fault_frame(id: DialectId, fault: &Fault) -> Bytes {
    match id {
        DialectId::OPENAI_RESPONSES => openai_responses::fault_frame(fault),
        _ => family(id).ingress.fault_frame(fault),
    }
}

/// The dialect whose error shape a dialect shares: its own if it has a codec,
/// else that of its API.
fn family(id: DialectId) -> ChatDialect {
    if let Some(dialect) = chat(id) {
        return *dialect;
    }
    if id == DialectId::ANTHROPIC_COUNT_TOKENS {
        return ChatDialect {
            id: DialectId::ANTHROPIC_MESSAGES,
            ingress: &anthropic_messages::INGRESS,
            egress: &anthropic_messages::EGRESS,
        };
    }
    ChatDialect {
        id: DialectId::OPENAI_CHAT,
        ingress: &openai_chat::INGRESS,
        egress: &openai_chat::EGRESS,
    }
}
