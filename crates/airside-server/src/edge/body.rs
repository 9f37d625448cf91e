//! The body of a reply on its way to the caller.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use airside_call::{BodyStream, CallError, FrameStream, ReplyFrame};
use airside_schema::codec::StreamEncoder;
use airside_schema::{DialectId, Event, LossReport};
use airside_telemetry::OpenRecord;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

/// A comment that keeps proxies from closing a silent stream. Ignored by every
/// reader of server-sent events.
const KEEP_ALIVE: &[u8] = b": keep-alive\n\n";

/// The body of a reply. It completes the call's record when it ends, or when
/// it is dropped because the caller went away.
#[derive(Debug)]
pub struct EdgeBody {
    // Declared first, dropped first: what it notes belongs into the record.
    kind: Kind,
    record: Option<OpenRecord>,
}

enum Kind {
    Full(Option<Bytes>),
    Frames(Box<Frames>),
    Bytes(BodyStream),
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full",
            Self::Frames(_) => "Frames",
            Self::Bytes(_) => "Bytes",
        })
    }
}

/// A streamed chat answer on its way.
pub(crate) struct Frames {
    source: FrameStream,
    encoder: Encoder,
    keep_alive: Option<KeepAlive>,
    ended: bool,
    context: std::sync::Arc<airside_call::Context>,
}

/// Writes frames in the caller's dialect.
pub(crate) struct Encoder {
    pub(crate) dialect: DialectId,
    /// Absent if every frame carries its bytes.
    pub(crate) stream: Option<Box<dyn StreamEncoder>>,
}

impl EdgeBody {
    /// A complete body without a record.
    pub(crate) fn full(bytes: Bytes) -> Self {
        Self { kind: Kind::Full(Some(bytes)), record: None }
    }

    /// Bytes that pass as they arrive.
    pub(crate) fn bytes(stream: BodyStream) -> Self {
        Self { kind: Kind::Bytes(stream), record: None }
    }

    /// A streamed answer.
    pub(crate) fn frames(
        frames: FrameStream,
        encoder: Encoder,
        keep_alive: Option<Duration>,
        context: std::sync::Arc<airside_call::Context>,
    ) -> Self {
        let keep_alive = keep_alive.map(KeepAlive::new);
        let frames = Frames { source: frames, encoder, keep_alive, ended: false, context };
        Self { kind: Kind::Frames(Box::new(frames)), record: None }
    }

    /// Completes `record` when the body has ended.
    pub(crate) fn recorded(mut self, record: OpenRecord) -> Self {
        self.record = Some(record);
        self
    }
}

impl Default for EdgeBody {
    fn default() -> Self {
        Self::full(Bytes::new())
    }
}

impl Body for EdgeBody {
    type Data = Bytes;
    type Error = CallError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CallError>>> {
        let this = self.get_mut();
        let next = match &mut this.kind {
            Kind::Full(bytes) => bytes.take().map(Ok),
            Kind::Frames(frames) => ready!(frames.poll_next(cx)).map(Ok),
            Kind::Bytes(stream) => ready!(stream.as_mut().poll_next(cx)),
        };
        let last = match &next {
            None => true,
            Some(Ok(bytes)) => {
                if let Some(record) = &mut this.record {
                    record.sent(bytes.len());
                }
                matches!(this.kind, Kind::Full(None))
            }
            Some(Err(error)) => {
                if let Some(record) = &mut this.record {
                    record.error(error);
                }
                false
            }
        };
        if last && let Some(record) = &mut this.record {
            record.complete();
        }
        Poll::Ready(next.map(|bytes| bytes.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.kind, Kind::Full(None))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Full(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
            Kind::Frames(_) | Kind::Bytes(_) => SizeHint::default(),
        }
    }
}

impl Drop for EdgeBody {
    fn drop(&mut self) {
        // A complete body of no bytes is never polled.
        if let (Kind::Full(bytes), Some(record)) = (&self.kind, &mut self.record)
            && bytes.as_ref().is_none_or(Bytes::is_empty)
        {
            record.complete();
        }
    }
}

impl Frames {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        while !self.ended {
            let frame = match self.source.as_mut().poll_next(cx) {
                Poll::Ready(frame) => frame,
                Poll::Pending => return self.poll_keep_alive(cx),
            };
            if let Some(keep_alive) = &mut self.keep_alive {
                keep_alive.alive();
            }
            let bytes = match frame {
                Some(Ok(frame)) => self.encoder.frame(frame, &self.context),
                Some(Err(error)) => {
                    self.ended = true;
                    self.context.notes.with(|notes| {
                        notes.stream_error = Some(error.kind());
                    });
                    airside_dialects::fault_frame(self.encoder.dialect, error.fault())
                }
                None => {
                    self.ended = true;
                    return Poll::Ready(None);
                }
            };
            if !bytes.is_empty() {
                return Poll::Ready(Some(bytes));
            }
        }
        Poll::Ready(None)
    }

    fn poll_keep_alive(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let Some(keep_alive) = &mut self.keep_alive else { return Poll::Pending };
        ready!(keep_alive.poll(cx));
        Poll::Ready(Some(Bytes::from_static(KEEP_ALIVE)))
    }
}

impl Encoder {
    fn frame(&mut self, frame: ReplyFrame, context: &airside_call::Context) -> Bytes {
        if let Some(raw) = frame.raw {
            return raw;
        }
        let Some(encoder) = &mut self.stream else { return Bytes::new() };
        let mut out = Vec::with_capacity(256 * frame.events.len());
        let mut loss = LossReport::default();
        for event in &frame.events {
            match event {
                Event::Fault(fault) => {
                    let error = airside_dialects::fault_frame(self.dialect, fault);
                    out.extend_from_slice(&error);
                }
                event => encoder.event(event, &mut out, &mut loss),
            }
        }
        if !loss.is_empty() {
            context.notes.with(|notes| notes.loss.merge(loss));
        }
        out.into()
    }
}

/// Fires when a stream has been silent for an interval. One timer a stream:
/// activity is only noted, the timer finds out when it fires.
struct KeepAlive {
    interval: Duration,
    last: Instant,
    timer: Option<Pin<Box<Sleep>>>,
}

impl KeepAlive {
    fn new(interval: Duration) -> Self {
        Self { interval, last: Instant::now(), timer: None }
    }

    fn alive(&mut self) {
        self.last = Instant::now();
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(self.last + self.interval)));
        loop {
            ready!(timer.as_mut().poll(cx));
            let due = self.last + self.interval;
            if timer.deadline() >= due {
                self.last = Instant::now();
                timer.as_mut().reset(self.last + self.interval);
                return Poll::Ready(());
            }
            timer.as_mut().reset(due);
        }
    }
}
