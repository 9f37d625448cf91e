//! The binary event stream: messages, checksums, and that the chunks do not matter.

use airside_wire::event_stream::{HeaderValue, Message, Reader, encode, try_encode};
use airside_wire::{FrameError, Str, WireError};
use bytes::Bytes;
use proptest::prelude::*;

fn read(bytes: &[u8], size: usize) -> Result<Vec<Message>, WireError> {
    let mut reader = Reader::new();
    let mut messages = Vec::new();
    for chunk in bytes.chunks(size) {
        reader.push(Bytes::copy_from_slice(chunk))?;
        while let Some(message) = reader.next_message()? {
            messages.push(message);
        }
    }
    reader.finish()?;
    Ok(messages)
}

/// The message `hello` with one text header, laid out by hand.
fn by_hand() -> Vec<u8> {
    let mut bytes = vec![0, 0, 0, 37, 0, 0, 0, 16];
    bytes.extend(crc32(&bytes).to_be_bytes());
    bytes.extend(b"\x05:name\x07\x00\x07a value");
    bytes.extend(b"hello");
    bytes.extend(crc32(&bytes).to_be_bytes());
    bytes
}

/// CRC-32 (IEEE), bit by bit, so that the test does not rely on the code under test.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 }
        })
    })
}

#[test]
fn the_layout_is_the_documented_one() {
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    let message = Message {
        headers: vec![(":name".into(), HeaderValue::String("a value".into()))],
        payload: Bytes::from_static(b"hello"),
    };
    assert_eq!(encode(&message), by_hand());
    let read = read(&by_hand(), 1000).unwrap();
    assert_eq!(read, [message]);
    assert_eq!(read[0].header(":name").and_then(HeaderValue::as_str), Some("a value"));
    assert_eq!(read[0].header("absent"), None);
}

#[test]
fn the_smallest_message_has_sixteen_bytes() {
    // From the AWS test suite `empty_message`.
    let bytes = [0, 0, 0, 16, 0, 0, 0, 0, 0x05, 0xc2, 0x48, 0xeb, 0x7d, 0x98, 0xc8, 0xff];
    assert_eq!(encode(&Message::default()), &bytes[..]);
    assert_eq!(read(&bytes, 1000), Ok(vec![Message::default()]));
}

#[test]
fn parts_are_slices_of_the_chunk() {
    let chunk = Bytes::from(by_hand());
    let mut reader = Reader::new();
    reader.push(chunk.clone()).unwrap();
    let message = reader.next_message().unwrap().unwrap();
    assert_eq!(message.payload.as_ptr(), chunk[28..].as_ptr());
}

#[test]
fn every_damaged_byte_is_noticed() {
    for at in 0..by_hand().len() {
        let mut bytes = by_hand();
        bytes[at] ^= 1;
        let expected =
            if at < 12 { FrameError::PreludeChecksum } else { FrameError::MessageChecksum };
        for size in [1, 5, 1000] {
            assert_eq!(read(&bytes, size), Err(expected.into()), "byte {at}");
        }
    }
}

#[test]
fn an_error_stays() {
    let mut reader = Reader::new();
    let mut bytes = by_hand();
    bytes[20] ^= 1;
    reader.push(Bytes::from(bytes)).unwrap();
    let error = WireError::Frame(FrameError::MessageChecksum);
    assert_eq!(reader.next_message(), Err(error.clone()));
    assert_eq!(reader.push(Bytes::from(by_hand())), Err(error.clone()));
    assert_eq!(reader.next_message(), Err(error.clone()));
    assert_eq!(reader.finish(), Err(error));
    assert_eq!(reader.buffered(), 0);
}

#[test]
fn a_stream_cut_off_inside_a_message_is_an_error() {
    let bytes = by_hand();
    for had in 1..bytes.len() {
        let expected = Err(WireError::Frame(FrameError::Truncated { had }));
        assert_eq!(read(&bytes[..had], 1000), expected);
        assert_eq!(read(&bytes[..had], 1), expected);
    }
    assert_eq!(read(&[], 1), Ok(vec![]));
}

/// Bytes with right checksums around whatever headers block and lengths are given.
fn sealed(total: u32, headers_length: u32, rest: &[u8]) -> Vec<u8> {
    let mut bytes = [total.to_be_bytes(), headers_length.to_be_bytes()].concat();
    bytes.extend(crc32(&bytes).to_be_bytes());
    bytes.extend(rest);
    bytes.extend(crc32(&bytes).to_be_bytes());
    bytes
}

#[test]
fn lengths_that_contradict_each_other_are_refused() {
    for (total, headers) in [(15, 0), (0, 0), (16, 1), (20, 5), (20, u32::MAX)] {
        let error = FrameError::Lengths { total, headers };
        assert_eq!(read(&sealed(total, headers, &[]), 1000), Err(error.into()));
    }
}

#[test]
fn a_message_too_large_is_refused_before_it_is_gathered() {
    let bytes = sealed(u32::MAX, 0, b"beginning");
    assert_eq!(read(&bytes, 1), Err(WireError::FrameTooLarge { limit: 16 << 20 }));
    let mut reader = Reader::with_limit(36);
    reader.push(Bytes::from(by_hand())).unwrap();
    assert_eq!(reader.next_message(), Err(WireError::FrameTooLarge { limit: 36 }));
}

#[test]
fn a_bad_prelude_is_noticed_as_soon_as_it_is_complete() {
    let mut prelude = by_hand()[..12].to_vec();
    prelude[0] ^= 1;
    for size in [1, 5, 12] {
        assert_eq!(read(&prelude, size), Err(FrameError::PreludeChecksum.into()));
    }
}

#[test]
fn malformed_headers_are_refused() {
    for headers in [
        &b"\x01"[..],
        b"\x02a\x00",
        b"\x01a",
        b"\x01a\x0a",
        b"\x01a\x02",
        b"\x01a\x03\0",
        b"\x01a\x07\0\x02x",
        b"\x01a\x07\0\x01\xff",
        b"\x01\xff\x00",
        b"\x01a\x09\0\0\0",
    ] {
        let length = u32::try_from(headers.len()).unwrap();
        let error = read(&sealed(16 + length, length, headers), 1000).unwrap_err();
        assert!(matches!(error, WireError::Frame(FrameError::Header(_))), "{headers:?}: {error}");
    }
}

#[test]
fn what_the_format_cannot_hold_is_not_written() {
    let with = |name: String, value| Message {
        headers: vec![(name.into(), value)],
        payload: Bytes::new(),
    };
    let long = with("n".repeat(256), HeaderValue::Bool(true));
    assert!(matches!(try_encode(&long), Err(WireError::Frame(FrameError::TooLong(_)))));
    let long = with("n".into(), HeaderValue::String(Str::from("x".repeat(65_536))));
    assert!(matches!(try_encode(&long), Err(WireError::Frame(FrameError::TooLong(_)))));
    let fits = with("n".repeat(255), HeaderValue::Bytes(Bytes::from(vec![0; 65_535])));
    assert_eq!(read(&encode(&fits), 1000), Ok(vec![fits]));
}

fn header() -> impl Strategy<Value = (Str, HeaderValue)> {
    let value = prop_oneof![
        any::<bool>().prop_map(HeaderValue::Bool),
        any::<i8>().prop_map(HeaderValue::Byte),
        any::<i16>().prop_map(HeaderValue::Int16),
        any::<i32>().prop_map(HeaderValue::Int32),
        any::<i64>().prop_map(HeaderValue::Int64),
        prop::collection::vec(any::<u8>(), 0..20)
            .prop_map(|bytes| HeaderValue::Bytes(bytes.into())),
        any::<String>().prop_map(|text| HeaderValue::String(text.into())),
        any::<i64>().prop_map(HeaderValue::Timestamp),
        any::<[u8; 16]>().prop_map(HeaderValue::Uuid),
    ];
    ("[a-z:-]{0,20}".prop_map(Str::from), value)
}

fn message() -> impl Strategy<Value = Message> {
    (prop::collection::vec(header(), 0..5), prop::collection::vec(any::<u8>(), 0..60))
        .prop_map(|(headers, payload)| Message { headers, payload: payload.into() })
}

proptest! {
    #[test]
    fn messages_round_trip_in_any_chunks(
        messages in prop::collection::vec(message(), 0..5),
        size in 1_usize..80,
    ) {
        let bytes = messages.iter().map(encode).collect::<Vec<_>>().concat();
        prop_assert_eq!(read(&bytes, size), Ok(messages));
    }

    #[test]
    fn messages_may_be_taken_late(messages in prop::collection::vec(message(), 1..5), size in 1_usize..40) {
        let bytes = messages.iter().map(encode).collect::<Vec<_>>().concat();
        let mut reader = Reader::new();
        for chunk in bytes.chunks(size) {
            reader.push(Bytes::copy_from_slice(chunk)).unwrap();
        }
        for message in messages {
            prop_assert_eq!(reader.next_message(), Ok(Some(message)));
        }
        prop_assert_eq!(reader.next_message(), Ok(None));
        prop_assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn arbitrary_bytes_never_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..100),
        headers in prop::collection::vec(0_u8..12, 0..40),
        size in 1_usize..50,
    ) {
        read(&bytes, size).ok();
        let length = u32::try_from(headers.len()).unwrap();
        read(&sealed(16 + length, length, &headers), size).ok();
    }
}
