//! A stream that breaks off is told as an error in the caller's dialect, wherever it breaks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use airside_testkit::{Answer, Upstream, sse};
use bytes::Bytes;

use crate::harness::{
    CALLERS, Caller, HELLO, HELLO_STREAM, Running, answer, call, gateway, stream,
};

/// How the upstream ends its stream too early.
#[derive(Debug, Clone, Copy)]
enum Ending {
    /// As if it were complete.
    Clean,
    /// The connection closes in the middle.
    Cut,
}

/// An upstream whose stream is cut where the test says.
struct Cutting {
    upstream: Upstream,
    sends: Arc<Mutex<Bytes>>,
}

impl Cutting {
    fn start(ending: Ending) -> Self {
        let sends = Arc::new(Mutex::new(Bytes::new()));
        let shared = Arc::clone(&sends);
        let upstream = Upstream::start(move |_| {
            let answer = Answer::stream().send(shared.lock().unwrap().clone());
            match ending {
                Ending::Clean => answer,
                Ending::Cut => answer.cut(),
            }
        })
        .unwrap();
        Self { upstream, sends }
    }

    /// What the caller gets if the upstream sends these bytes.
    async fn told(
        &self,
        gateway: &Running,
        (caller, provider): (Caller, Caller),
        bytes: Bytes,
    ) -> Bytes {
        *self.sends.lock().unwrap() = bytes;
        gateway.whole(call(caller, provider, &self.upstream, HELLO_STREAM)).await.body
    }
}

/// Asserts that a stream ends with an error in the caller's dialect and nothing after it.
fn assert_told(caller: Caller, body: &Bytes, what: &str) {
    let received = sse::read(body);
    assert_eq!(received.tail, None, "{what}: {body:?}");
    let (last, before) = received.events.split_last().unwrap_or_else(|| panic!("{what}: no event"));
    assert!(!caller.error(last.data.as_bytes()).is_empty(), "{what}");
    if caller == Caller::Anthropic {
        assert_eq!(last.name.as_deref(), Some("error"), "{what}");
    }
    for event in before {
        assert!(
            event.data != "[DONE]" && event.name.as_deref() != Some("message_stop"),
            "{what}: {body:?}"
        );
        assert!(!event.data.contains("\"error\""), "{what}: two errors: {body:?}");
    }
}

async fn at_every_byte(caller: Caller, provider: Caller, ending: Ending) {
    let gateway = gateway(|_| {});
    let (begin, end) = stream(provider);
    let whole = Bytes::from(begin.clone() + &end);
    let cutting = Cutting::start(ending);
    for length in 1..begin.len() {
        let body = cutting.told(&gateway, (caller, provider), whole.slice(..length)).await;
        let what = format!("{caller:?} from {provider:?}, {ending:?} after {length} bytes");
        assert_told(caller, &body, &what);
        if caller == provider {
            let told = whole.slice(..length);
            let forwarded = body.iter().zip(&told).take_while(|(one, other)| one == other).count();
            let frames = String::from_utf8_lossy(&told).rfind("\n\n").map_or(0, |at| at + 2);
            assert!(forwarded >= frames, "{what}: whole events before the cut arrive unchanged");
        }
    }
    let complete = Cutting::start(Ending::Clean);
    let body = complete.told(&gateway, (caller, provider), whole).await;
    assert!(!String::from_utf8_lossy(&body).contains("error"), "{body:?}");
}

#[tokio::test]
async fn verbatim_chat_completions_that_end_early() {
    at_every_byte(Caller::OpenAi, Caller::OpenAi, Ending::Clean).await;
}

#[tokio::test]
async fn verbatim_messages_that_end_early() {
    at_every_byte(Caller::Anthropic, Caller::Anthropic, Ending::Clean).await;
}

#[tokio::test]
async fn messages_told_as_chat_completions_that_end_early() {
    at_every_byte(Caller::OpenAi, Caller::Anthropic, Ending::Clean).await;
}

#[tokio::test]
async fn chat_completions_told_as_messages_that_end_early() {
    at_every_byte(Caller::Anthropic, Caller::OpenAi, Ending::Clean).await;
}

#[tokio::test]
async fn verbatim_chat_completions_whose_connection_breaks() {
    at_every_byte(Caller::OpenAi, Caller::OpenAi, Ending::Cut).await;
}

#[tokio::test]
async fn verbatim_messages_whose_connection_breaks() {
    at_every_byte(Caller::Anthropic, Caller::Anthropic, Ending::Cut).await;
}

#[tokio::test]
async fn messages_told_as_chat_completions_whose_connection_breaks() {
    at_every_byte(Caller::OpenAi, Caller::Anthropic, Ending::Cut).await;
}

#[tokio::test]
async fn chat_completions_told_as_messages_whose_connection_breaks() {
    at_every_byte(Caller::Anthropic, Caller::OpenAi, Ending::Cut).await;
}

#[tokio::test]
async fn a_stream_of_no_bytes_is_an_error_too() {
    let gateway = gateway(|_| {});
    for (caller, provider) in CALLERS.into_iter().flat_map(|one| CALLERS.map(|other| (one, other)))
    {
        let cutting = Cutting::start(Ending::Clean);
        let body = cutting.told(&gateway, (caller, provider), Bytes::new()).await;
        assert_told(caller, &body, &format!("{caller:?} from {provider:?}"));
    }
}

#[tokio::test]
async fn a_reset_is_told_like_any_other_end() {
    let gateway = gateway(|_| {});
    for (caller, provider) in CALLERS.into_iter().flat_map(|one| CALLERS.map(|other| (one, other)))
    {
        let (begin, _) = stream(provider);
        let gate = airside_testkit::Gate::default();
        let held = gate.clone();
        let upstream =
            Upstream::start(move |_| Answer::stream().send(begin.clone()).wait(&held).reset())
                .unwrap();
        let mut reply = gateway.send(call(caller, provider, &upstream, HELLO_STREAM)).await;
        let begun = reply.until("Gr").await.unwrap();
        gate.open();
        let rest = reply.whole().await.unwrap().body;
        assert_told(caller, &Bytes::from([begun.into_bytes(), rest.to_vec()].concat()), "a reset");
    }
}

#[tokio::test]
async fn a_document_that_breaks_off_is_a_bad_gateway() {
    let gateway = gateway(|_| {});
    for (caller, provider) in CALLERS.into_iter().flat_map(|one| CALLERS.map(|other| (one, other)))
    {
        let length = Arc::new(AtomicUsize::new(0));
        let shared = Arc::clone(&length);
        let upstream = Upstream::start(move |_| {
            Answer::json(200, &answer(provider).as_bytes()[..shared.load(Ordering::Relaxed)])
        })
        .unwrap();
        for cut in 0..answer(provider).len() {
            length.store(cut, Ordering::Relaxed);
            let reply = gateway.whole(call(caller, provider, &upstream, HELLO)).await;
            assert_eq!(reply.status, 502, "{caller:?} from {provider:?}, {cut} bytes");
            caller.error(&reply.body);
        }
    }
}
