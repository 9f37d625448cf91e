//! Looking at replies that pass.

use airside_schema::codec::{Observed, StreamObserver};
use airside_schema::{DialectId, FinishReason, Usage};
use airside_wire::{RawJson, WireError, sse};
use bytes::Bytes;
use memchr::memmem;

/// Events after which nothing follows, and one that carries the first content.
const TERMINAL: [&str; 4] =
    ["response.completed", "response.incomplete", "response.failed", "error"];

/// Observes a streamed reply.
#[derive(Debug, Default)]
pub(crate) struct Observer {
    observed: Observed,
}

impl StreamObserver for Observer {
    fn frames(&mut self, whole: &Bytes) {
        self.observed.content |= memmem::find(whole, b".delta\"").is_some();
        let terminal = TERMINAL.iter().any(|name| memmem::find(whole, name.as_bytes()).is_some());
        if !terminal {
            return;
        }
        let mut reader = sse::Reader::with_limit(usize::MAX);
        if reader.push(whole.clone()).is_err() {
            return;
        }
        while let Some(frame) = reader.next_frame().or_else(|| reader.finish()) {
            self.frame(&frame);
        }
    }

    fn observed(&self) -> &Observed {
        &self.observed
    }
}

impl Observer {
    fn frame(&mut self, frame: &sse::Frame) {
        let Some(event) = frame.data().and_then(|data| RawJson::parse(data.into_bytes()).ok())
        else {
            return;
        };
        let Some(name) = event.get("type").and_then(|name| name.string()) else { return };
        if !TERMINAL.contains(&&*name) {
            return;
        }
        self.observed.complete = true;
        self.observed.fault = matches!(&*name, "error" | "response.failed");
        if let Some(response) = event.get("response") {
            read(&response, &mut self.observed);
        }
    }
}

/// Observes a complete reply.
pub(crate) fn observe_response(body: &Bytes) -> Result<Observed, WireError> {
    let mut observed = Observed::default();
    read(&RawJson::parse(body.clone())?, &mut observed);
    Ok(observed)
}

fn read(response: &RawJson, observed: &mut Observed) {
    observed.model = response.get("model").and_then(|model| model.string());
    observed.usage = response.get("usage").as_ref().and_then(usage);
    let status = response.get("status").and_then(|status| status.string());
    let reason = response.pointer("/incomplete_details/reason").and_then(|reason| reason.string());
    observed.finish = match (status.as_deref(), reason.as_deref()) {
        (Some("completed"), _) => Some(FinishReason::Stop),
        (Some("failed"), _) => Some(FinishReason::Error),
        (_, Some("max_output_tokens")) => Some(FinishReason::Length),
        (_, Some("content_filter")) => Some(FinishReason::ContentFilter),
        _ => None,
    };
}

fn usage(raw: &RawJson) -> Option<Usage> {
    let count = |pointer: &str| raw.pointer(pointer).and_then(|count| count.u64());
    let mut usage = Usage::new(count("/input_tokens")?, count("/output_tokens")?);
    usage.cache_read = count("/input_tokens_details/cached_tokens");
    usage.reasoning = count("/output_tokens_details/reasoning_tokens");
    usage.total = count("/total_tokens");
    usage.raw = Some((DialectId::OPENAI_RESPONSES, raw.clone()));
    Some(usage)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPLETED: &str = concat!(
        "event: response.completed\n",
        r#"data: {"type":"response.completed","response":{"model":"m-1","status":"completed","#,
        r#""usage":{"input_tokens":7,"input_tokens_details":{"cached_tokens":2},"#,
        r#""output_tokens":3,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":10}}}"#,
        "\n\n"
    );

    #[test]
    fn the_completed_event_tells_usage_and_ends_the_stream() {
        let mut observer = Observer::default();
        observer
            .frames(&Bytes::from_static(b"data: {\"type\":\"response.output_text.delta\"}\n\n"));
        assert!(observer.observed().content && !observer.observed().complete);
        observer.frames(&Bytes::from_static(COMPLETED.as_bytes()));
        let observed = observer.observed();
        assert!(observed.complete && !observed.fault);
        let usage = observed.usage.as_ref().unwrap();
        assert_eq!((usage.input, usage.output, usage.total), (7, 3, Some(10)));
        assert_eq!((usage.cache_read, usage.reasoning), (Some(2), Some(1)));
    }

    #[test]
    fn text_that_only_mentions_an_event_does_not_end_the_stream() {
        let mut observer = Observer::default();
        let frame = br#"data: {"type":"response.output_text.delta","delta":"response.completed"}"#;
        observer.frames(&Bytes::from_static(frame));
        assert!(!observer.observed().complete);
    }
}
