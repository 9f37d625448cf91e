//! A bug in one call ends neither its connection nor the process.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::Request;
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use tower::ServiceExt;

use crate::harness::gateway;

/// A request's body that panics when it is read, as a bug would.
struct Panics;

impl Body for Panics {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        panic!("a bug with the secret sk-in-a-panic")
    }
}

#[tokio::test]
async fn a_panic_is_answered_with_an_error_and_the_service_goes_on() {
    let gateway = gateway(|_| {});
    let service = gateway.gateway.http_service();
    let request = Request::post("/v1/chat/completions").body(Panics).unwrap();
    let response = service.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 500);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body = String::from_utf8_lossy(&body);
    assert!(body.contains("error") && !body.contains("sk-in-a-panic"), "{body}");

    let request = Request::get("/livez").body(Full::<Bytes>::default()).unwrap();
    assert_eq!(service.oneshot(request).await.unwrap().status(), 200);
    let records = gateway.ended();
    assert!(records.iter().any(|record| record.status == 500), "the failed call has a record");
}
