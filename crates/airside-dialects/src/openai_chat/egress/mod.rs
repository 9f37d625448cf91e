//! The unified schema to requests for upstreams.
//!
//! Writes what the official API documents. Values a server of this dialect
//! may know but the official API does not are written only for requests that
//! came in this dialect. What cannot be written is reported.

mod form;
mod message;
mod params;
mod speech;
mod tools;

use airside_schema::codec::{EncodeCx, Encoded, Memo};
use airside_schema::{ChatRequest, Direction, LossReport, Weight};
use airside_wire::{RawJson, Writer};

pub(super) use tools::call as write_tool_call;

use super::DIALECT;
use super::fields::Rest;
use crate::shared::at::At;

/// Where a request is written to, and what decides how.
struct Target<'a> {
    out: Writer,
    loss: &'a mut LossReport,
    cx: &'a EncodeCx,
    /// The request came in this dialect.
    own: bool,
}

impl Target<'_> {
    /// Reports a dropped value that is part of what was said.
    fn unsaid(&mut self, at: &At<'_>, note: &'static str) {
        self.loss.dropped(Weight::Semantic, at.path(), note);
    }

    /// Reports a dropped setting.
    fn unset(&mut self, at: &At<'_>, note: &'static str) {
        self.loss.dropped(Weight::Parameter, at.path(), note);
    }
}

/// What a reply's decoder has to know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    /// How many choices were asked for.
    pub(super) choices: u64,
}

/// Encodes a request.
pub(super) fn encode(request: &ChatRequest, cx: &EncodeCx, loss: &mut LossReport) -> Encoded {
    let own = request.source == Some(DIALECT);
    let mut to = Target { out: Writer::with_capacity(size(request)), loss, cx, own };
    to.out.begin_object();
    if !request.model.is_empty() {
        to.out.field_string("model", &request.model);
    }
    message::write(&mut to, request);
    tools::write(&mut to, request);
    params::write(&mut to, request);
    let rest = Rest {
        at: At::Root,
        direction: Direction::Request,
        weight: Weight::Parameter,
        nested: &[
            "tool_choice",
            "function_call",
            "stream_options",
            "response_format",
            "thinking",
            "reasoning",
        ],
    };
    rest.write(&mut to.out, &request.extras, to.loss);
    to.out.end_object();
    let mut encoded = Encoded::new(to.out.into_bytes());
    if let Some(choices) = request.params.n.filter(|n| *n > 1) {
        encoded.memo = Memo::new(Expected { choices });
    }
    encoded
}

/// Encodes one message of a request in this dialect, for inserting it into a
/// document. `None` if it takes several messages here.
pub(super) fn encode_message(request: &ChatRequest, loss: &mut LossReport) -> Option<RawJson> {
    let cx = EncodeCx::default();
    let mut to = Target { out: Writer::new(), loss, cx: &cx, own: true };
    to.out.begin_object();
    message::write(&mut to, request);
    to.out.end_object();
    let mut items = to.out.into_raw().get("messages")?.items()?;
    items.pop().filter(|_| items.is_empty())
}

/// A guess at the size of the body, so that writing it seldom has to grow.
fn size(request: &ChatRequest) -> usize {
    let texts = request.messages.iter().flat_map(airside_schema::Message::texts);
    let texts: usize = texts.map(|text| text.len() + text.len() / 16).sum();
    let tools: usize = request.tools.iter().map(tools::size).sum();
    texts + tools + request.messages.len() * 64 + 256
}
