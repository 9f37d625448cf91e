//! What the scripted upstream answers.

use std::collections::VecDeque;

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use crate::Gate;

/// One answer: a head, then steps. After the last step the body ends as it should.
///
/// Names and values of headers that cannot stand in a header are left out.
#[derive(Debug, Clone)]
#[must_use]
pub struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) before: Option<Gate>,
    pub(super) steps: VecDeque<Step>,
    /// The length told in the head; without it the body is sent in chunks.
    pub(super) length: Option<u64>,
}

/// One step of a body.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// One write, one chunk.
    Send(Bytes),
    /// What was sent so far leaves before anything else happens.
    Flush,
    /// Nothing until the gate is open.
    Wait(Gate),
    /// The connection is closed although more was announced.
    Cut,
    /// The connection is reset.
    Reset,
    /// Nothing, ever.
    Hang,
}

impl Answer {
    /// An answer without a body.
    pub fn new(status: u16) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let (headers, steps) = (HeaderMap::new(), VecDeque::new());
        Self { status, headers, before: None, steps, length: None }
    }

    /// A complete body of some type, its length told in the head.
    pub fn whole(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let mut answer = Self::new(status).header("content-type", content_type);
        answer.length = Some(body.len() as u64);
        answer.send(body)
    }

    /// A complete JSON body.
    pub fn json(status: u16, body: impl Into<Bytes>) -> Self {
        Self::whole(status, "application/json", body)
    }

    /// The beginning of an event stream.
    pub fn stream() -> Self {
        Self::new(200).header("content-type", "text/event-stream")
    }

    /// An event stream in these pieces.
    pub fn pieces(pieces: impl IntoIterator<Item = Bytes>) -> Self {
        pieces.into_iter().fold(Self::stream(), Self::send)
    }

    /// Sets a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Sends one piece of the body.
    pub fn send(mut self, piece: impl Into<Bytes>) -> Self {
        self.steps.push_back(Step::Send(piece.into()));
        self
    }

    /// Holds back the head until the gate is open.
    pub fn held_by(mut self, gate: &Gate) -> Self {
        self.before = Some(gate.clone());
        self
    }

    /// Sends no more until the gate is open.
    pub fn wait(mut self, gate: &Gate) -> Self {
        self.steps.push_back(Step::Wait(gate.clone()));
        self
    }

    /// Closes the connection in the middle of the body, after everything before was sent.
    pub fn cut(mut self) -> Self {
        self.steps.extend([Step::Flush, Step::Cut]);
        self
    }

    /// Resets the connection in the middle of the body. Of what was sent before, the peer may
    /// lose what it has not read yet.
    pub fn reset(mut self) -> Self {
        self.steps.extend([Step::Flush, Step::Reset]);
        self
    }

    /// Sends nothing more and keeps the connection.
    pub fn hang(mut self) -> Self {
        self.steps.push_back(Step::Hang);
        self
    }

    /// True if the answer says that it is an event stream.
    pub fn is_stream(&self) -> bool {
        let value = self.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
        value.is_some_and(|value| value.starts_with(b"text/event-stream"))
    }
}
