//! Opening a tunnel through a proxy with `CONNECT` (RFC 9110, section 9.3.6).
//!
//! Not a general HTTP exchange: the answer is read only as far as its status.
//! Invariant: not a byte behind the head of the answer is taken from the tunnel.

use std::io;

use http::HeaderValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::stream::Stream;

const MAX_HEAD_BYTES: usize = 8 * 1024;

/// Asks the proxy at the other end of `stream` to connect to `authority`.
///
/// # Errors
///
/// What the proxy answered, in words for a person.
pub(super) async fn open(
    stream: &mut Stream,
    authority: &str,
    authorization: Option<&HeaderValue>,
) -> Result<(), String> {
    let broken = |error: io::Error| format!("the connection to it broke: {error}");
    stream.write_all(&request(authority, authorization)).await.map_err(broken)?;
    let mut head = Vec::with_capacity(512);
    loop {
        let before = head.len();
        if stream.read_buf(&mut head).await.map_err(broken)? == 0 {
            return Err("it closed the connection without an answer".to_owned());
        }
        // The end may lie across two reads.
        let from = before.saturating_sub(3);
        let end = head.get(from..).and_then(|new| new.windows(4).position(|it| it == b"\r\n\r\n"));
        match end.map(|end| from + end + 4) {
            Some(end) if end == head.len() => return judge(&head),
            // Behind a refusal there is a page that explains it.
            Some(_) => {
                return judge(&head).and(Err("it sent data before the tunnel was used".to_owned()));
            }
            None if head.len() > MAX_HEAD_BYTES => return Err("its answer is too long".to_owned()),
            None => {}
        }
    }
}

fn request(authority: &str, authorization: Option<&HeaderValue>) -> Vec<u8> {
    let mut request = format!("CONNECT {authority} HTTP/1.1\r\nhost: {authority}\r\n").into_bytes();
    if let Some(value) = authorization {
        request.extend_from_slice(b"proxy-authorization: ");
        request.extend_from_slice(value.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    request
}

fn judge(head: &[u8]) -> Result<(), String> {
    let status = head
        .strip_prefix(b"HTTP/1.1 ")
        .or_else(|| head.strip_prefix(b"HTTP/1.0 "))
        .and_then(|rest| rest.get(..3))
        .and_then(|digits| http::StatusCode::from_bytes(digits).ok());
    match status {
        None => Err("it did not answer with HTTP".to_owned()),
        Some(status) if status.is_success() => Ok(()),
        Some(http::StatusCode::PROXY_AUTHENTICATION_REQUIRED) => {
            Err("it answered 407: check the user name and password in the proxy URL".to_owned())
        }
        Some(status) => Err(format!("it answered {status}")),
    }
}
