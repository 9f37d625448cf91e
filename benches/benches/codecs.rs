//! Codecs: a whole request or reply decoded from one chat format and written in the other.
//!
//! Both directions at sizes over four decades: what stays constant in a column of the throughput
//! is linear.

#![expect(clippy::expect_used, reason = "a bench that measures an error must stop")]

mod input;

use std::hint::black_box;

use airside_dialects::{anthropic_messages, openai_chat};
use airside_schema::LossReport;
use airside_schema::codec::{ChatEgress, ChatIngress, EncodeCx, Memo, ReplyCx};
use airside_wire::JsonDoc;
use bytes::Bytes;
use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};

use input::{SIZES, replies, requests};

/// From the caller's format to the upstream's.
struct Direction {
    name: &'static str,
    ingress: &'static dyn ChatIngress,
    egress: &'static dyn ChatEgress,
    request: fn(usize, bool) -> Bytes,
    /// In the upstream's format.
    response: fn(usize) -> Bytes,
}

const DIRECTIONS: [Direction; 2] = [
    Direction {
        name: "openai caller, anthropic upstream",
        ingress: &openai_chat::INGRESS,
        egress: &anthropic_messages::EGRESS,
        request: requests::openai,
        response: replies::anthropic,
    },
    Direction {
        name: "anthropic caller, openai upstream",
        ingress: &anthropic_messages::INGRESS,
        egress: &openai_chat::EGRESS,
        request: requests::anthropic,
        response: replies::openai,
    },
];

impl Direction {
    fn request(&self, doc: &JsonDoc) -> Bytes {
        let request = self.ingress.decode(doc).expect("a valid request");
        let mut loss = LossReport::default();
        let encoded = self.egress.encode(&request, &EncodeCx::default(), &mut loss);
        encoded.expect("the format can carry it").body
    }

    fn response(&self, body: Bytes, cx: &ReplyCx) -> Bytes {
        let response = self.egress.decode_response(body, &Memo::default()).expect("a valid reply");
        let mut loss = LossReport::default();
        let encoded = self.ingress.encode_response(&response, cx, &mut loss);
        encoded.expect("the format can carry it")
    }
}

fn requests(criterion: &mut Criterion) {
    for direction in DIRECTIONS {
        let mut group = criterion.benchmark_group(format!("request: {}", direction.name));
        group.sampling_mode(SamplingMode::Flat);
        for (name, bytes) in SIZES {
            let body = (direction.request)(bytes, false);
            // The gateway has scanned the document before it knows where the call goes.
            let doc = input::document(&body);
            group.throughput(Throughput::Bytes(body.len() as u64));
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                bencher.iter(|| direction.request(black_box(&doc)));
            });
        }
        group.finish();
    }
}

fn replies(criterion: &mut Criterion) {
    let cx = ReplyCx::new("some-model");
    for direction in DIRECTIONS {
        let mut group = criterion.benchmark_group(format!("reply: {}", direction.name));
        group.sampling_mode(SamplingMode::Flat);
        for (name, bytes) in SIZES {
            let body = (direction.response)(bytes);
            group.throughput(Throughput::Bytes(body.len() as u64));
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                bencher.iter(|| direction.response(black_box(&body).clone(), &cx));
            });
        }
        group.finish();
    }
}

criterion_group! { name = benches; config = input::quick(); targets = requests, replies }
criterion_main!(benches);
