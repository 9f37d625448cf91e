//! Documents: validating them, and naming another model in them.
//!
//! Shows that both take linear time, and that a splice adds next to nothing to the scan.

#![expect(clippy::expect_used, reason = "a bench that measures an error must stop")]

mod input;

use std::hint::black_box;

use airside_wire::{Path, RawJson};
use bytes::Bytes;
use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};

use input::{SIZES, requests};

fn documents(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("json_doc");
    group.sampling_mode(SamplingMode::Flat);
    for (name, bytes) in SIZES {
        let body = requests::openai(bytes, false);
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(BenchmarkId::new("parse", name), |bencher| {
            bencher.iter(|| input::document(black_box(&body)));
        });
        group.bench_function(BenchmarkId::new("parse and splice", name), |bencher| {
            bencher.iter(|| renamed(black_box(&body)));
        });
    }
    group.finish();
}

/// What a patched request costs: the slices go to the socket without being joined.
fn renamed(body: &Bytes) -> Vec<Bytes> {
    let mut doc = input::document(body);
    doc.governed(&["model", "messages", "stream"]).expect("each occurs once");
    doc.replace(&Path::key("model"), RawJson::from_string("another-model")).expect("it is there");
    doc.frames().collect()
}

criterion_group! { name = benches; config = input::quick(); targets = documents }
criterion_main!(benches);
