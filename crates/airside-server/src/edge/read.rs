//! Reading a request's body, with limits on size and silence.

use std::time::Duration;

use airside_call::{CallError, ErrorKind};
use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body::Body;
use http_body_util::BodyExt;

/// Limits of a request's body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadLimits {
    pub(crate) max_bytes: usize,
    pub(crate) silence: Duration,
}

/// Memory set aside on the word of a content-length; the rest has to arrive.
const TRUSTED_LENGTH: usize = 1024 * 1024;

/// Reads a body whole. A body that arrives in one piece is not copied.
pub(crate) async fn whole<B>(body: B, limits: ReadLimits) -> Result<Bytes, CallError>
where
    B: Body<Data = Bytes>,
{
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limits.max_bytes {
        return Err(too_large(limits.max_bytes));
    }
    let mut body = std::pin::pin!(body);
    let mut first = Bytes::new();
    let mut rest: Option<BytesMut> = None;
    let mut length = 0;
    while !body.is_end_stream() {
        let Some(frame) = next(&mut body, limits.silence).await? else { break };
        length += frame.len();
        if length > limits.max_bytes {
            return Err(too_large(limits.max_bytes));
        }
        match &mut rest {
            Some(buffer) => buffer.extend_from_slice(&frame),
            None if first.is_empty() => first = frame,
            None => {
                let mut buffer =
                    BytesMut::with_capacity(announced.clamp(length, length + TRUSTED_LENGTH));
                buffer.extend_from_slice(&first);
                buffer.extend_from_slice(&frame);
                rest = Some(buffer);
            }
        }
    }
    Ok(rest.map_or(first, BytesMut::freeze))
}

/// The next piece of data; trailers are skipped.
async fn next<B>(
    body: &mut std::pin::Pin<&mut B>,
    silence: Duration,
) -> Result<Option<Bytes>, CallError>
where
    B: Body<Data = Bytes>,
{
    loop {
        let Ok(frame) = tokio::time::timeout(silence, body.frame()).await else {
            return Err(stopped(silence));
        };
        match frame {
            None => return Ok(None),
            Some(Err(_)) => {
                return Err(CallError::new(
                    ErrorKind::InvalidRequest,
                    "the request's body ended before it was complete",
                ));
            }
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

/// Nothing of a body has arrived for this long.
pub(super) fn stopped(silence: Duration) -> CallError {
    CallError::new(
        ErrorKind::InvalidRequest,
        format!("the request's body stopped arriving for {} s", silence.as_secs_f32()),
    )
    .with_status(StatusCode::REQUEST_TIMEOUT)
}

fn too_large(limit: usize) -> CallError {
    CallError::new(
        ErrorKind::TooLarge,
        format!(
            "the request's body is larger than {limit} bytes; the operator can raise `listen.max_body_bytes`"
        ),
    )
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::{StreamExt, stream};
    use http_body::Frame;
    use http_body_util::{Full, StreamBody};

    use super::*;

    const LIMITS: ReadLimits = ReadLimits { max_bytes: 8, silence: Duration::from_secs(30) };

    fn pieces(pieces: &[&'static str]) -> impl Body<Data = Bytes, Error = Infallible> + use<> {
        let frames: Vec<_> = pieces
            .iter()
            .map(|piece| Ok(Frame::data(Bytes::from_static(piece.as_bytes()))))
            .collect();
        StreamBody::new(stream::iter(frames))
    }

    #[tokio::test]
    async fn pieces_are_joined() {
        assert_eq!(whole(pieces(&["ab", "cd", "e"]), LIMITS).await.unwrap(), "abcde");
    }

    #[tokio::test]
    async fn one_piece_is_not_copied() {
        let bytes = Bytes::from_static(b"abc");
        let read = whole(Full::new(bytes.clone()), LIMITS).await.unwrap();
        assert_eq!(read.as_ptr(), bytes.as_ptr());
    }

    #[tokio::test]
    async fn too_much_is_refused_announced_or_not() {
        let announced = whole(Full::new(Bytes::from_static(b"123456789")), LIMITS).await;
        assert_eq!(announced.unwrap_err().kind(), ErrorKind::TooLarge);
        let counted = whole(pieces(&["12345", "6789"]), LIMITS).await;
        assert_eq!(counted.unwrap_err().kind(), ErrorKind::TooLarge);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_arriving_is_given_up() {
        let frames = stream::iter([Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"{")))]);
        let body = StreamBody::new(frames.chain(stream::pending()));
        let error = whole(body, LIMITS).await.unwrap_err();
        assert_eq!(error.status(), StatusCode::REQUEST_TIMEOUT);
    }
}
