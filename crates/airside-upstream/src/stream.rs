//! Streamed replies: forwarded while they are observed, or decoded to events.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use airside_call::{CallError, Context as CallContext, ErrorKind, Reply, ReplyBody, ReplyFrame};
use airside_dialects::Reader;
use airside_schema::codec::{StreamDecoder, StreamObserver};
use airside_schema::{Event, Fault, FaultKind};
use airside_wire::sse::Boundary;
use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, StatusCode};
use http_body::Body;

use crate::decompress::Readable;
use crate::service::Reading;

/// A reply without a meaning to the gateway: its bytes pass as they arrive.
pub(crate) fn opaque<B>(status: StatusCode, headers: HeaderMap, body: Readable<B>) -> Reply
where
    B: Body<Data = Bytes, Error = CallError> + Send + Unpin + 'static,
{
    let mut reply = Reply::new(status, ReplyBody::Bytes(Box::pin(Pieces { body })));
    reply.headers = headers;
    reply
}

/// A stream in the caller's own dialect: whole frames pass as they arrive.
pub(crate) fn verbatim<B>(reading: &Reading, reader: Reader, body: Readable<B>) -> ReplyBody
where
    B: Body<Data = Bytes, Error = CallError> + Send + Unpin + 'static,
{
    ReplyBody::Frames(Box::pin(Verbatim {
        body,
        boundary: Boundary::with_limit(reading.config.max_frame_bytes),
        observer: reader.stream_observer(),
        context: Arc::clone(&reading.call.context),
        state: State::Flowing,
    }))
}

/// A stream in another dialect: decoded to events.
pub(crate) fn translated<B>(reading: &Reading, body: Readable<B>) -> Result<ReplyBody, CallError>
where
    B: Body<Data = Bytes, Error = CallError> + Send + Unpin + 'static,
{
    let Some(upstream) = airside_dialects::chat(reading.dialect) else {
        return Err(CallError::new(ErrorKind::Internal, "a translated call has a chat dialect"));
    };
    Ok(ReplyBody::Frames(Box::pin(Translated {
        body,
        decoder: upstream.egress.stream_decoder(&reading.memo),
        context: Arc::clone(&reading.call.context),
        content: false,
        state: State::Flowing,
    })))
}

#[derive(PartialEq)]
enum State {
    Flowing,
    Ended,
}

/// The next piece of data of a body, trailers skipped.
fn poll_data<B>(
    body: &mut Readable<B>,
    cx: &mut Context<'_>,
) -> Poll<Option<Result<Bytes, CallError>>>
where
    B: Body<Data = Bytes, Error = CallError> + Unpin,
{
    loop {
        match ready!(Pin::new(&mut *body).poll_frame(cx)) {
            None => return Poll::Ready(None),
            Some(Err(error)) => return Poll::Ready(Some(Err(error))),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Poll::Ready(Some(Ok(data)));
                }
            }
        }
    }
}

struct Pieces<B> {
    body: Readable<B>,
}

impl<B> Stream for Pieces<B>
where
    B: Body<Data = Bytes, Error = CallError> + Unpin,
{
    type Item = Result<Bytes, CallError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        poll_data(&mut self.get_mut().body, cx)
    }
}

struct Verbatim<B> {
    body: Readable<B>,
    boundary: Boundary,
    observer: Box<dyn StreamObserver>,
    context: Arc<CallContext>,
    state: State,
}

impl<B> Verbatim<B> {
    fn forward(&mut self, whole: Bytes) -> ReplyFrame {
        let content = self.observer.observed().content;
        self.observer.frames(&whole);
        if !content && self.observer.observed().content {
            note_first_content(&self.context);
        }
        ReplyFrame::raw(whole)
    }

    /// The bytes ended. What marks the end of an answer must have been seen,
    /// be it in an unterminated last frame; otherwise the stream was cut off,
    /// and half a frame is better not forwarded.
    fn end(&mut self) -> Option<Result<ReplyFrame, CallError>> {
        self.state = State::Ended;
        let tail = self.boundary.tail();
        let frame = (!tail.is_empty()).then(|| self.forward(tail));
        if self.observer.observed().complete {
            return frame.map(Ok);
        }
        Some(Err(cut_off()))
    }
}

impl<B> Stream for Verbatim<B>
where
    B: Body<Data = Bytes, Error = CallError> + Unpin,
{
    type Item = Result<ReplyFrame, CallError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        while this.state == State::Flowing {
            match ready!(poll_data(&mut this.body, cx)) {
                Some(Ok(chunk)) => match this.boundary.push(chunk) {
                    Ok(whole) if whole.is_empty() => {}
                    Ok(whole) => return Poll::Ready(Some(Ok(this.forward(whole)))),
                    Err(error) => {
                        this.state = State::Ended;
                        return Poll::Ready(Some(Err(broken(&error.to_string()))));
                    }
                },
                Some(Err(error)) => {
                    this.state = State::Ended;
                    return Poll::Ready(Some(Err(during(&error))));
                }
                None => return Poll::Ready(this.end()),
            }
        }
        Poll::Ready(None)
    }
}

impl<B> Drop for Verbatim<B> {
    fn drop(&mut self) {
        let observed = self.observer.observed();
        self.context.notes.with(|notes| {
            notes.model.clone_from(&observed.model);
            notes.usage.clone_from(&observed.usage);
            notes.finish.clone_from(&observed.finish);
            if observed.fault {
                notes.stream_error.get_or_insert(ErrorKind::StreamBroken);
            }
        });
    }
}

struct Translated<B> {
    body: Readable<B>,
    decoder: Box<dyn StreamDecoder>,
    context: Arc<CallContext>,
    content: bool,
    state: State,
}

impl<B> Translated<B> {
    fn note(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::Delta { .. } if !self.content => {
                    self.content = true;
                    note_first_content(&self.context);
                }
                Event::Start(start) => {
                    self.context.notes.with(|notes| notes.model = Some(start.model.clone()));
                }
                Event::Usage(usage) => {
                    self.context.notes.with(|notes| notes.usage = Some((**usage).clone()));
                }
                Event::Finish { choice: 0, reason } => {
                    self.context.notes.with(|notes| notes.finish = Some(reason.clone()));
                }
                Event::Fault(_) => self.context.notes.with(|notes| {
                    notes.stream_error.get_or_insert(ErrorKind::StreamBroken);
                }),
                _ => {}
            }
        }
    }
}

impl<B> Stream for Translated<B>
where
    B: Body<Data = Bytes, Error = CallError> + Unpin,
{
    type Item = Result<ReplyFrame, CallError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let mut events = Vec::new();
        while this.state == State::Flowing {
            match ready!(poll_data(&mut this.body, cx)) {
                Some(Ok(chunk)) => {
                    if let Err(error) = this.decoder.push(chunk, &mut events) {
                        this.state = State::Ended;
                        let message =
                            format!("the upstream's stream is not of its dialect: {error}");
                        events.push(Event::Fault(Box::new(Fault::new(FaultKind::Api, message))));
                    }
                }
                Some(Err(error)) => {
                    this.state = State::Ended;
                    return Poll::Ready(Some(Err(during(&error))));
                }
                None => {
                    this.state = State::Ended;
                    this.decoder.finish(&mut events);
                }
            }
            if matches!(events.last(), Some(Event::End | Event::Fault(_))) {
                this.state = State::Ended;
            }
            if !events.is_empty() {
                this.note(&events);
                return Poll::Ready(Some(Ok(ReplyFrame::events(events))));
            }
        }
        Poll::Ready(None)
    }
}

fn note_first_content(context: &CallContext) {
    let elapsed = context.clock.instant().saturating_duration_since(context.started);
    context.notes.with(|notes| notes.first_content = Some(elapsed));
}

fn cut_off() -> CallError {
    broken("it ended before the answer was complete")
}

/// An error of the transport after the reply began.
fn during(error: &CallError) -> CallError {
    match error.kind() {
        ErrorKind::Timeout(_) => error.clone(),
        _ => broken(error.message()),
    }
}

fn broken(why: &str) -> CallError {
    CallError::new(ErrorKind::StreamBroken, format!("the upstream's stream broke: {why}"))
}
