//! Text completions.
//!
//! Facts: <https://platform.openai.com/docs/api-reference/completions>.

use airside_schema::{CodecError, FinishReason, Usage};
use airside_wire::{JsonDoc, Kind, RawJson, Str, Writer, sse};
use bytes::Bytes;

use super::answer::{self, MAX_CHOICES};
use super::produced::Produced;
use super::request::refused;
use super::stamp::Stamp;
use super::tokens::{self, Pieces};
use super::{Refused, prompt};

/// Answers a completion: each prompt comes back as its own continuation.
pub(super) fn reply(doc: &JsonDoc, stamp: &Stamp) -> Result<Produced, Refused> {
    let completion = Completion::read(doc, stamp).map_err(|error| refused(&error))?;
    if doc.get("stream").is_some_and(|stream| stream.bool() == Some(true)) {
        return Ok(Produced::Stream(Box::new(Chunks { completion, next: 0, pieces: None })));
    }
    Ok(Produced::Json(completion.complete()))
}

struct Completion {
    id: Str,
    created: u64,
    model: Str,
    choices: Vec<(Str, FinishReason)>,
    usage: Usage,
    /// A stream ends with a usage report.
    report: bool,
}

impl Completion {
    fn read(doc: &JsonDoc, stamp: &Stamp) -> Result<Self, CodecError> {
        let prompts = match present(doc, "prompt") {
            Some(raw) => prompt::texts(&raw, "prompt")?,
            None => vec![Str::from_static("")],
        };
        let times = match present(doc, "n") {
            Some(raw) => raw.u64().ok_or_else(|| CodecError::invalid("n", "an integer"))?,
            None => 1,
        };
        let wanted = times.saturating_mul(prompts.len() as u64);
        if !(1..=MAX_CHOICES).contains(&wanted) {
            return Err(CodecError::invalid("n", "1 to 128 answers to all prompts together"));
        }
        let tokens = match present(doc, "max_tokens") {
            Some(raw) => {
                raw.u64().ok_or_else(|| CodecError::invalid("max_tokens", "an integer"))?
            }
            None => u64::MAX,
        };
        let stop = stop(doc)?;
        let with_prompt = present(doc, "echo").is_some_and(|echo| echo.bool() == Some(true));
        let mut usage = Usage::default();
        let mut choices = Vec::new();
        for prompt in &prompts {
            usage.input += tokens::count(prompt);
            let (text, finish) = answer::limited(prompt, &stop, tokens);
            for _ in 0..times {
                usage.output += tokens::count(&text);
                let text =
                    if with_prompt { Str::from(format!("{prompt}{text}")) } else { text.clone() };
                choices.push((text, finish.clone()));
            }
        }
        let report = doc.get("stream_options").and_then(|options| options.get("include_usage"));
        Ok(Self {
            id: stamp.id("cmpl-"),
            created: stamp.seconds(),
            model: doc.get("model").and_then(|model| model.string()).unwrap_or_default(),
            choices,
            usage,
            report: report.is_some_and(|report| report.bool() == Some(true)),
        })
    }

    fn complete(&self) -> Bytes {
        let mut out = self.begin();
        for (index, (text, finish)) in self.choices.iter().enumerate() {
            choice(&mut out, index, text, Some(finish));
        }
        out.end_array();
        write_usage(&mut out, &self.usage);
        out.end_object();
        out.into_bytes()
    }

    /// The head of a document, up to its choices.
    fn begin(&self) -> Writer {
        let mut out = Writer::with_capacity(256);
        out.begin_object();
        out.field_string("id", &self.id);
        out.field_string("object", "text_completion");
        out.field_u64("created", self.created);
        out.field_string("model", &self.model);
        out.open_array("choices");
        out
    }
}

/// Makes the chunks of a stream: the words of each choice, then its reason.
struct Chunks {
    completion: Completion,
    /// The next choice; one more for the usage report, one more for the end.
    next: usize,
    pieces: Option<Pieces>,
}

impl Iterator for Chunks {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let completion = &self.completion;
        let index = self.next;
        let Some((text, finish)) = completion.choices.get(index) else {
            self.next += 1;
            let past = index - completion.choices.len();
            return match (past, completion.report) {
                (0, true) => {
                    let mut out = completion.begin();
                    out.end_array();
                    write_usage(&mut out, &completion.usage);
                    out.end_object();
                    Some(frame(out.into_raw().as_str()))
                }
                (0, false) | (1, true) => Some(frame("[DONE]")),
                _ => None,
            };
        };
        let pieces = self.pieces.get_or_insert_with(|| Pieces::words(text.clone()));
        let piece = pieces.next();
        let mut out = completion.begin();
        match &piece {
            Some(piece) => choice(&mut out, index, piece, None),
            None => choice(&mut out, index, "", Some(finish)),
        }
        out.end_array();
        out.end_object();
        if piece.is_none() {
            self.next += 1;
            self.pieces = None;
        }
        Some(frame(out.into_raw().as_str()))
    }
}

fn frame(data: &str) -> Bytes {
    let mut out = Vec::with_capacity(data.len() + 8);
    sse::write_data(&mut out, data);
    Bytes::from(out)
}

fn choice(out: &mut Writer, index: usize, text: &str, finish: Option<&FinishReason>) {
    out.begin_object();
    out.field_string("text", text);
    out.field_u64("index", index as u64);
    out.field_null("logprobs");
    match finish {
        None => out.field_null("finish_reason"),
        Some(FinishReason::Length) => out.field_string("finish_reason", "length"),
        Some(_) => out.field_string("finish_reason", "stop"),
    }
    out.end_object();
}

fn write_usage(out: &mut Writer, usage: &Usage) {
    out.open_object("usage");
    out.field_u64("prompt_tokens", usage.input);
    out.field_u64("completion_tokens", usage.output);
    out.field_u64("total_tokens", usage.total());
    out.end_object();
}

fn stop(doc: &JsonDoc) -> Result<Vec<Str>, CodecError> {
    let Some(raw) = present(doc, "stop") else { return Ok(Vec::new()) };
    let invalid = || CodecError::invalid("stop", "a string or an array of strings");
    if raw.kind() == Kind::String {
        return Ok(raw.string().into_iter().collect());
    }
    let items = raw.items().ok_or_else(invalid)?;
    items.iter().map(|item| item.string().ok_or_else(invalid)).collect()
}

fn present(doc: &JsonDoc, key: &str) -> Option<RawJson> {
    doc.get(key).filter(|value| !value.is_null())
}
