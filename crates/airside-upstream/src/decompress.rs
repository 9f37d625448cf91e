//! Replies that arrive compressed although identity was asked for.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use airside_call::{CallError, ErrorKind};
use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::header::{self, HeaderMap};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyStream;
use tokio::io::{AsyncRead, BufReader};
use tokio_util::io::{ReaderStream, StreamReader};

/// A reply's body in readable form.
pub(crate) enum Readable<B> {
    /// It arrived so.
    Plain(B),
    /// It is decompressed while it arrives.
    Decompressed(Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>),
}

/// Wraps a body according to `content-encoding` and removes that header.
///
/// # Errors
///
/// If the encoding is none of gzip, deflate, br, zstd and identity.
pub(crate) fn readable<B>(headers: &mut HeaderMap, body: B) -> Result<Readable<B>, CallError>
where
    B: Body<Data = Bytes, Error = CallError> + Send + 'static,
{
    let Some(encoding) = headers.remove(header::CONTENT_ENCODING) else {
        return Ok(Readable::Plain(body));
    };
    let encoding = encoding.to_str().unwrap_or_default().trim().to_ascii_lowercase();
    if matches!(encoding.as_str(), "identity" | "") {
        return Ok(Readable::Plain(body));
    }
    let stream = BodyStream::new(body).filter_map(|frame| {
        std::future::ready(match frame {
            Ok(frame) => frame.into_data().ok().map(Ok),
            Err(error) => Some(Err(io::Error::other(error))),
        })
    });
    let reader = BufReader::new(StreamReader::new(Box::pin(stream)));
    Ok(Readable::Decompressed(match encoding.as_str() {
        "gzip" | "x-gzip" => pieces(GzipDecoder::new(reader)),
        "deflate" => pieces(ZlibDecoder::new(reader)),
        "br" => pieces(BrotliDecoder::new(reader)),
        "zstd" => pieces(ZstdDecoder::new(reader)),
        _ => {
            return Err(CallError::new(
                ErrorKind::UpstreamFailed,
                "the upstream's reply has a content-encoding other than gzip, deflate, br or zstd",
            ));
        }
    }))
}

fn pieces(
    reader: impl AsyncRead + Send + 'static,
) -> Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>> {
    Box::pin(ReaderStream::new(reader))
}

/// An error inside the decoder is either the transport's own, carried through,
/// or a body that is not what its header says.
fn broken(error: io::Error) -> CallError {
    match error.downcast::<CallError>() {
        Ok(error) => error,
        Err(_) => CallError::new(
            ErrorKind::UpstreamFailed,
            "the upstream's reply cannot be decompressed as its content-encoding says",
        ),
    }
}

impl<B> Body for Readable<B>
where
    B: Body<Data = Bytes, Error = CallError> + Unpin,
{
    type Data = Bytes;
    type Error = CallError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CallError>>> {
        match self.get_mut() {
            Self::Plain(body) => Pin::new(body).poll_frame(cx),
            Self::Decompressed(stream) => stream
                .as_mut()
                .poll_next(cx)
                .map(|next| next.map(|piece| piece.map(Frame::data).map_err(broken))),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Plain(body) => body.size_hint(),
            Self::Decompressed(_) => SizeHint::default(),
        }
    }
}
