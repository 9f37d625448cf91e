//! The service: picks the dialect by path, answers from a cache of rendered bytes, and tells
//! anything it does not know how many bytes it sent.

use std::cell::RefCell;
use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::service::Service;
use hyper::{Request, Response, StatusCode};
use serde_json::json;

use crate::body::{Recording, ReplyBody};
use crate::dialect::Dialect;
use crate::request::{Ask, Delivery};
use crate::script::Script;

/// Rendered answers kept per thread. A load test uses a handful; a client that invents model
/// names starts the cache anew instead of filling the memory.
const CACHED_ANSWERS: usize = 64;

/// The mock's service. Clones share their cache; each thread has its own.
#[derive(Clone, Default)]
pub struct Mock {
    cache: Rc<RefCell<HashMap<Key, Answer>>>,
}

#[derive(PartialEq, Eq, Hash)]
struct Key {
    dialect: Dialect,
    delivery: Delivery,
    script: Script,
    model: String,
}

#[derive(Clone)]
enum Answer {
    Unary(Bytes),
    Stream(Rc<Recording>),
}

impl Mock {
    /// A mock with an empty cache.
    pub fn new() -> Self {
        Self::default()
    }

    async fn answer(self, request: Request<Incoming>) -> Response<ReplyBody> {
        let (head, body) = request.into_parts();
        let Ok(body) = body.collect().await else {
            return error("the body was cut short");
        };
        let body = body.to_bytes();
        let Some(dialect) = Dialect::of_path(head.uri.path()) else {
            return echo(&head, &body);
        };
        let Ask { model, script, delivery } = match Ask::read(&head, &body) {
            Ok(ask) => ask,
            Err(reason) => return error(&reason),
        };
        match self.recall(Key { dialect, delivery, script, model }) {
            Answer::Unary(bytes) => {
                if script.delay > Duration::ZERO {
                    tokio::time::sleep(script.delay).await;
                }
                respond("application/json", ReplyBody::whole(bytes))
            }
            Answer::Stream(recording) => {
                let body = ReplyBody::stream(recording, script.delay);
                respond("text/event-stream; charset=utf-8", body)
            }
        }
    }

    fn recall(&self, key: Key) -> Answer {
        let mut cache = self.cache.borrow_mut();
        if let Some(answer) = cache.get(&key) {
            return answer.clone();
        }
        let Key { dialect, delivery, script, ref model } = key;
        let answer = match delivery {
            Delivery::Unary => Answer::Unary(dialect.unary(script, model)),
            Delivery::Stream => Answer::Stream(Rc::new(dialect.stream(script, model, false))),
            Delivery::StreamWithUsage => {
                Answer::Stream(Rc::new(dialect.stream(script, model, true)))
            }
        };
        if cache.len() >= CACHED_ANSWERS {
            cache.clear();
        }
        cache.insert(key, answer.clone());
        answer
    }
}

impl Service<Request<Incoming>> for Mock {
    type Response = Response<ReplyBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>>>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let mock = self.clone();
        Box::pin(async move { Ok(mock.answer(request).await) })
    }
}

impl fmt::Debug for Mock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Mock").finish_non_exhaustive()
    }
}

fn respond(content_type: &'static str, body: ReplyBody) -> Response<ReplyBody> {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn echo(head: &Parts, body: &Bytes) -> Response<ReplyBody> {
    let echo = json!({
        "method": head.method.as_str(),
        "path": head.uri.path(),
        "bytes": body.len(),
    });
    respond("application/json", ReplyBody::whole(echo.to_string().into()))
}

/// A refusal, in the shape both dialects share closely enough.
fn error(reason: &str) -> Response<ReplyBody> {
    let error = json!({
        "type": "error",
        "error": { "type": "invalid_request_error", "message": format!("mock-upstream: {reason}") },
    });
    let mut response = respond("application/json", ReplyBody::whole(error.to_string().into()));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}
