//! A fallback between two clients of one's own, inside a service that exists already.
//!
//! Only `call` and `router`: no HTTP server, no provider table, no configuration file. A leaf is
//! any tower service that answers a `Call`; here it would be the client the service uses today.
//!
//! ```sh
//! cargo run -p airside --example fallback_in_a_service
//! ```

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::future::{Ready, ready};
use std::task::{self, Poll};

use airside::call::{
    BoxCall, Call, CallError, Clock, Context, ErrorKind, Incoming, Payload, Reply, ReplyBody,
};
use airside::router::{Kind, Node, RetryPolicy, RouteSpec, compile};
use airside::schema::{DialectId, Operation};
use airside::wire::{JsonDoc, Limits, Str};
use http::StatusCode;
use tower::{Service, ServiceExt};

/// The client the service has for one region. This one is out of order in the first region.
#[derive(Clone)]
struct RegionClient {
    region: &'static str,
}

impl Service<Call> for RegionClient {
    type Response = Reply;
    type Error = CallError;
    type Future = Ready<Result<Reply, CallError>>;

    /// Leaves are always ready: whether a call can be served, only the call tells.
    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> Poll<Result<(), CallError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, call: Call) -> Self::Future {
        println!("{}: asked for {}", self.region, call.model().unwrap_or_default());
        ready(match self.region {
            // The kind decides whether another try makes sense, and what the caller is told.
            "eu" => Err(CallError::new(ErrorKind::UpstreamFailed, "the region eu is down")),
            region => {
                let answer = format!(r#"{{"answered_by":"{region}"}}"#);
                Ok(Reply::new(StatusCode::OK, ReplyBody::Raw(answer.into())))
            }
        })
    }
}

/// First `eu`, once more after a failure there, then `us`.
fn route() -> RouteSpec<&'static str> {
    let eu = Node::target("route.eu", "eu").with_retry(RetryPolicy::new(1));
    let us = Node::target("route.us", "us");
    // `None`: every status from 400 on is a failure.
    RouteSpec::new(Node::new("route", Kind::Fallback { on_status_codes: None, of: vec![eu, us] }))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // What a target is, is up to you: here the name of a region.
    let leaves = |region: &&'static str, _path: &Str| Ok(BoxCall::new(RegionClient { region }));
    let service = compile(&route(), &leaves)?;

    let doc = JsonDoc::parse(r#"{"model":"small","messages":[]}"#.into(), &Limits::default())?;
    let dialect = DialectId::OPENAI_CHAT;
    let mut incoming =
        Incoming::new(Operation::Chat, dialect, "/chat/completions", Payload::Json(doc));
    incoming.envelope.model = Some("small".into());
    let call = Call::new(incoming, Context::new("request-1", Clock::system()));

    // The compiled tree is a tower service: put timeouts, limits or a log around it as usual.
    let reply = service.oneshot(call).await?;
    let ReplyBody::Raw(body) = reply.body else { return Err("a whole answer was expected".into()) };
    println!("{} {}", reply.status, str::from_utf8(&body)?);
    assert_eq!(body, r#"{"answered_by":"us"}"#);
    Ok(())
}
