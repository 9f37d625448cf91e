//! Server-sent events: frames, their fields, and that the chunks do not matter.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use airside_wire::WireError;
use airside_wire::sse::{Boundary, Frame, Reader, write_data, write_event};
use bytes::Bytes;
use proptest::prelude::*;

/// Reads a whole stream that comes in these chunks.
fn read(chunks: &[&[u8]]) -> Vec<Frame> {
    let mut reader = Reader::new();
    let mut frames = Vec::new();
    for chunk in chunks {
        reader.push(Bytes::copy_from_slice(chunk)).unwrap();
        frames.extend(std::iter::from_fn(|| reader.next_frame()));
    }
    frames.extend(reader.finish());
    frames
}

/// Event and data of each frame that has either.
fn events(frames: &[Frame]) -> Vec<(Option<String>, Option<String>)> {
    let fields = |frame: &Frame| {
        (frame.event().map(|text| text.to_string()), frame.data().map(|text| text.to_string()))
    };
    frames.iter().map(fields).filter(|fields| *fields != (None, None)).collect()
}

fn data(text: &str) -> (Option<String>, Option<String>) {
    (None, Some(text.to_owned()))
}

#[test]
fn fields_are_read_as_the_standard_says() {
    let frame = Frame::new(
        "event: first\n: a comment\nevent:message_start\nid: 7\nid: bad\0id\nretry: 250\nretry: x\ndata:  two\ndata\ndata:three\nunknown: x\ndatax: y\n\n",
    );
    assert_eq!(frame.event().unwrap(), "message_start");
    assert_eq!(frame.id().unwrap(), "7");
    assert_eq!(frame.retry(), Some(250));
    assert_eq!(frame.data().unwrap(), " two\n\nthree");
    assert!(!frame.is_comment());
}

#[test]
fn absent_and_empty_fields_differ() {
    let empty = Frame::new("data\n\n");
    assert_eq!(empty.data().unwrap(), "");
    assert_eq!(empty.event(), None);
    let none = Frame::new(":keep-alive\n: again\n\n");
    assert_eq!(none.data(), None);
    assert!(none.is_comment());
    assert!(!Frame::new("\n").is_comment());
    assert!(!Frame::new(":c\ndata: x\n\n").is_comment());
    assert_eq!(Frame::new("retry:\n\n").retry(), None);
    assert_eq!(Frame::new("retry: 99999999999999999999\n\n").retry(), None);
}

#[test]
fn one_data_line_is_a_slice_of_the_frame() {
    let frame = Frame::new("data: {\"a\":1}\n\n");
    let data = frame.data().unwrap();
    assert_eq!(data.as_ptr(), frame.raw[6..].as_ptr());
}

#[test]
fn invalid_utf8_is_replaced_in_the_text_and_kept_in_the_bytes() {
    let frame = Frame::new(&b"data: a\xffb\n\n"[..]);
    assert_eq!(frame.data().unwrap(), "a\u{fffd}b");
    assert_eq!(frame.raw, &b"data: a\xffb\n\n"[..]);
}

#[test]
fn a_frame_within_one_chunk_is_a_slice_of_it() {
    let chunk = Bytes::from("data: one\n\ndata: two\n\ndata: thr");
    let mut reader = Reader::new();
    reader.push(chunk.clone()).unwrap();
    assert_eq!(reader.next_frame().unwrap().raw.as_ptr(), chunk.as_ptr());
    assert_eq!(reader.next_frame().unwrap().raw.as_ptr(), chunk[11..].as_ptr());
    assert!(reader.next_frame().is_none());
    assert_eq!(reader.buffered(), 9);
}

#[test]
fn every_line_end_is_understood() {
    for end in ["\n", "\r", "\r\n"] {
        let stream = format!("event: e{end}data: a{end}data: b{end}{end}data: c{end}{end}");
        let expected = vec![(Some("e".to_owned()), Some("a\nb".to_owned())), data("c")];
        assert_eq!(events(&read(&[stream.as_bytes()])), expected, "{end:?}");
        let bytes: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
        assert_eq!(events(&read(&bytes)), expected, "{end:?}, byte by byte");
    }
    let mixed = b"data: a\r\ndata: b\rdata: c\n\r\ndata: d\n\rdata: e\r\r";
    assert_eq!(events(&read(&[mixed])), [data("a\nb\nc"), data("d"), data("e")]);
}

#[test]
fn a_line_feed_split_from_its_return_ends_nothing_twice() {
    let frames = read(&[b"data: a\r", b"\ndata: b\r", b"\n\r", b"\ndata: c\r\n\r", b"\n"]);
    assert_eq!(events(&frames), [data("a\nb"), data("c")]);
    // The frame came at once with its carriage return; the line feed came after it.
    assert_eq!(frames[0].raw, "data: a\r\ndata: b\r\n\r");
    assert_eq!(frames[1].raw, "\ndata: c\r\n\r");
    assert_eq!(frames[2].raw, "\n");
    assert!(frames.iter().all(|frame| frame.terminated));
}

#[test]
fn a_byte_order_mark_is_ignored_at_the_start_only() {
    let stream = "\u{feff}data: a\n\n\u{feff}data: b\n\n".as_bytes();
    let whole = read(&[stream]);
    assert_eq!(events(&whole), [data("a")]);
    let bytes: Vec<&[u8]> = stream.chunks(1).collect();
    assert_eq!(events(&read(&bytes)), [data("a")]);
    assert_eq!(whole.len(), 2);
    assert_eq!(whole[0].raw, "\u{feff}data: a\n\n");
}

#[test]
fn blank_lines_alone_are_passed_on_at_once() {
    let frames = read(&[b"\n", b"\n\ndata: a\n\n\n", b"data: b\n\n"]);
    let raw: Vec<&[u8]> = frames.iter().map(|frame| frame.raw.as_ref()).collect();
    assert_eq!(raw, [&b"\n"[..], b"\n\ndata: a\n\n", b"\n", b"data: b\n\n"]);
    assert_eq!(events(&frames), [data("a"), data("b")]);
}

#[test]
fn the_rest_of_a_cut_off_stream_is_marked() {
    let frames = read(&[b"data: a\n\ndata: b\n"]);
    assert_eq!(events(&frames), [data("a"), data("b")]);
    assert!(frames[0].terminated);
    assert!(!frames[1].terminated);
    assert!(read(&[b"data: a\n\n"]).iter().all(|frame| frame.terminated));
    assert!(read(&[]).is_empty());
}

#[test]
fn a_frame_too_large_is_refused_in_any_chunks() {
    let stream = b"data: ok\n\ndata: too large\n\ndata: ok\n\n";
    for size in [1, 3, 7, 100] {
        let mut reader = Reader::with_limit(12);
        let error = stream
            .chunks(size)
            .find_map(|chunk| reader.push(Bytes::copy_from_slice(chunk)).err())
            .unwrap();
        assert_eq!(error, WireError::FrameTooLarge { limit: 12 });
        assert_eq!(reader.next_frame().unwrap().data().unwrap(), "ok");
        assert!(reader.next_frame().is_none());
        assert_eq!(reader.push(Bytes::from_static(b"data: x\n\n")), Err(error));
        assert_eq!(reader.buffered(), 0);
    }
}

#[test]
fn the_boundary_lets_whole_frames_through() {
    let mut boundary = Boundary::new();
    let chunk = Bytes::from("data: a\n\ndata: b\n\ndata: c");
    let whole = boundary.push(chunk.clone()).unwrap();
    assert_eq!(whole, "data: a\n\ndata: b\n\n");
    assert_eq!(whole.as_ptr(), chunk.as_ptr());
    assert_eq!(boundary.push(Bytes::from_static(b"c\n")).unwrap(), "");
    assert_eq!(boundary.push(Bytes::from_static(b"\ndata: d")).unwrap(), "data: cc\n\n");
    assert_eq!(boundary.tail(), "data: d");
    assert_eq!(boundary.tail(), "");

    let mut small = Boundary::with_limit(8);
    assert!(small.push(Bytes::from_static(b"data: longer than the limit\n\n")).is_ok());
    assert!(small.push(Bytes::from_static(b"data: 12")).is_ok());
    let error = Err(WireError::FrameTooLarge { limit: 8 });
    assert_eq!(small.push(Bytes::from_static(b"3")), error);
    assert_eq!(small.push(Bytes::from_static(b"\n\n")), error);
}

#[test]
fn written_frames_read_back() {
    let mut out = Vec::new();
    write_data(&mut out, "one\ntwo\r\nthree\rfour");
    write_event(&mut out, "forged\ndata: x", "");
    assert_eq!(
        String::from_utf8(out.clone()).unwrap(),
        "data: one\ndata: two\ndata: three\ndata: four\n\nevent: forgeddata: x\ndata: \n\n"
    );
    assert_eq!(
        events(&read(&[&out])),
        [data("one\ntwo\nthree\nfour"), (Some("forgeddata: x".to_owned()), Some(String::new()))]
    );
}

/// A stream in which line ends are frequent, cut into chunks.
fn stream() -> impl Strategy<Value = (Vec<u8>, Vec<usize>)> {
    let piece = prop_oneof![
        6 => prop::sample::select(&["\n", "\r", "\r\n", "\n\n", "\r\n\r\n"][..]).prop_map(|end| end.as_bytes().to_vec()),
        4 => prop::sample::select(&["data: a", "data", "event: e", ": c", "id: 1", "x", " ", "\u{feff}"][..])
            .prop_map(|line| line.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ];
    let bytes = prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat());
    (bytes, prop::collection::vec(0_usize..12, 0..60))
}

/// Cuts bytes into chunks of these sizes; the rest is one more chunk.
fn cut<'a>(mut bytes: &'a [u8], sizes: &[usize]) -> Vec<&'a [u8]> {
    let mut chunks = Vec::new();
    for size in sizes {
        let (chunk, rest) = bytes.split_at((*size).min(bytes.len()));
        chunks.push(chunk);
        bytes = rest;
    }
    chunks.push(bytes);
    chunks
}

/// The events of a stream by the letter of the standard, read line by line from the whole text.
fn by_the_standard(bytes: &[u8]) -> Vec<(Option<String>, Option<String>)> {
    let text =
        String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).into_owned();
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut found = Vec::new();
    let mut event = None;
    let mut data: Option<Vec<String>> = None;
    for line in text.split('\n').chain(std::iter::once("")) {
        if line.is_empty() {
            let joined = data.take().map(|lines| lines.join("\n"));
            let fields = (event.take(), joined);
            found.extend((fields != (None, None)).then_some(fields));
            continue;
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
        match name {
            "event" => event = Some(value),
            "data" => data.get_or_insert_default().push(value),
            _ => {}
        }
    }
    found
}

proptest! {
    #[test]
    fn any_chunks_give_the_same_frames((bytes, sizes) in stream()) {
        let chunked = read(&cut(&bytes, &sizes));
        let whole = read(&[&bytes]);
        let raw: Vec<&[u8]> = chunked.iter().map(|frame| frame.raw.as_ref()).collect();
        prop_assert_eq!(raw.concat(), &bytes[..]);
        prop_assert_eq!(events(&chunked), events(&whole));
        let ids = |frames: &[Frame]| frames.iter().filter_map(Frame::id).collect::<Vec<_>>();
        prop_assert_eq!(ids(&chunked), ids(&whole));
        let terminated = |frames: &[Frame]| frames.last().is_none_or(|frame| frame.terminated);
        prop_assert_eq!(terminated(&chunked), terminated(&whole));
        prop_assert_eq!(events(&whole), by_the_standard(&bytes));
    }

    #[test]
    fn the_boundary_cuts_where_the_reader_does((bytes, sizes) in stream()) {
        let mut boundary = Boundary::new();
        let mut reader = Reader::new();
        let mut forwarded = Vec::new();
        for chunk in cut(&bytes, &sizes) {
            let chunk = Bytes::copy_from_slice(chunk);
            let whole = boundary.push(chunk.clone()).unwrap();
            reader.push(chunk).unwrap();
            let frames = std::iter::from_fn(|| reader.next_frame()).map(|frame| frame.raw);
            prop_assert_eq!(whole.clone(), frames.collect::<Vec<_>>().concat());
            forwarded.extend_from_slice(&whole);
        }
        forwarded.extend_from_slice(&boundary.tail());
        prop_assert_eq!(forwarded, bytes);
    }

    #[test]
    fn written_text_reads_back(event in "[^\r\n]{0,10}", text in any::<String>(), lines in "[a\r\n]{0,10}") {
        for text in [text, lines] {
            let mut out = Vec::new();
            write_event(&mut out, &event, &text);
            let text = text.replace("\r\n", "\n").replace('\r', "\n");
            prop_assert_eq!(events(&read(&[&out])), [(Some(event.clone()), Some(text))]);
        }
    }
}
