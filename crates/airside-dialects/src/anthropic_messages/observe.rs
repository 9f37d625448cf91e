//! Looking at answers that are forwarded as they are.
//!
//! Not a decoder: cannot fail and never delays. Most chunks of a stream hold
//! nothing of interest, which three searches tell without parsing them.

use std::sync::LazyLock;

use airside_schema::Usage;
use airside_schema::codec::{Observed, StreamObserver};
use airside_wire::{JsonDoc, Limits, RawJson, Str, WireError, sse};
use bytes::Bytes;
use memchr::memmem::Finder;

use super::{finish, usage};

/// `message_start`, `message_delta` and `message_stop` as they stand in data.
static MESSAGE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"message_"));
static ERROR: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"error\""));
static CONTENT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("\"content_block_"));

/// Reads what the record needs from a complete answer.
pub(super) fn response(body: &Bytes) -> Result<Observed, WireError> {
    let reply = JsonDoc::parse(body.clone(), &Limits::default())?;
    let mut observed = Observed::default();
    let text = |key: &str| reply.get(key).and_then(|value| value.string());
    observed.model = text("model");
    observed.usage = reply.get("usage").and_then(|counts| usage::decode(&counts));
    observed.finish = text("stop_reason").map(|name| finish::decode(name, text("stop_sequence")));
    observed.fault = text("type").is_some_and(|kind| kind == "error");
    observed.content = reply.get("content").is_some();
    observed.complete = true;
    Ok(observed)
}

/// Observes one stream.
#[derive(Debug, Default)]
pub(super) struct Observer {
    observed: Observed,
    usage: Option<Usage>,
}

impl StreamObserver for Observer {
    fn frames(&mut self, whole: &Bytes) {
        if !self.observed.content && CONTENT.find(whole).is_some() {
            self.observed.content = true;
        }
        if MESSAGE.find(whole).is_none() && ERROR.find(whole).is_none() {
            return;
        }
        let mut reader = sse::Reader::with_limit(usize::MAX);
        if reader.push(whole.clone()).is_err() {
            return;
        }
        while let Some(frame) = reader.next_frame() {
            if let Some(data) = frame.data() {
                self.data(&data);
            }
        }
    }

    fn observed(&self) -> &Observed {
        &self.observed
    }
}

impl Observer {
    fn data(&mut self, data: &Str) {
        // Text may quote the names; only events that have them are parsed.
        let bytes = data.as_bytes();
        if MESSAGE.find(bytes).is_none() && ERROR.find(bytes).is_none() {
            return;
        }
        let Ok(raw) = RawJson::parse(data.clone().into_bytes()) else { return };
        let text = |raw: &RawJson, key: &str| raw.get(key).and_then(|value| value.string());
        match text(&raw, "type").as_deref() {
            Some("message_start") => {
                let Some(message) = raw.get("message") else { return };
                self.observed.model = text(&message, "model");
                self.usage(message.get("usage"));
            }
            Some("message_delta") => {
                self.usage(raw.get("usage"));
                let Some(delta) = raw.get("delta") else { return };
                if let Some(name) = text(&delta, "stop_reason") {
                    let sequence = text(&delta, "stop_sequence");
                    self.observed.finish = Some(finish::decode(name, sequence));
                }
            }
            Some("message_stop") => self.observed.complete = true,
            Some("error") => (self.observed.complete, self.observed.fault) = (true, true),
            _ => {}
        }
    }

    fn usage(&mut self, raw: Option<RawJson>) {
        let Some(counts) = raw.and_then(|raw| usage::decode(&raw)) else { return };
        let merged = usage::merge(self.usage.take(), counts);
        self.observed.usage = Some(merged.clone());
        self.usage = Some(merged);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use airside_schema::FinishReason;

    fn observed(chunks: &[&'static str]) -> Observed {
        let mut observer = Observer::default();
        for chunk in chunks {
            observer.frames(&Bytes::from_static(chunk.as_bytes()));
        }
        observer.observed().clone()
    }

    const START: &str = concat!(
        "event: message_start\n",
        r#"data: {"type":"message_start","message":{"model":"m","usage":{"input_tokens":4,"output_tokens":1}}}"#,
        "\n\n"
    );
    const TEXT: &str = concat!(
        r#"data: {"type":"content_block_delta","delta":{"text":"\"message_stop\" \"error\""}}"#,
        "\n\n"
    );
    const END: &str = concat!(
        r#"data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}"#,
        "\n\ndata: {\"type\":\"message_stop\"}\n\n"
    );

    #[test]
    fn a_whole_stream_tells_model_usage_and_finish() {
        let observed = observed(&[START, TEXT, END]);
        assert_eq!(observed.model.as_deref(), Some("m"));
        assert_eq!(observed.finish, Some(FinishReason::Stop));
        let usage = observed.usage.unwrap();
        assert_eq!((usage.input, usage.output), (4, 9));
        assert!(observed.complete && observed.content && !observed.fault);
    }

    #[test]
    fn text_that_quotes_event_names_ends_nothing() {
        let observed = observed(&[START, TEXT]);
        assert!(!observed.complete && !observed.fault);
    }

    #[test]
    fn an_error_event_completes_the_stream_as_a_fault() {
        let error = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"x\"}}\n\n";
        let observed = observed(&[START, error]);
        assert!(observed.complete && observed.fault && !observed.content);
    }

    #[test]
    fn a_complete_answer_tells_the_same() {
        let body = r#"{"type":"message","model":"m","content":[],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":2}}"#;
        let observed = response(&Bytes::from_static(body.as_bytes())).unwrap();
        assert_eq!(observed.finish, Some(FinishReason::ToolCalls));
        assert_eq!(observed.usage.map(|usage| usage.total()), Some(3));
        assert!(response(&Bytes::from_static(b"oops")).is_err());
    }
}
