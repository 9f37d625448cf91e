//! The body of a request.
//!
//! Not an encoder: the bytes leave as they are. Invariant: the length is known
//! exactly, and so sent as `content-length`, unless the body is a stream that
//! does not know its own.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;

use crate::error::BoxError;

/// What a request carries: nothing, bytes, a list of slices, or a stream.
///
/// A list of slices is how an edited document leaves without being copied
/// together: hyper writes the slices with one vectored write.
#[derive(Default)]
pub struct RequestBody {
    kind: Kind,
}

#[derive(Default)]
enum Kind {
    #[default]
    Empty,
    Once(Bytes),
    Slices {
        rest: vec::IntoIter<Bytes>,
        bytes_left: u64,
    },
    Stream(Pin<Box<dyn Body<Data = Bytes, Error = BoxError> + Send>>),
}

impl RequestBody {
    /// A body without content.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A body of slices, sent one after the other.
    pub fn slices(slices: Vec<Bytes>) -> Self {
        let bytes_left = slices.iter().map(|slice| slice.len() as u64).sum();
        match bytes_left {
            0 => Self::empty(),
            _ => Self { kind: Kind::Slices { rest: slices.into_iter(), bytes_left } },
        }
    }

    /// A body that is produced while it is sent. Its length is sent if its
    /// [`size_hint`](Body::size_hint) is exact.
    pub fn stream<B>(body: B) -> Self
    where
        B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        Self { kind: Kind::Stream(Box::pin(body.map_err(Into::into))) }
    }
}

impl From<Bytes> for RequestBody {
    fn from(bytes: Bytes) -> Self {
        let kind = if bytes.is_empty() { Kind::Empty } else { Kind::Once(bytes) };
        Self { kind }
    }
}

impl From<Vec<Bytes>> for RequestBody {
    fn from(slices: Vec<Bytes>) -> Self {
        Self::slices(slices)
    }
}

impl From<Vec<u8>> for RequestBody {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for RequestBody {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static str> for RequestBody {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let next = match &mut self.kind {
            Kind::Stream(body) => return body.as_mut().poll_frame(cx),
            Kind::Empty => None,
            Kind::Once(bytes) => {
                let bytes = std::mem::take(bytes);
                self.kind = Kind::Empty;
                Some(bytes)
            }
            Kind::Slices { rest, bytes_left } => {
                let slice = rest.find(|slice| !slice.is_empty());
                let length = slice.as_ref().map_or(0, |slice| slice.len() as u64);
                *bytes_left = bytes_left.saturating_sub(length);
                slice
            }
        };
        Poll::Ready(next.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Empty => true,
            Kind::Once(_) => false,
            Kind::Slices { bytes_left, .. } => *bytes_left == 0,
            Kind::Stream(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Empty => SizeHint::with_exact(0),
            Kind::Once(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Slices { bytes_left, .. } => SizeHint::with_exact(*bytes_left),
            Kind::Stream(body) => body.size_hint(),
        }
    }
}

impl fmt::Debug for RequestBody {
    /// Shows the shape, never the content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shape = match &self.kind {
            Kind::Empty => "empty",
            Kind::Once(_) => "bytes",
            Kind::Slices { .. } => "slices",
            Kind::Stream(_) => "stream",
        };
        f.debug_struct("RequestBody")
            .field("shape", &shape)
            .field("bytes", &self.size_hint().exact())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::Full;

    use super::*;

    fn frames(mut body: RequestBody) -> Vec<Bytes> {
        let mut frames = Vec::new();
        let mut cx = Context::from_waker(std::task::Waker::noop());
        while let Poll::Ready(Some(frame)) = Pin::new(&mut body).poll_frame(&mut cx) {
            frames.push(frame.unwrap().into_data().unwrap());
        }
        assert!(body.is_end_stream());
        frames
    }

    #[test]
    fn slices_leave_in_order_uncopied_and_with_an_exact_length() {
        let text = Bytes::from_static(b"{\"model\":\"x\"}");
        let slices = vec![text.slice(..9), Bytes::new(), Bytes::from("\"y\""), text.slice(12..)];
        let body = RequestBody::slices(slices);
        assert_eq!(body.size_hint().exact(), Some(13));
        assert!(!body.is_end_stream());
        let frames = frames(body);
        assert_eq!(frames.concat(), b"{\"model\":\"y\"}");
        assert_eq!(frames[0].as_ptr(), text.as_ptr());
    }

    #[test]
    fn a_body_without_content_has_ended_before_it_began() {
        for body in [
            RequestBody::empty(),
            RequestBody::from(""),
            RequestBody::slices(vec![]),
            RequestBody::slices(vec![Bytes::new()]),
        ] {
            assert!(body.is_end_stream() && body.size_hint().exact() == Some(0));
            assert!(frames(body).is_empty());
        }
    }

    #[test]
    fn the_end_is_known_with_the_last_frame() {
        let mut body = RequestBody::slices(vec!["a".into(), "b".into(), Bytes::new()]);
        let mut cx = Context::from_waker(std::task::Waker::noop());
        assert!(Pin::new(&mut body).poll_frame(&mut cx).is_ready());
        assert!(!body.is_end_stream());
        assert!(Pin::new(&mut body).poll_frame(&mut cx).is_ready());
        assert!(body.is_end_stream());
    }

    #[test]
    fn a_stream_keeps_its_length() {
        let body = RequestBody::stream(Full::new(Bytes::from("abc")));
        assert_eq!(body.size_hint().exact(), Some(3));
        assert_eq!(frames(body).concat(), b"abc");
    }

    #[test]
    fn debug_shows_no_content() {
        let shown = format!("{:?}", RequestBody::from("secret"));
        assert_eq!(shown, "RequestBody { shape: \"bytes\", bytes: Some(6) }");
    }
}
