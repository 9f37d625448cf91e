//! Messages do not depend on the chunks, and what was read is written the same.

#![no_main]

use airside_wire::WireError;
use airside_wire::event_stream::{Message, Reader, encode};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], &[u8], u8)| {
    let (stream, headers, size) = input;
    check(stream, size);
    // Right checksums around arbitrary headers, which the fuzzer would hardly find.
    check(&sealed(headers), size);
});

fn check(stream: &[u8], size: u8) {
    let whole = read(stream, stream.len().max(1));
    assert_eq!(whole, read(stream, usize::from(size).max(1)));
    if let (messages, Ok(())) = whole {
        assert_eq!(messages.iter().map(encode).collect::<Vec<_>>().concat(), stream);
    }
}

fn read(stream: &[u8], size: usize) -> (Vec<Message>, Result<(), WireError>) {
    let mut reader = Reader::new();
    let mut messages = Vec::new();
    for chunk in stream.chunks(size) {
        if let Err(error) = reader.push(Bytes::copy_from_slice(chunk)) {
            return (messages, Err(error));
        }
        loop {
            match reader.next_message() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => return (messages, Err(error)),
            }
        }
    }
    (messages, reader.finish())
}

fn sealed(headers: &[u8]) -> Vec<u8> {
    let length = u32::try_from(headers.len()).expect("fuzz input is short");
    let mut bytes = [(length + 16).to_be_bytes(), length.to_be_bytes()].concat();
    bytes.extend(crc32(&bytes).to_be_bytes());
    bytes.extend(headers);
    bytes.extend(crc32(&bytes).to_be_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 }
        })
    })
}
