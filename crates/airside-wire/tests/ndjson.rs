//! Newline-delimited JSON: lines, and that the chunks do not matter.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use airside_wire::WireError;
use airside_wire::ndjson::Reader;
use bytes::Bytes;
use proptest::prelude::*;

fn read(chunks: &[&[u8]]) -> Vec<Bytes> {
    let mut reader = Reader::new();
    let mut lines = Vec::new();
    for chunk in chunks {
        reader.push(Bytes::copy_from_slice(chunk)).unwrap();
        lines.extend(std::iter::from_fn(|| reader.next_line()));
    }
    lines.extend(reader.finish());
    lines
}

#[test]
fn lines_are_cut_at_line_feeds() {
    assert_eq!(
        read(&[b"{\"a\":1}\n\n{\"b\":\"\\n\"}\r\n \t\r\n", b"{\"c\"", b":3}"]),
        ["{\"a\":1}", "{\"b\":\"\\n\"}", "{\"c\":3}"]
    );
}

#[test]
fn a_line_within_one_chunk_is_a_slice_of_it() {
    let chunk = Bytes::from("1\n22\n3");
    let mut reader = Reader::new();
    reader.push(chunk.clone()).unwrap();
    assert_eq!(reader.next_line().unwrap().as_ptr(), chunk.as_ptr());
    assert_eq!(reader.next_line().unwrap().as_ptr(), chunk[2..].as_ptr());
    assert_eq!(reader.next_line(), None);
    assert_eq!(reader.buffered(), 1);
}

#[test]
fn a_line_too_large_is_refused_in_any_chunks() {
    for size in [1, 2, 5, 100] {
        let mut reader = Reader::with_limit(3);
        let error = b"123\n1234\n1\n"
            .chunks(size)
            .find_map(|chunk| reader.push(Bytes::copy_from_slice(chunk)).err())
            .unwrap();
        assert_eq!(error, WireError::FrameTooLarge { limit: 3 });
        assert_eq!(reader.next_line().unwrap(), "123");
        assert_eq!(reader.next_line(), None);
        assert_eq!(reader.push(Bytes::from_static(b"1\n")), Err(error));
    }
}

proptest! {
    #[test]
    fn any_chunks_give_the_lines_of_the_whole(
        text in "([a-c \r]{0,5}\n?){0,12}",
        sizes in prop::collection::vec(0_usize..8, 0..40),
    ) {
        let mut rest = text.as_bytes();
        let mut chunks = Vec::new();
        for size in sizes {
            let (chunk, after) = rest.split_at(size.min(rest.len()));
            chunks.push(chunk);
            rest = after;
        }
        chunks.push(rest);
        let expected: Vec<&str> = text
            .split('\n')
            .map(|line| line.strip_suffix('\r').unwrap_or(line))
            .filter(|line| !line.trim().is_empty())
            .collect();
        prop_assert_eq!(read(&chunks), expected);
    }
}
