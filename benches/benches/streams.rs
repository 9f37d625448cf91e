//! Streams: what one 260-byte chunk costs on its way through.
//!
//! A verbatim stream is cut at frame boundaries and observed; a translated one is decoded into
//! events and encoded again. Each iteration is a whole stream with coders of its own, and the
//! throughput counts its content chunks, so its inverse is the cost of a chunk.

#![expect(clippy::expect_used, reason = "a bench that measures an error must stop")]

mod input;

use std::hint::black_box;

use airside_dialects::{anthropic_messages, openai_chat};
use airside_schema::codec::{ChatEgress, ChatIngress, Memo, ReplyCx};
use airside_schema::{Event, LossReport};
use airside_wire::sse::Boundary;
use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use input::frames::{self, CHUNKS};

/// An upstream's format and the caller's other one.
struct Direction {
    upstream: &'static str,
    caller: &'static str,
    egress: &'static dyn ChatEgress,
    ingress: &'static dyn ChatIngress,
    stream: fn() -> Vec<Bytes>,
}

const DIRECTIONS: [Direction; 2] = [
    Direction {
        upstream: "openai",
        caller: "anthropic",
        egress: &openai_chat::EGRESS,
        ingress: &anthropic_messages::INGRESS,
        stream: frames::openai,
    },
    Direction {
        upstream: "anthropic",
        caller: "openai",
        egress: &anthropic_messages::EGRESS,
        ingress: &openai_chat::INGRESS,
        stream: frames::anthropic,
    },
];

fn streams(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("stream");
    group.throughput(Throughput::Elements(CHUNKS as u64));
    for direction in DIRECTIONS {
        let Direction { upstream, caller, egress, .. } = direction;
        let chunks = (direction.stream)();
        group.bench_function(format!("boundary, {upstream}"), |bencher| {
            bencher.iter(|| cut(black_box(&chunks)));
        });
        assert!(observe(egress, &chunks), "the observer sees the end");
        group.bench_function(format!("observer, {upstream}"), |bencher| {
            bencher.iter(|| observe(egress, black_box(&chunks)));
        });
        assert!(direction.translate(&chunks).len() > CHUNKS * 50, "every chunk is written");
        group.bench_function(format!("translated, {upstream} to {caller}"), |bencher| {
            bencher.iter(|| direction.translate(black_box(&chunks)));
        });
    }
    group.finish();
}

fn cut(chunks: &[Bytes]) -> usize {
    let mut boundary = Boundary::new();
    let whole = |chunk: &Bytes| boundary.push(chunk.clone()).expect("frames are short").len();
    chunks.iter().map(whole).sum()
}

fn observe(egress: &dyn ChatEgress, chunks: &[Bytes]) -> bool {
    let mut observer = egress.stream_observer();
    for chunk in chunks {
        observer.frames(chunk);
    }
    observer.observed().complete
}

impl Direction {
    fn translate(&self, chunks: &[Bytes]) -> Vec<u8> {
        let mut decoder = self.egress.stream_decoder(&Memo::default());
        let mut encoder = self.ingress.stream_encoder(&ReplyCx::new("some-model"));
        let (mut events, mut out, mut loss) = (Vec::new(), Vec::new(), LossReport::default());
        for chunk in chunks {
            decoder.push(chunk.clone(), &mut events).expect("the stream is of its format");
            for event in events.drain(..) {
                encoder.event(&event, &mut out, &mut loss);
            }
        }
        decoder.finish(&mut events);
        for event in events.drain(..) {
            assert!(!matches!(event, Event::Fault(_)), "the stream is complete");
            encoder.event(&event, &mut out, &mut loss);
        }
        out
    }
}

criterion_group! { name = benches; config = input::quick(); targets = streams }
criterion_main!(benches);
