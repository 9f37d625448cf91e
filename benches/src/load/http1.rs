//! Reads HTTP/1.1 responses from bytes as they come, without I/O and without keeping what it has
//! read: just as much of the protocol as a measuring client needs.
//!
//! It is not a general client: no `1xx` but to skip it, no trailers but to skip them, no upgrade.
//! [`Reader::read`] never consumes a byte of the next response.

use memchr::{memchr, memmem};

/// Largest head or chunk-size line accepted.
const MAX_LINE_BYTES: usize = 64 << 10;

/// The state between two reads of a response.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    state: State,
    status: u16,
    close: bool,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Head,
    Sized(usize),
    ChunkSize,
    /// Data of a chunk, and then the line break after it.
    Chunk(usize),
    ChunkBreak,
    Trailers,
    UntilClose,
}

/// A response that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) status: u16,
    /// Whether the server closes the connection after this response.
    pub(crate) close: bool,
}

/// What the bytes mean together with those before them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    /// Bytes that are done with; the rest has to be offered again with more behind it.
    pub(crate) consumed: usize,
    /// The response, if it ended here; the reader is then ready for the next one.
    pub(crate) ended: Option<Ended>,
}

impl Reader {
    /// Reads on, handing out body bytes as they are met.
    ///
    /// # Errors
    ///
    /// Fails on bytes that are not HTTP/1.1; the connection is then of no more use.
    pub(crate) fn read(
        &mut self,
        input: &[u8],
        mut body: impl FnMut(&[u8]),
    ) -> Result<Progress, String> {
        let mut rest = input;
        let ended = loop {
            match self.step(&mut rest, &mut body)? {
                Step::Again => {}
                Step::More => break None,
                Step::Ended => {
                    let ended = Ended { status: self.status, close: self.close };
                    *self = Self::default();
                    break Some(ended);
                }
            }
        };
        Ok(Progress { consumed: input.len() - rest.len(), ended })
    }

    /// Whether nothing of a response has been read yet.
    pub(crate) fn is_fresh(&self) -> bool {
        matches!(self.state, State::Head)
    }

    /// Tells the reader that the server closed the connection.
    ///
    /// # Errors
    ///
    /// Fails unless the response is one that ends this way.
    pub(crate) fn closed(&mut self) -> Result<Ended, String> {
        match self.state {
            State::UntilClose => Ok(Ended { status: self.status, close: true }),
            _ => Err("the connection was closed in the middle of the response".to_owned()),
        }
    }

    fn step(&mut self, rest: &mut &[u8], body: &mut impl FnMut(&[u8])) -> Result<Step, String> {
        match self.state {
            State::Head => {
                let Some(head) = take_through(rest, b"\r\n\r\n")? else { return Ok(Step::More) };
                return self.head(head);
            }
            State::Sized(left) => {
                let left = hand_out(rest, left, body);
                self.state = State::Sized(left);
                return Ok(if left == 0 { Step::Ended } else { Step::More });
            }
            State::ChunkSize => {
                let Some(line) = take_through(rest, b"\r\n")? else { return Ok(Step::More) };
                self.state = match chunk_size(line)? {
                    0 => State::Trailers,
                    size => State::Chunk(size),
                };
            }
            State::Chunk(left) => {
                let left = hand_out(rest, left, body);
                self.state = State::Chunk(left);
                if left > 0 {
                    return Ok(Step::More);
                }
                self.state = State::ChunkBreak;
            }
            State::ChunkBreak => match take_through(rest, b"\r\n")? {
                Some(b"") => self.state = State::ChunkSize,
                Some(_) => return Err("a chunk is longer than its size says".to_owned()),
                None => return Ok(Step::More),
            },
            State::Trailers => match take_through(rest, b"\r\n")? {
                Some(b"") => return Ok(Step::Ended),
                Some(_) => {}
                None => return Ok(Step::More),
            },
            State::UntilClose => {
                hand_out(rest, usize::MAX, body);
                return Ok(Step::More);
            }
        }
        Ok(Step::Again)
    }

    fn head(&mut self, head: &[u8]) -> Result<Step, String> {
        let head = std::str::from_utf8(head).map_err(|_| "the head is not text".to_owned())?;
        let mut lines = head.split("\r\n");
        let status_line = lines.next().unwrap_or_default();
        let version = status_line.strip_prefix("HTTP/1.");
        let status = version.and_then(|rest| rest.get(2..5)).and_then(|code| code.parse().ok());
        self.status = status.ok_or_else(|| format!("not a status line: {status_line:?}"))?;
        if (100..200).contains(&self.status) {
            return Ok(Step::Again);
        }
        self.state = State::UntilClose;
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                let length = value.parse().map_err(|_| format!("content-length: {value}"))?;
                self.state = State::Sized(length);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                self.state = State::ChunkSize;
            } else if name.eq_ignore_ascii_case("connection") {
                self.close = value.eq_ignore_ascii_case("close");
            }
        }
        Ok(Step::Again)
    }
}

enum Step {
    Again,
    More,
    Ended,
}

/// Takes everything up to a mark, and the mark itself, which is not part of what is returned.
fn take_through<'a>(rest: &mut &'a [u8], mark: &[u8]) -> Result<Option<&'a [u8]>, String> {
    let Some(at) = memmem::find(rest, mark) else {
        return if rest.len() < MAX_LINE_BYTES {
            Ok(None)
        } else {
            Err(format!("a head of more than {MAX_LINE_BYTES} bytes"))
        };
    };
    let (taken, after) = rest.split_at(at);
    *rest = after.get(mark.len()..).unwrap_or_default();
    Ok(Some(taken))
}

/// Hands out up to `left` bytes of the body and returns how many are still to come.
fn hand_out(rest: &mut &[u8], left: usize, body: &mut impl FnMut(&[u8])) -> usize {
    let (data, after) = rest.split_at(left.min(rest.len()));
    *rest = after;
    if !data.is_empty() {
        body(data);
    }
    left - data.len()
}

fn chunk_size(line: &[u8]) -> Result<usize, String> {
    let digits = line.get(..memchr(b';', line).unwrap_or(line.len())).unwrap_or_default();
    std::str::from_utf8(digits)
        .ok()
        .and_then(|digits| usize::from_str_radix(digits.trim(), 16).ok())
        .ok_or_else(|| format!("not a chunk size: {:?}", String::from_utf8_lossy(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHUNKED: &str = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=1\r\n, streams!\r\n0\r\nx-trailer: 1\r\n\r\n";
    const SIZED: &str =
        "HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\nconnection: close\r\n\r\ngone";

    /// Offers the input in pieces of at most `step` bytes, as a socket would.
    fn read_in_pieces(input: &str, step: usize) -> (Vec<(Ended, String)>, Vec<u8>) {
        let mut reader = Reader::default();
        let (mut pending, mut body, mut seen) = (Vec::new(), Vec::new(), Vec::new());
        for piece in input.as_bytes().chunks(step) {
            pending.extend_from_slice(piece);
            loop {
                let progress = reader.read(&pending, |data| body.extend_from_slice(data)).unwrap();
                pending.drain(..progress.consumed);
                let Some(ended) = progress.ended else { break };
                seen.push((ended, String::from_utf8(std::mem::take(&mut body)).unwrap()));
            }
        }
        (seen, pending)
    }

    #[test]
    fn responses_read_the_same_however_they_are_cut() {
        let expected = [
            (Ended { status: 200, close: false }, "hello, streams!".to_owned()),
            (Ended { status: 404, close: true }, "gone".to_owned()),
        ];
        let input = format!("{CHUNKED}{SIZED}");
        for step in 1..=input.len() {
            let (seen, pending) = read_in_pieces(&input, step);
            assert_eq!((seen.as_slice(), pending.len()), (&expected[..], 0), "step {step}");
        }
    }

    #[test]
    fn bytes_of_the_next_response_are_left_alone() {
        let mut reader = Reader::default();
        let input = format!("{SIZED}HTTP/1.1 200");
        let progress = reader.read(input.as_bytes(), |_| ()).unwrap();
        assert_eq!(progress.consumed, SIZED.len());
        assert!(progress.ended.is_some());
    }

    #[test]
    fn a_response_without_length_ends_with_the_connection_and_no_other_may() {
        let mut reader = Reader::default();
        let mut body = Vec::new();
        reader.read(b"HTTP/1.0 200 OK\r\n\r\nabc", |data| body.extend_from_slice(data)).unwrap();
        assert_eq!(reader.closed(), Ok(Ended { status: 200, close: true }));
        assert_eq!(body, b"abc");

        let mut reader = Reader::default();
        reader.read(&SIZED.as_bytes()[..SIZED.len() - 1], |_| ()).unwrap();
        assert!(reader.closed().is_err());
    }

    #[test]
    fn bytes_that_are_not_http_are_refused() {
        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        for input in [
            "SSH-2.0-x\r\n\r\n".to_owned(),
            "HTTP/1.1 2xx\r\n\r\n".to_owned(),
            "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n".to_owned(),
            format!("{chunked}zz\r\n"),
            format!("{chunked}1\r\nab\r\n"),
            "x".repeat(MAX_LINE_BYTES),
        ] {
            assert!(Reader::default().read(input.as_bytes(), |_| ()).is_err(), "{input:.40}");
        }
    }
}
