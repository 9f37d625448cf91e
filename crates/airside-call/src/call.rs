//! What a caller sent, and what policies want changed about it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use airside_schema::{DialectId, Edit, Envelope, Operation};
use airside_wire::{JsonDoc, Str};
use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::{BodyStream, Context};

/// One call on its way through policies to an upstream.
///
/// Cloning is cheap: attempts share what arrived. Policies never change what
/// arrived, they append [`Edit`]s.
#[derive(Debug, Clone)]
pub struct Call {
    /// What arrived.
    pub incoming: Arc<Incoming>,
    /// What policies want changed, in order.
    pub edits: Vec<Edit>,
    /// Identity, clock and notes of the call.
    pub context: Arc<Context>,
}

impl Call {
    /// A call without edits.
    pub fn new(incoming: Incoming, context: Context) -> Self {
        Self { incoming: Arc::new(incoming), edits: Vec::new(), context: Arc::new(context) }
    }

    /// The model the edits so far lead to, else the one that was asked for.
    pub fn model(&self) -> Option<Str> {
        let edited = self.edits.iter().rev().find_map(|edit| match edit {
            Edit::SetModel(model) => Some(model.clone()),
            Edit::SetParam { name, value } if name == "model" => value.string(),
            _ => None,
        });
        edited.or_else(|| self.incoming.envelope.model.clone())
    }

    /// True if the caller gets a stream, edits considered.
    pub fn wants_stream(&self) -> bool {
        let edited = self.edits.iter().rev().find_map(|edit| match edit {
            Edit::SetStream(stream) => Some(*stream),
            Edit::SetParam { name, value } if name == "stream" => value.bool(),
            _ => None,
        });
        edited.unwrap_or(self.incoming.envelope.stream)
    }
}

/// What arrived at the edge.
#[non_exhaustive]
pub struct Incoming {
    /// What is asked for.
    pub operation: Operation,
    /// The dialect the caller speaks.
    pub dialect: DialectId,
    /// The HTTP method.
    pub method: Method,
    /// Path and query below the version prefix, such as `/chat/completions`.
    pub path: Str,
    /// The caller's headers. They hold credentials; [`fmt::Debug`] shows names
    /// only.
    pub headers: HeaderMap,
    /// The body.
    pub payload: Payload,
    /// The cheap look at the body.
    pub envelope: Envelope,
}

impl Incoming {
    /// A call as it arrived.
    pub fn new(
        operation: Operation,
        dialect: DialectId,
        path: impl Into<Str>,
        payload: Payload,
    ) -> Self {
        Self {
            operation,
            dialect,
            method: Method::POST,
            path: path.into(),
            headers: HeaderMap::new(),
            payload,
            envelope: Envelope::default(),
        }
    }
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.headers.keys().map(http::HeaderName::as_str).collect();
        f.debug_struct("Incoming")
            .field("operation", &self.operation)
            .field("dialect", &self.dialect)
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &headers)
            .field("payload", &self.payload)
            .finish_non_exhaustive()
    }
}

/// The body of a call.
#[non_exhaustive]
pub enum Payload {
    /// No body.
    Empty,
    /// A JSON object, kept as it arrived.
    Json(JsonDoc),
    /// Any other body that was small enough to be kept.
    Bytes(Bytes),
    /// A body that is forwarded while it arrives. It can be sent once only.
    Stream(StreamedBody),
}

impl Payload {
    /// True if the payload can be sent again.
    pub fn is_repeatable(&self) -> bool {
        !matches!(self, Self::Stream(_))
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Json(doc) => write!(f, "Json({} bytes)", doc.len()),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Stream(_) => f.write_str("Stream"),
        }
    }
}

/// A body that can be taken once, by the attempt that sends it.
pub struct StreamedBody {
    body: Mutex<Option<BodyStream>>,
    /// The length the caller announced, in bytes.
    pub length: Option<u64>,
}

impl fmt::Debug for StreamedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamedBody").field("length", &self.length).finish_non_exhaustive()
    }
}

impl StreamedBody {
    /// Wraps a body of an announced length.
    pub fn new(body: BodyStream, length: Option<u64>) -> Self {
        Self { body: Mutex::new(Some(body)), length }
    }

    /// The body, unless an earlier attempt took it.
    pub fn take(&self) -> Option<BodyStream> {
        self.body.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
