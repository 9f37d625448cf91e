//! The built-in upstream `echo`: needs no key and no network, answers in every
//! dialect, and fails when told to.
//!
//! It is a [`Transport`], so everything before it — routes, policies,
//! translation, streams — runs as it would with a real provider. It is not a
//! model, and what it says is a function of the request:
//!
//! * **Text.** The last user text, unchanged; after a tool's result, that
//!   result. Several texts are joined by line ends; a message without text is
//!   told by what it holds, such as `[image]`. Streams send it word by word.
//! * **Form.** With a JSON schema as response format a minimal instance of it,
//!   with `json_object` `{"echo":"TEXT"}`.
//! * **Tools.** It calls a tool when the request demands one or the last user
//!   text names one, with a minimal instance of its schema as arguments. It
//!   never answers a tool's result with another call.
//! * **Reasoning.** A sentence, when asked to think.
//! * **Limits.** Stop sequences, `n` and token limits are kept; 16,384 tokens
//!   are the most. Four bytes are a token, in usage, limits and counts alike.
//! * **Embeddings.** Vectors made from a hash of the text.
//! * **Any other path** gets a description of what arrived.
//!
//! A model name that begins with `echo-` says what is to go wrong, in any
//! combination:
//!
//! | model | effect |
//! |---|---|
//! | `echo-status-503` | fails with that status, 400 to 599, in the shape of the dialect |
//! | `echo-retry-after-2` | fails with 429, or the status also named, and `retry-after: 2` |
//! | `echo-delay-500` | waits so many milliseconds before the headers |
//! | `echo-slow-50` | waits so many milliseconds before each chunk |
//! | `echo-cut-3` | breaks off after three chunks; a reply in one piece, in its middle |
//!
//! Every other model name is taken as it is.

mod answer;
mod body;
mod chat;
mod completions;
mod control;
mod embeddings;
mod instance;
mod models;
mod other;
mod produced;
mod prompt;
mod request;
mod responses;
mod stamp;
#[cfg(test)]
mod tests;
mod tokens;
mod tools;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use airside_call::{CallError, Clock};
use airside_providers::{Endpoint, Registry};
use airside_schema::{DialectId, Fault, Operation};
use airside_wire::{JsonDoc, Writer};
use http::{Method, Response};

pub use body::EchoBody;
use control::Control;
use produced::Produced;
use request::Received;
use stamp::Stamp;

use crate::{Outgoing, Transport};

/// A request the echo upstream does not answer, told as an API would.
type Refused = Box<Fault>;

/// Answers requests to `echo://local/v1/…` within the process.
#[derive(Debug, Clone)]
pub struct Echo {
    clock: Clock,
    /// How many replies were begun, for identifiers.
    replies: Arc<AtomicU64>,
}

impl Echo {
    /// An upstream whose replies bear this clock's time.
    pub fn new(clock: Clock) -> Self {
        Self { clock, replies: Arc::default() }
    }

    fn stamp(&self) -> Stamp {
        Stamp::new(self.clock.unix(), self.replies.fetch_add(1, Ordering::Relaxed))
    }
}

impl Transport for Echo {
    type Body = EchoBody;

    /// # Errors
    ///
    /// If the request's body breaks off. Everything else is a reply.
    async fn send(&self, outgoing: Outgoing) -> Result<Response<EchoBody>, CallError> {
        let received = Received::read(outgoing.request).await?;
        let endpoint = endpoint(&received);
        let dialect = endpoint.as_ref().map_or(request::OTHER, |endpoint| endpoint.dialect);
        let doc = received.document();
        let model = doc.as_ref().ok().and_then(|doc| doc.get("model")?.string());
        let control = match Control::parse(model.as_deref().unwrap_or_default()) {
            Ok(control) => control,
            Err(refused) => {
                return Ok(produced::failure(&refused, dialect, &Control::default()));
            }
        };
        if let Some(delay) = control.delay {
            tokio::time::sleep(delay).await;
        }
        let produced = match control.failure() {
            Some(failure) => Err(failure),
            None => produce(endpoint.as_ref(), &received, doc, &self.stamp()),
        };
        Ok(match produced {
            Ok(produced) => produced.response(&control),
            Err(refused) => produced::failure(&refused, dialect, &control),
        })
    }
}

/// What is asked for. The provider table tells, so that its row is the one
/// list of what the echo upstream offers.
fn endpoint(received: &Received) -> Option<Endpoint> {
    let registry = Registry::builtin();
    let endpoints = &registry.get("echo")?.endpoints;
    let method =
        |operation| if operation == Operation::Models { Method::GET } else { Method::POST };
    let path = received.path();
    endpoints
        .iter()
        .find(|endpoint| endpoint.path == path && received.method == method(endpoint.operation))
        .cloned()
}

fn produce(
    endpoint: Option<&Endpoint>,
    received: &Received,
    doc: Result<JsonDoc, Refused>,
    stamp: &Stamp,
) -> Result<Produced, Refused> {
    let Some(endpoint) = endpoint else {
        return match received.path().strip_prefix("/models/") {
            Some(id) if received.method == Method::GET => models::get(id),
            _ => Ok(other::describe(received)),
        };
    };
    match endpoint.operation {
        Operation::Chat => match airside_dialects::chat(endpoint.dialect) {
            Some(dialect) => chat::reply(dialect, &doc?, stamp),
            None => Ok(other::describe(received)),
        },
        Operation::CountTokens => count_tokens(&doc?),
        Operation::Completions => completions::reply(&doc?, stamp),
        Operation::Responses => responses::reply(&doc?, stamp),
        Operation::Embeddings => embeddings::reply(&doc?),
        Operation::Models => Ok(models::list()),
        Operation::ImageGenerate => other::images(Some(&doc?), stamp),
        Operation::ImageEdit => other::images(doc.ok().as_ref(), stamp),
        Operation::Speech => Ok(other::speech()),
        Operation::Transcription | Operation::Translation => Ok(other::transcription(received)),
        Operation::Moderation => other::moderation(&doc?, stamp),
        _ => Ok(other::describe(received)),
    }
}

/// Counts the tokens of a messages request, which is one without a limit.
fn count_tokens(doc: &JsonDoc) -> Result<Produced, Refused> {
    let Some(dialect) = airside_dialects::chat(DialectId::ANTHROPIC_MESSAGES) else {
        let message = "the messages dialect is not built in";
        return Err(Box::new(Fault::new(airside_schema::FaultKind::Unsupported, message)));
    };
    let request = chat::decode(dialect, doc)?;
    let mut out = Writer::new();
    out.begin_object();
    out.field_u64("input_tokens", tokens::of_request(&request));
    out.end_object();
    Ok(Produced::Json(out.into_bytes()))
}
