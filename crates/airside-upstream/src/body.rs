//! Collecting a reply's body, with a limit.

use airside_call::{CallError, ErrorKind};
use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;

/// Collects a body of at most `limit` bytes. A body that came in one piece is
/// not copied.
pub(crate) async fn collect<B>(body: B, limit: usize) -> Result<Bytes, CallError>
where
    B: Body<Data = Bytes, Error = CallError>,
{
    let mut body = std::pin::pin!(body);
    let mut first = Bytes::new();
    let mut rest: Option<BytesMut> = None;
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        length += data.len();
        if length > limit {
            return Err(CallError::new(
                ErrorKind::UpstreamFailed,
                format!("the upstream's reply is larger than {limit} bytes"),
            ));
        }
        match &mut rest {
            None if first.is_empty() => first = data,
            None => {
                let hint = usize::try_from(body.size_hint().lower()).unwrap_or(0).min(limit);
                let mut buffer = BytesMut::with_capacity(length + hint);
                buffer.extend_from_slice(&first);
                buffer.extend_from_slice(&data);
                rest = Some(buffer);
            }
            Some(buffer) => buffer.extend_from_slice(&data),
        }
    }
    Ok(rest.map_or(first, BytesMut::freeze))
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body::Frame;
    use http_body_util::StreamBody;

    use super::*;

    fn body(pieces: &[&'static str]) -> impl Body<Data = Bytes, Error = CallError> {
        let frames: Vec<_> = pieces
            .iter()
            .map(|piece| Ok(Frame::data(Bytes::from_static(piece.as_bytes()))))
            .collect();
        StreamBody::new(stream::iter(frames))
    }

    #[tokio::test]
    async fn pieces_are_joined_in_order() {
        assert_eq!(collect(body(&["ab", "", "cd", "e"]), 10).await.unwrap(), "abcde");
        assert_eq!(collect(body(&[]), 10).await.unwrap(), "");
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused() {
        let error = collect(body(&["abcdef", "ghijkl"]), 10).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UpstreamFailed);
    }
}
