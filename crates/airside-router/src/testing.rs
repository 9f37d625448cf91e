//! Scripted leaves and calls for the tests of this crate.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use airside_call::{
    BoxCall, Call, CallError, Clock, Context, ErrorKind, Incoming, Payload, Reply, ReplyBody,
    StreamedBody, UpstreamFault,
};
use airside_schema::{DialectId, Fault, FaultKind, Operation};
use airside_wire::{JsonDoc, Limits, RawJson, Str};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::time::Instant;

use crate::{Kind, Node, PatternAllowance, Predicate};

/// The calendar time of every test call, in seconds since 1970.
pub(crate) const NOW: u64 = 1_800_000_000;

/// What one attempt is answered with.
#[derive(Clone)]
enum Step {
    Status(u16, HeaderMap),
    Fails(CallError),
}

/// A leaf that answers by script and writes down when it was called. The last step repeats.
#[derive(Clone)]
pub(crate) struct Script {
    name: &'static str,
    steps: Arc<Mutex<VecDeque<Step>>>,
    calls: Arc<Mutex<Vec<Instant>>>,
}

impl Script {
    fn of(steps: impl IntoIterator<Item = Step>) -> Self {
        let steps = Arc::new(Mutex::new(steps.into_iter().collect()));
        Self { name: "the upstream", steps, calls: Arc::default() }
    }

    /// Answers with these statuses.
    pub(crate) fn new(statuses: &[u16]) -> Self {
        Self::of(statuses.iter().map(|status| Step::Status(*status, HeaderMap::new())))
    }

    /// Answers with a status and one header, then with 200.
    pub(crate) fn hinting(status: u16, headers: &[(&'static str, &str)]) -> Self {
        let headers = headers.iter().map(|(name, value)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header"))
        });
        Self::of([Step::Status(status, headers.collect()), Step::Status(200, HeaderMap::new())])
    }

    /// Fails with an error of this kind every time.
    pub(crate) fn failing(kind: ErrorKind) -> Self {
        Self::failing_with(CallError::new(kind, "scripted"))
    }

    /// Fails with this error every time.
    pub(crate) fn failing_with(error: CallError) -> Self {
        Self::of([Step::Fails(error)])
    }

    /// Names the leaf in its error messages.
    pub(crate) fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// How often it was called.
    pub(crate) fn calls(&self) -> usize {
        self.calls.lock().expect("not poisoned").len()
    }

    /// Milliseconds from the first call to each further one.
    pub(crate) fn times(&self) -> Vec<u128> {
        let calls = self.calls.lock().expect("not poisoned");
        calls.iter().skip(1).map(|at| at.duration_since(calls[0]).as_millis()).collect()
    }

    pub(crate) fn service(&self) -> BoxCall {
        let this = self.clone();
        BoxCall::new(tower::service_fn(move |_: Call| std::future::ready(this.answer())))
    }

    fn answer(&self) -> Result<Reply, CallError> {
        self.calls.lock().expect("not poisoned").push(Instant::now());
        let mut steps = self.steps.lock().expect("not poisoned");
        let step = if steps.len() > 1 { steps.pop_front() } else { steps.front().cloned() };
        let (status, headers) = match step.expect("a script has steps") {
            Step::Fails(error) => return Err(error),
            Step::Status(status, headers) => {
                (StatusCode::from_u16(status).expect("valid"), headers)
            }
        };
        if status.as_u16() < 400 {
            let mut reply = Reply::new(status, ReplyBody::Raw("{}".into()));
            reply.headers = headers;
            return Ok(reply);
        }
        let body = "{}".into();
        let (dialect, provider) = (None, Str::from("test"));
        let fault =
            Fault::new(FaultKind::Api, format!("{} answered {}", self.name, status.as_u16()));
        Err(CallError::upstream(UpstreamFault { status, headers, body, dialect, provider }, fault))
    }
}

pub(crate) fn context() -> Context {
    Context::new("test", Clock::fixed(NOW))
}

pub(crate) fn call_in(context: Context) -> Call {
    let (operation, dialect) = (Operation::Chat, DialectId::OPENAI_CHAT);
    Call::new(Incoming::new(operation, dialect, "/chat/completions", Payload::Empty), context)
}

pub(crate) fn call() -> Call {
    call_in(context())
}

/// A call whose body is forwarded while it arrives.
pub(crate) fn streamed() -> Call {
    let body = Box::pin(futures_util::stream::empty());
    let payload = Payload::Stream(StreamedBody::new(body, None));
    let incoming = Incoming::new(Operation::Chat, DialectId::OPENAI_CHAT, "/files", payload);
    Call::new(incoming, context())
}

pub(crate) fn call_with(path: &'static str, params: &str, metadata: &str) -> Call {
    let doc = JsonDoc::parse(params.to_owned().into(), &Limits::default()).expect("an object");
    let payload = Payload::Json(doc);
    let mut context = context();
    context.metadata = Some(RawJson::parse(metadata.to_owned()).expect("JSON"));
    Call::new(Incoming::new(Operation::Chat, DialectId::OPENAI_CHAT, path, payload), context)
}

pub(crate) fn call_with_params(params: &str) -> Call {
    call_with("/chat/completions", params, "{}")
}

pub(crate) fn predicate(query: &str) -> Predicate {
    let query = RawJson::parse(query.to_owned()).expect("JSON");
    Predicate::parse(&query, &mut PatternAllowance::default()).expect("a valid query")
}

pub(crate) fn fallback<T>(path: &'static str, of: Vec<Node<T>>) -> Node<T> {
    Node::new(path, Kind::Fallback { on_status_codes: None, of })
}

pub(crate) fn status_of(result: &Result<Reply, CallError>) -> u16 {
    crate::policy::status(result)
}

pub(crate) fn message_of(result: &Result<Reply, CallError>) -> &str {
    result.as_ref().expect_err("an error").message()
}
