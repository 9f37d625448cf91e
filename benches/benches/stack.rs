//! The stack: whole calls through the gateway's HTTP service, without sockets.
//!
//! The upstream is the built-in `echo`, which is part of what is measured: it reads the request
//! and makes up an answer. So compare the figures of two builds, or of two plans here; what a call
//! costs on a wire, the load tool tells.

#![expect(clippy::expect_used, reason = "a bench that measures an error must stop")]

mod input;

use std::hint::black_box;

use airside_server::{Gateway, GatewayConfig, HttpService};
use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use http::Request;
use http_body_util::{BodyExt, Full};
use serde_json::json;
use tokio::runtime::Runtime;
use tower::ServiceExt;

use input::requests;

/// Body sizes of the calls. `echo` says the last turn of the conversation again.
const SIZES: [(&str, usize); 3] = [("1KB", 1_000), ("10KB", 10_000), ("100KB", 100_000)];

/// The echo upstream once more, under names that offer one format each: a caller who speaks the
/// other one is translated.
fn gateway() -> Gateway {
    let row = |endpoint| {
        let url = "echo://local/v1";
        json!({"base_url": url, "auth": "none", "endpoints": [endpoint]})
    };
    let rows = json!({"openai-echo": row("chat"), "anthropic-echo": row("messages")});
    let config: GatewayConfig =
        serde_json::from_value(json!({"providers": rows})).expect("a valid configuration");
    Gateway::builder(config).build().expect("a valid gateway")
}

/// One way through the gateway.
struct Way {
    name: &'static str,
    provider: &'static str,
    path: &'static str,
    body: fn(usize, bool) -> Bytes,
    stream: bool,
    /// What an answer in the caller's format holds.
    mark: &'static str,
}

const WAYS: [Way; 6] = [
    openai("verbatim", "openai-echo", false),
    openai("translated to anthropic", "anthropic-echo", false),
    anthropic("translated to openai", "openai-echo", false),
    openai("stream", "openai-echo", true),
    openai("stream translated to anthropic", "anthropic-echo", true),
    anthropic("stream translated to openai", "openai-echo", true),
];

const fn openai(name: &'static str, provider: &'static str, stream: bool) -> Way {
    let mark = if stream { "[DONE]" } else { r#""finish_reason":"stop""# };
    let body = requests::openai;
    Way { name, provider, path: "/v1/chat/completions", body, stream, mark }
}

const fn anthropic(name: &'static str, provider: &'static str, stream: bool) -> Way {
    let mark = if stream { "message_stop" } else { r#""stop_reason":"end_turn""# };
    Way { name, provider, path: "/v1/messages", body: requests::anthropic, stream, mark }
}

impl Way {
    fn request(&self, body: &Bytes) -> Request<Full<Bytes>> {
        Request::post(self.path)
            .header("content-type", "application/json")
            .header("x-airside-provider", self.provider)
            .body(Full::new(body.clone()))
            .expect("a valid request")
    }
}

async fn answer(service: &HttpService, request: Request<Full<Bytes>>) -> Bytes {
    let Ok(response) = service.clone().oneshot(request).await;
    response.into_body().collect().await.expect("a whole answer").to_bytes()
}

fn calls(criterion: &mut Criterion) {
    let runtime: Runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("the system starts a runtime");
    let service = gateway().http_service();
    let mut group = criterion.benchmark_group("call");
    for way in WAYS {
        for (size, bytes) in SIZES {
            let body = (way.body)(bytes, way.stream);
            let said = runtime.block_on(answer(&service, way.request(&body)));
            let said = String::from_utf8_lossy(&said);
            assert!(said.contains(way.mark), "{}: {said}", way.name);
            group.bench_function(BenchmarkId::new(way.name, size), |bencher| {
                bencher.iter(|| runtime.block_on(answer(&service, way.request(black_box(&body)))));
            });
        }
    }
    group.finish();
}

criterion_group! { name = benches; config = input::quick(); targets = calls }
criterion_main!(benches);
