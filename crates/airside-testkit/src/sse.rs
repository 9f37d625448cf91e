//! Server-sent events as a client of a stream sees them.

use airside_wire::sse::{Frame, Reader};
use bytes::Bytes;

/// One event: its name, if it has one, and its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The `event:` field.
    pub name: Option<String>,
    /// The `data:` fields, joined by line ends.
    pub data: String,
}

/// A stream as received: its events, its comments and what was cut off at its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// The events.
    pub events: Vec<Event>,
    /// How many frames were comments only.
    pub comments: usize,
    /// Bytes of an unterminated frame at the end. A reader of events throws them away.
    pub tail: Option<Bytes>,
}

/// Reads a stream received whole.
pub fn read(bytes: &Bytes) -> Received {
    let mut reader = Reader::new();
    let mut received = Received::default();
    if let Err(error) = reader.push(bytes.clone()) {
        received.tail = Some(Bytes::from(error.to_string()));
        return received;
    }
    while let Some(frame) = reader.next_frame() {
        received.take(&frame);
    }
    received.tail = reader.finish().map(|frame| frame.raw);
    received
}

impl Received {
    fn take(&mut self, frame: &Frame) {
        let Some(data) = frame.data() else {
            self.comments += 1;
            return;
        };
        let name = frame.event().map(|name| name.to_string());
        self.events.push(Event { name, data: data.to_string() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_comments_and_the_cut_off_end_are_told_apart() {
        let received = read(&Bytes::from_static(
            b": hello\n\nevent: ping\ndata: {}\n\ndata: a\ndata: b\n\ndata: cut",
        ));
        let event = |name: Option<&str>, data: &str| Event {
            name: name.map(str::to_owned),
            data: data.to_owned(),
        };
        assert_eq!(received.events, [event(Some("ping"), "{}"), event(None, "a\nb")]);
        assert_eq!(received.comments, 1);
        assert_eq!(received.tail.unwrap(), "data: cut");
    }
}
