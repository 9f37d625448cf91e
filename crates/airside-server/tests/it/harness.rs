//! What every test needs: a running gateway, requests, and errors in both dialects.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use airside_server::{Gateway, GatewayConfig, ServerError};
use airside_telemetry::sinks::Memory;
use airside_telemetry::{CallRecord, Pipeline, PipelineConfig};
use airside_testkit::Upstream;
use airside_testkit::client::{self, Reply, Whole};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::Value;

/// A gateway with one worker on a free port. Dropping it drains it.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) gateway: Arc<Gateway>,
    records: Memory,
    thread: Option<JoinHandle<Result<(), ServerError>>>,
}

/// The two dialects callers speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    OpenAi,
    Anthropic,
}

pub(crate) const CALLERS: [Caller; 2] = [Caller::OpenAi, Caller::Anthropic];

impl Caller {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::OpenAi => "/v1/chat/completions",
            Self::Anthropic => "/v1/messages",
        }
    }

    pub(crate) fn provider(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
        }
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::OpenAi => Self::Anthropic,
            Self::Anthropic => Self::OpenAi,
        }
    }

    /// The message of an error in this dialect; fails if it has another shape.
    pub(crate) fn error(self, body: &[u8]) -> String {
        let json: Value = serde_json::from_slice(body)
            .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(body)));
        if self == Self::Anthropic {
            assert_eq!(json["type"], "error", "{json}");
        }
        assert!(json["error"]["type"].is_string(), "{json}");
        json["error"]["message"].as_str().unwrap_or_else(|| panic!("no message: {json}")).to_owned()
    }
}

/// Starts a gateway.
pub(crate) fn gateway(edit: impl FnOnce(&mut GatewayConfig)) -> Running {
    let mut config = GatewayConfig::default();
    config.listen.host = "127.0.0.1".into();
    config.listen.port = 0;
    config.listen.workers = 1;
    config.listen.drain_timeout_ms = 1_000;
    edit(&mut config);
    let records = Memory::new(1000);
    let sinks: Vec<Box<dyn airside_telemetry::Sink>> = vec![Box::new(records.clone())];
    let pipeline = Pipeline::start(&PipelineConfig::default(), sinks).unwrap();
    let gateway = Arc::new(Gateway::builder(config).pipeline(pipeline).build().unwrap());
    let listeners = gateway.bind().unwrap();
    let address = listeners[0].local_addr().unwrap();
    let serving = Arc::clone(&gateway);
    let thread = Some(std::thread::spawn(move || serving.serve(listeners)));
    Running { address, gateway, records, thread }
}

impl Running {
    pub(crate) async fn send(&self, request: Request<Full<Bytes>>) -> Reply {
        client::send(self.address, request).await.unwrap()
    }

    pub(crate) async fn whole(&self, request: Request<Full<Bytes>>) -> Whole {
        self.send(request).await.whole().await.unwrap()
    }

    /// True if the gateway still answers.
    pub(crate) async fn lives(&self) -> bool {
        let request = Request::get("/livez").body(Full::default()).unwrap();
        self.whole(request).await.status.is_success()
    }

    /// Drains the gateway and gives the records of its calls.
    pub(crate) fn ended(mut self) -> Vec<CallRecord> {
        self.end();
        self.records.records()
    }

    fn end(&mut self) {
        self.gateway.drain().start();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap().unwrap();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.end();
        }
    }
}

/// A call of `caller` to `provider`, which is the scripted upstream.
pub(crate) fn call(
    caller: Caller,
    provider: Caller,
    upstream: &Upstream,
    body: impl Into<Bytes>,
) -> Request<Full<Bytes>> {
    Request::post(caller.path())
        .header("content-type", "application/json")
        .header("authorization", "Bearer sk-test")
        .header("x-airside-provider", provider.provider())
        .header("x-airside-custom-host", format!("{}/v1", upstream.url()))
        .body(Full::new(body.into()))
        .unwrap()
}

/// A request that is valid in both dialects.
pub(crate) const HELLO: &str =
    r#"{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hello"}]}"#;

/// The same with a stream.
pub(crate) const HELLO_STREAM: &str =
    r#"{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"Hello"}]}"#;

/// A complete answer in the dialect of a provider.
pub(crate) fn answer(provider: Caller) -> &'static str {
    match provider {
        Caller::OpenAi => concat!(
            r#"{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"m","#,
            r#""choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"#,
            r#""finish_reason":"stop"}],"usage":{"prompt_tokens":2,"completion_tokens":1,"#,
            r#""total_tokens":3}}"#
        ),
        Caller::Anthropic => concat!(
            r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","#,
            r#""content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn","#,
            r#""stop_sequence":null,"usage":{"input_tokens":2,"output_tokens":1}}"#
        ),
    }
}

/// A streamed answer in the dialect of a provider: what comes before the event that completes
/// it, and the rest.
pub(crate) fn stream(provider: Caller) -> (String, String) {
    match provider {
        Caller::OpenAi => {
            let chunk = |choice: &str| {
                format!(
                    "data: {{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\
                     \"model\":\"m\",\"choices\":[{{\"index\":0,{choice}}}]}}\n\n"
                )
            };
            let begin =
                chunk(r#""delta":{"role":"assistant","content":"Grüße"},"finish_reason":null"#)
                    + &chunk(r#""delta":{"content":" \n!"},"finish_reason":null"#);
            let end = chunk(r#""delta":{},"finish_reason":"stop""#) + "data: [DONE]\n\n";
            (begin, end)
        }
        Caller::Anthropic => {
            let event = |name: &str, rest: &str| {
                format!("event: {name}\ndata: {{\"type\":\"{name}\"{rest}}}\n\n")
            };
            let message = r#","message":{"id":"m","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":2,"output_tokens":1}}"#;
            let begin = event("message_start", message)
                + &event(
                    "content_block_start",
                    r#","index":0,"content_block":{"type":"text","text":""}"#,
                )
                + &event(
                    "content_block_delta",
                    r#","index":0,"delta":{"type":"text_delta","text":"Grüße \n!"}"#,
                )
                + &event("content_block_stop", r#","index":0"#)
                + &event(
                    "message_delta",
                    r#","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":3}"#,
                );
            (begin, event("message_stop", ""))
        }
    }
}
