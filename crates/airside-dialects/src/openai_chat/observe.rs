//! Looking at replies that are forwarded as they are.
//!
//! A chunk is searched for the few words that matter and parsed only when one
//! occurs. Text cannot fake them: a quote within a JSON string is escaped, so
//! `"usage"` in quotes is always a key or a whole string.

use std::sync::LazyLock;

use airside_schema::FinishReason;
use airside_schema::codec::{Observed, StreamObserver};
use airside_wire::{JsonDoc, Limits, RawJson, Str, WireError, sse};
use bytes::Bytes;
use memchr::memmem::Finder;

use super::{finish, usage};

/// Reads what the record needs from a complete reply.
pub(super) fn response(body: &Bytes) -> Result<Observed, WireError> {
    let reply = JsonDoc::parse(body.clone(), &Limits::default())?;
    let mut observed = Observed::default();
    observed.model = reply.get("model").and_then(|model| model.string());
    observed.usage = reply.get("usage").and_then(|counts| usage::observe(&counts));
    let choices = reply.get("choices");
    observed.content = choices.as_ref().is_some_and(|choices| choices.as_str() != "[]");
    observed.finish = choices.and_then(|choices| first_reason(choices.as_str().as_bytes()));
    observed.fault = reply.get("error").is_some_and(|error| !error.is_null());
    observed.complete = observed.finish.is_some() || observed.fault;
    Ok(observed)
}

/// The first finish reason in the text of the choices, found by searching: a
/// quote within a string is escaped, so the quoted word before a colon is a key.
fn first_reason(choices: &[u8]) -> Option<FinishReason> {
    let key = &WORDS.finish;
    key.find_iter(choices).find_map(|at| {
        let rest = choices.get(at + key.needle().len()..)?.trim_ascii_start();
        let rest = rest.strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")?;
        let end = memchr::memchr(b'"', rest)?;
        let reason = std::str::from_utf8(rest.get(..end)?).ok()?;
        (!reason.is_empty()).then(|| finish::decode(&Str::from(reason)))
    })
}

fn text(raw: &RawJson, key: &str) -> Option<Str> {
    raw.get(key)?.string().filter(|text| !text.is_empty())
}

/// The observer of one stream.
#[derive(Debug, Default)]
pub(super) struct Observer {
    seen: Observed,
    /// How many chunks were read for the model's name.
    asked: u8,
}

/// The model is told by one of the first chunks or by none.
const ASK: u8 = 8;

struct Words {
    usage: Finder<'static>,
    finish: Finder<'static>,
    error: Finder<'static>,
    done: Finder<'static>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| Words {
    usage: Finder::new(b"\"usage\""),
    finish: Finder::new(b"\"finish_reason\""),
    error: Finder::new(b"\"error\""),
    done: Finder::new(b"[DONE]"),
});

impl StreamObserver for Observer {
    fn frames(&mut self, whole: &Bytes) {
        if self.is_news(whole) {
            let mut reader = sse::Reader::new();
            if reader.push(whole.clone()).is_err() {
                return;
            }
            while let Some(frame) = reader.next_frame() {
                self.frame(&frame);
            }
            if let Some(frame) = reader.finish() {
                self.frame(&frame);
            }
        }
    }

    fn observed(&self) -> &Observed {
        &self.seen
    }
}

impl Observer {
    /// True if the bytes may say something that is not known yet.
    fn is_news(&self, whole: &[u8]) -> bool {
        let words = &*WORDS;
        (self.seen.model.is_none() && self.asked < ASK)
            || !self.seen.content
            || has_value(whole, &words.finish, b'"')
            || has_value(whole, &words.usage, b'{')
            || words.error.find(whole).is_some()
            || words.done.find(whole).is_some()
    }

    fn frame(&mut self, frame: &sse::Frame) {
        let Some(data) = frame.data() else { return };
        let is_error = frame.event().as_deref() == Some("error");
        if data.trim() == "[DONE]" {
            self.seen.complete = true;
            return;
        }
        let Ok(raw) = RawJson::parse(data.into_bytes()) else { return };
        if is_error || raw.get("error").is_some_and(|error| !error.is_null()) {
            self.seen.fault = true;
            self.seen.complete = true;
            return;
        }
        if self.seen.model.is_none() {
            self.asked = self.asked.saturating_add(1);
            self.seen.model = text(&raw, "model");
        }
        for choice in raw.get("choices").iter().filter_map(RawJson::iter_items).flatten() {
            self.choice(&choice);
        }
        self.usage(raw.get("usage"));
    }

    fn choice(&mut self, choice: &RawJson) {
        if !self.seen.content {
            self.seen.content = choice.get("delta").is_some_and(|delta| has_content(&delta));
        }
        if let Some(reason) = text(choice, "finish_reason") {
            self.seen.complete = true;
            self.seen.finish.get_or_insert_with(|| finish::decode(&reason));
        }
        self.usage(choice.get("usage"));
    }

    fn usage(&mut self, raw: Option<RawJson>) {
        if let Some(usage) = raw.and_then(|raw| usage::observe(&raw)) {
            self.seen.usage = Some(usage);
        }
    }
}

/// True if the word occurs as a key whose value begins with that byte.
fn has_value(whole: &[u8], word: &Finder<'_>, begins: u8) -> bool {
    word.find_iter(whole).any(|at| {
        let rest = whole.get(at + word.needle().len()..).unwrap_or_default();
        let mut rest = rest.iter().skip_while(|byte| matches!(byte, b':' | b' ' | b'\t'));
        rest.next() == Some(&begins)
    })
}

/// True if a delta says anything but whose turn it is.
fn has_content(delta: &RawJson) -> bool {
    let Some(fields) = delta.object() else { return false };
    let says = |(key, value): &(Str, RawJson)| {
        !matches!(&**key, "role") && !matches!(value.as_str(), "null" | "\"\"" | "[]" | "{}")
    };
    fields.iter().any(says)
}
