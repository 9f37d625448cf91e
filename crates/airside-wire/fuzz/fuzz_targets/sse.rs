//! Frames do not depend on the chunks, and no byte is lost.

#![no_main]

use airside_wire::sse::{Boundary, Frame, Reader};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], Vec<u8>)| {
    let (stream, sizes) = input;
    let whole = read(&[stream]);
    let chunks = cut(stream, &sizes);
    let chunked = read(&chunks);
    assert_eq!(fields(&whole), fields(&chunked));
    assert_eq!(raw(&whole), stream);
    assert_eq!(raw(&chunked), stream);

    let mut boundary = Boundary::new();
    let mut forwarded = Vec::new();
    for chunk in chunks {
        let part = boundary.push(Bytes::copy_from_slice(chunk)).expect("below the limit");
        forwarded.extend_from_slice(&part);
    }
    forwarded.extend_from_slice(&boundary.tail());
    assert_eq!(forwarded, stream);
});

fn read(chunks: &[&[u8]]) -> Vec<Frame> {
    let mut reader = Reader::new();
    let mut frames = Vec::new();
    for chunk in chunks {
        reader.push(Bytes::copy_from_slice(chunk)).expect("below the limit");
        frames.extend(std::iter::from_fn(|| reader.next_frame()));
    }
    frames.extend(reader.finish());
    frames
}

fn cut<'a>(mut bytes: &'a [u8], sizes: &[u8]) -> Vec<&'a [u8]> {
    let mut chunks = Vec::new();
    for size in sizes {
        let (chunk, rest) = bytes.split_at(usize::from(*size).min(bytes.len()));
        chunks.push(chunk);
        bytes = rest;
    }
    chunks.push(bytes);
    chunks
}

fn raw(frames: &[Frame]) -> Vec<u8> {
    frames.iter().flat_map(|frame| frame.raw.to_vec()).collect()
}

/// What a decoder sees of each frame that says anything.
fn fields(frames: &[Frame]) -> Vec<impl PartialEq + std::fmt::Debug> {
    let fields = |frame: &Frame| (frame.event(), frame.data(), frame.id(), frame.retry());
    frames.iter().map(fields).filter(|fields| *fields != (None, None, None, None)).collect()
}
