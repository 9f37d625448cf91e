//! Puts the pieces of one streamed choice into blocks that follow each other.
//!
//! The wire format may interleave: pieces of several tool calls, told apart by
//! an index, and text between them. The unified stream has one open block a
//! choice. So what does not belong to the open block closes it, or, while the
//! open block is a tool call whose arguments are not complete, waits until
//! they are. Nothing is reordered within a block; work is linear in the number
//! of pieces. The invariant: something waits only while such a call is open.

use std::collections::{HashMap, VecDeque};

use airside_schema::{BlockKind, CodecError, Delta, Event, FinishReason};
use airside_wire::Str;

use crate::shared::json_scan::JsonScan;

/// The most bytes of pieces that may wait, in one choice.
const MAX_WAITING: usize = 16 << 20;

/// What a block holds, apart from tool calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plain {
    Text,
    Reasoning,
    Refusal,
}

/// A piece of a tool call as the wire format has it.
#[derive(Debug, Default)]
pub(super) struct CallPiece {
    pub(super) index: Option<u64>,
    pub(super) id: Str,
    pub(super) name: Str,
    pub(super) custom: bool,
    pub(super) arguments: Str,
}

/// The blocks of one choice.
#[derive(Debug)]
pub(super) struct Blocks {
    choice: u32,
    next: u32,
    open: Option<(u32, Key)>,
    calls: Vec<Call>,
    /// The latest call of each index of the wire format.
    by_index: HashMap<u64, usize>,
    waiting: VecDeque<Waiting>,
    waiting_bytes: usize,
    finished: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Plain(Plain),
    /// A position in `calls`.
    Call(usize),
}

#[derive(Debug, Default)]
struct Call {
    id: Str,
    name: Str,
    custom: bool,
    scan: JsonScan,
    state: State,
    /// Pieces that arrived before the block could begin.
    held: Vec<Delta>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    /// Its name has not arrived, so its block cannot begin.
    #[default]
    Unnamed,
    Waiting,
    Open,
    Closed,
}

#[derive(Debug)]
enum Waiting {
    Plain(Plain, Vec<Delta>),
    Call(usize),
}

impl Blocks {
    /// No block yet.
    pub(super) fn new(choice: u32) -> Self {
        Self {
            choice,
            next: 0,
            open: None,
            calls: Vec::new(),
            by_index: HashMap::new(),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            finished: false,
        }
    }

    /// True once the choice has finished.
    pub(super) fn is_finished(&self) -> bool {
        self.finished
    }

    /// Takes a piece of text, reasoning or refusal. False if the choice has
    /// finished, so that the piece has no place.
    pub(super) fn plain(
        &mut self,
        kind: Plain,
        delta: Delta,
        events: &mut Vec<Event>,
    ) -> Result<bool, CodecError> {
        if self.finished {
            return Ok(false);
        }
        let key = Key::Plain(kind);
        if self.is_busy() {
            self.hold(&delta)?;
            match self.waiting.back_mut() {
                Some(Waiting::Plain(last, held)) if *last == kind => held.push(delta),
                _ => self.waiting.push_back(Waiting::Plain(kind, vec![delta])),
            }
            return Ok(true);
        }
        if self.open.is_none_or(|(_, open)| open != key) {
            self.close(events);
            self.begin(key, events);
        }
        self.emit(delta, events);
        Ok(true)
    }

    /// Adds a piece to the open block, whatever that is. Gives it back if none
    /// is open.
    pub(super) fn any(&mut self, delta: Delta, events: &mut Vec<Event>) -> Option<Delta> {
        if self.open.is_none() {
            return Some(delta);
        }
        self.emit(delta, events);
        None
    }

    /// Takes a piece of a tool call. False if the call or the choice is over,
    /// so that the piece has no place.
    pub(super) fn call(
        &mut self,
        piece: CallPiece,
        events: &mut Vec<Event>,
    ) -> Result<bool, CodecError> {
        if self.finished {
            return Ok(false);
        }
        let at = self.slot(&piece);
        let busy = self.is_busy();
        let Some(call) = self.calls.get_mut(at) else { return Ok(false) };
        if call.state == State::Closed {
            return Ok(piece.arguments.trim().is_empty());
        }
        call.learn(&piece);
        if call.state == State::Unnamed && !call.name.is_empty() {
            if busy {
                call.state = State::Waiting;
                self.waiting.push_back(Waiting::Call(at));
            } else {
                self.close(events);
                self.begin(Key::Call(at), events);
            }
        }
        if piece.arguments.is_empty() {
            return Ok(true);
        }
        let delta = Delta::Arguments(piece.arguments);
        if self.open.is_some_and(|(_, open)| open == Key::Call(at)) {
            self.emit(delta, events);
            self.drain(events);
        } else {
            self.hold(&delta)?;
            if let Some(call) = self.calls.get_mut(at) {
                call.held.push(delta);
            }
        }
        Ok(true)
    }

    /// The pieces of the choice are over: whatever waits gets its block. With
    /// a reason the choice is finished.
    pub(super) fn finish(&mut self, reason: Option<FinishReason>, events: &mut Vec<Event>) {
        if self.finished {
            return;
        }
        let unnamed =
            self.calls.iter().enumerate().filter(|(_, call)| call.state == State::Unnamed);
        self.waiting.extend(unnamed.map(|(at, _)| Waiting::Call(at)));
        self.close(events);
        while let Some(block) = self.waiting.pop_front() {
            self.begin_waiting(block, events);
            self.close(events);
        }
        if let Some(reason) = reason {
            self.finished = true;
            events.push(Event::Finish { choice: self.choice, reason });
        }
    }

    /// Finds the call a piece belongs to, or makes one. A new identifier under
    /// a known index is a new call: some servers number every call 0. Without
    /// an index a piece continues the latest call.
    fn slot(&mut self, piece: &CallPiece) -> usize {
        let known = match piece.index {
            Some(index) => self.by_index.get(&index).copied(),
            None => self.calls.len().checked_sub(1),
        };
        let same = known.filter(|at| {
            let known = self.calls.get(*at).map(|call| &call.id);
            piece.id.is_empty() || known.is_some_and(|id| id.is_empty() || *id == piece.id)
        });
        let at = same.unwrap_or_else(|| {
            self.calls.push(Call::default());
            self.calls.len() - 1
        });
        if let Some(index) = piece.index {
            self.by_index.insert(index, at);
        }
        at
    }

    /// True while the open block is a call that needs more pieces. Of a custom
    /// tool's free text one cannot see the end; the next block ends it.
    fn is_busy(&self) -> bool {
        let Some((_, Key::Call(at))) = self.open else { return false };
        self.calls.get(at).is_some_and(|call| !call.custom && !call.scan.is_complete())
    }

    fn hold(&mut self, delta: &Delta) -> Result<(), CodecError> {
        self.waiting_bytes += size(delta);
        if self.waiting_bytes <= MAX_WAITING {
            return Ok(());
        }
        let what = "the upstream interleaves more than 16 MiB of tool calls";
        Err(CodecError::Unsupported(Str::from_static(what)))
    }

    /// Begins what waits, up to the next call that needs more pieces.
    fn drain(&mut self, events: &mut Vec<Event>) {
        while !self.is_busy()
            && let Some(block) = self.waiting.pop_front()
        {
            self.close(events);
            self.begin_waiting(block, events);
        }
    }

    fn begin_waiting(&mut self, block: Waiting, events: &mut Vec<Event>) {
        match block {
            Waiting::Call(at) => self.begin(Key::Call(at), events),
            Waiting::Plain(kind, held) => {
                self.begin(Key::Plain(kind), events);
                self.release(held, events);
            }
        }
    }

    fn begin(&mut self, key: Key, events: &mut Vec<Event>) {
        let mut held = Vec::new();
        let kind = match key {
            Key::Plain(Plain::Text) => BlockKind::Text,
            Key::Plain(Plain::Reasoning) => BlockKind::Reasoning,
            Key::Plain(Plain::Refusal) => BlockKind::Refusal,
            Key::Call(at) => {
                let Some(call) = self.calls.get_mut(at) else { return };
                call.state = State::Open;
                held = std::mem::take(&mut call.held);
                let (id, name) = (call.id.clone(), call.name.clone());
                BlockKind::ToolCall { id, name, custom: call.custom }
            }
        };
        let index = self.next;
        self.next += 1;
        self.open = Some((index, key));
        events.push(Event::BlockStart { choice: self.choice, index, kind });
        self.release(held, events);
    }

    fn release(&mut self, held: Vec<Delta>, events: &mut Vec<Event>) {
        for delta in held {
            self.waiting_bytes = self.waiting_bytes.saturating_sub(size(&delta));
            self.emit(delta, events);
        }
    }

    fn emit(&mut self, delta: Delta, events: &mut Vec<Event>) {
        let Some((index, key)) = self.open else { return };
        if let (Key::Call(at), Delta::Arguments(text)) = (key, &delta)
            && let Some(call) = self.calls.get_mut(at)
        {
            call.scan.push(text);
        }
        events.push(Event::Delta { choice: self.choice, index, delta });
    }

    fn close(&mut self, events: &mut Vec<Event>) {
        let Some((index, key)) = self.open.take() else { return };
        if let Key::Call(at) = key
            && let Some(call) = self.calls.get_mut(at)
        {
            call.state = State::Closed;
        }
        events.push(Event::BlockStop { choice: self.choice, index });
    }
}

impl Call {
    fn learn(&mut self, piece: &CallPiece) {
        if self.id.is_empty() {
            self.id = piece.id.clone();
        }
        if self.name.is_empty() {
            self.name = piece.name.clone();
        }
        self.custom |= piece.custom;
    }
}

/// How much a waiting piece weighs, in bytes.
fn size(delta: &Delta) -> usize {
    // What a piece takes beside its text.
    const PIECE: usize = 64;
    PIECE
        + match delta {
            Delta::Text(text)
            | Delta::Reasoning(text)
            | Delta::Refusal(text)
            | Delta::Signature(text)
            | Delta::Redacted(text)
            | Delta::Arguments(text) => text.len(),
            Delta::Logprobs(raw) | Delta::Opaque { raw, .. } => raw.as_str().len(),
            Delta::Citation(citation) => citation.raw.as_str().len(),
            _ => 0,
        }
}
