//! What the micro benches work on: conversations of any size in both chat formats, made by code
//! from a few sentences of ordinary prose, escapes included.
//!
//! Not recorded traffic and not random. The invariant: equal arguments give equal bytes, so that
//! the figures of two runs are of the same work.

#![allow(dead_code, reason = "each bench is a crate of its own and uses a part of this")]

pub(crate) mod frames;
pub(crate) mod replies;
pub(crate) mod requests;

use std::time::Duration;

use airside_wire::{JsonDoc, Limits};
use bytes::Bytes;
use criterion::Criterion;
use serde_json::Value;

/// Sizes of documents, in bytes, and how the tables name them.
pub(crate) const SIZES: [(&str, usize); 5] = [
    ("1KB", 1_000),
    ("10KB", 10_000),
    ("100KB", 100_000),
    ("1MB", 1_000_000),
    ("10MB", 10_000_000),
];

/// A paragraph with the escapes that JSON parsers trip over.
const PROSE: &str = "Please compare the two reports and name the figures that changed. The paragraph \
    beginning with \"As agreed in the meeting\" says 4.2 million, the table below it 4.7;\n\tone of \
    them must be a slip of the pen, perhaps in the caf\u{e9} on the way \u{2192} ask Ren\u{e9}e. \
    Keep the headings, quote the sentence you would change, then give your version.\n";

/// Settings under which all four benches together take less than two minutes.
pub(crate) fn quick() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .without_plots()
}

/// Prose of about so many bytes.
fn prose(bytes: usize) -> String {
    PROSE.chars().cycle().take(bytes).collect()
}

/// Parses a body; the benches make no invalid ones.
pub(crate) fn document(body: &Bytes) -> JsonDoc {
    JsonDoc::parse(body.clone(), &Limits::default()).expect("inputs are JSON objects")
}

fn to_bytes(value: &Value) -> Bytes {
    value.to_string().into()
}
