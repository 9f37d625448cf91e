//! Lines do not depend on the chunks.

#![no_main]

use airside_wire::ndjson::Reader;
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], u8)| {
    let (stream, size) = input;
    assert_eq!(read(stream, stream.len().max(1)), read(stream, usize::from(size).max(1)));
});

fn read(stream: &[u8], size: usize) -> Vec<Bytes> {
    let mut reader = Reader::new();
    let mut lines = Vec::new();
    for chunk in stream.chunks(size) {
        reader.push(Bytes::copy_from_slice(chunk)).expect("below the limit");
        lines.extend(std::iter::from_fn(|| reader.next_line()));
    }
    lines.extend(reader.finish());
    lines
}
