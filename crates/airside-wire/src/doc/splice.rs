//! An object or array opened for editing: its entries, kept text and new text told apart.
//!
//! Not a value tree: only the containers on the path of an edit are opened, the rest stays one
//! slice. The invariant: emitting an opened container without edits gives its text byte for byte.

use std::ops::Range;

use bytes::Bytes;

use crate::skip::Cursor;
use crate::{Kind, RawJson, Segment, Str, escape};

/// An opened object or array.
#[derive(Debug, Clone)]
pub(super) struct Container {
    /// The text all kept spans refer to.
    source: Str,
    is_object: bool,
    /// Up to and with the opening bracket.
    head: Range<usize>,
    /// From the end of the last entry that stood there: whitespace and the closing bracket.
    tail: Range<usize>,
    entries: Vec<Entry>,
}

/// One field or item. Commas belong to no entry; they are placed between those that are left.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    lead: Lead,
    pub(super) value: Node,
    /// From the value to the following comma: whitespace.
    trail: Range<usize>,
}

/// What stands from the preceding comma to the value: whitespace, key and colon.
#[derive(Debug, Clone)]
enum Lead {
    /// As it stood. The key is with its quotes; it is empty for items.
    Kept { span: Range<usize>, key: Range<usize> },
    /// Given by an edit. The key is decoded.
    New { text: Str, key: Str },
}

/// A value inside an opened container.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// As it stood.
    Kept(Range<usize>),
    /// Given by an edit.
    New(RawJson),
    /// Opened, because an edit lies inside.
    Open(Box<Container>),
}

const COMMA: Str = Str::from_static(",");

// === impl Container ===

impl Container {
    /// Opens the container at `span` of `source`; `None` if something else is there.
    pub(super) fn open(source: Str, span: Range<usize>) -> Option<Self> {
        let bytes = source.as_bytes().get(..span.end)?;
        let mut cursor = Cursor::inside(bytes, span.start);
        let kind = bytes.get(span.start).copied().and_then(Kind::of);
        let entries: Vec<_> = match kind? {
            Kind::Object => std::iter::from_fn(|| cursor.field()).collect(),
            Kind::Array => std::iter::from_fn(|| cursor.item()).map(|item| (0..0, item)).collect(),
            _ => return None,
        };
        Some(Self::from_spans(source, kind == Some(Kind::Object), span.clone(), span, entries))
    }

    /// Opens the container at `span`, whose entries (key and value) are known already.
    /// `outer` is the span with what surrounds it at the top level.
    pub(super) fn from_spans(
        source: Str,
        is_object: bool,
        span: Range<usize>,
        outer: Range<usize>,
        spans: impl IntoIterator<Item = (Range<usize>, Range<usize>)>,
    ) -> Self {
        let bytes = source.as_bytes();
        let mut lead_start = span.start + 1;
        let entry = |(key, value): (Range<usize>, Range<usize>)| {
            let lead = Lead::Kept { span: lead_start..value.start, key };
            let trail = value.end..value.end + leading_whitespace(bytes, value.end);
            lead_start = trail.end + 1;
            Entry { lead, value: Node::Kept(value), trail }
        };
        let mut entries: Vec<Entry> = spans.into_iter().map(entry).collect();
        // Whitespace before the closing bracket belongs to the container, not to its last entry.
        let mut tail_start = span.start + 1;
        if let Some(last) = entries.last_mut() {
            tail_start = last.trail.start;
            last.trail.end = tail_start;
        }
        let head = outer.start..span.start + 1;
        Self { is_object, head, tail: tail_start..outer.end, entries, source }
    }

    pub(super) fn kind(&self) -> Kind {
        if self.is_object { Kind::Object } else { Kind::Array }
    }

    pub(super) fn entries_mut(&mut self) -> &mut Vec<Entry> {
        &mut self.entries
    }

    pub(super) fn source(&self) -> &Str {
        &self.source
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether `segment` names this entry, which stands at `index`.
    fn names(&self, segment: &Segment, index: usize, entry: &Entry) -> bool {
        match segment {
            Segment::Key(key) => self.is_object && self.is_key(entry, key),
            Segment::Index(wanted) => !self.is_object && index == *wanted,
        }
    }

    /// The positions of the entries a segment names: several if a key is duplicated.
    pub(super) fn positions(&self, segment: &Segment) -> impl Iterator<Item = usize> {
        let named = |&(index, entry): &(usize, &Entry)| self.names(segment, index, entry);
        self.entries.iter().enumerate().filter(named).map(|(index, _)| index)
    }

    /// Removes the entries a segment names, and says whether there were any.
    pub(super) fn remove(&mut self, segment: &Segment) -> bool {
        let mut positions = self.positions(segment).collect::<Vec<_>>().into_iter().peekable();
        let any = positions.peek().is_some();
        let mut index = 0;
        self.entries.retain(|_| {
            let removed = positions.next_if_eq(&index).is_some();
            index += 1;
            !removed
        });
        any
    }

    fn is_key(&self, entry: &Entry, wanted: &str) -> bool {
        match &entry.lead {
            Lead::Kept { key, .. } => escape::decodes_to(self.literal(key), wanted),
            Lead::New { key, .. } => key == wanted,
        }
    }

    fn literal(&self, key: &Range<usize>) -> &str {
        self.source.get(key.clone()).unwrap_or_default()
    }

    pub(super) fn count(&self, key: &str) -> usize {
        self.entries.iter().filter(|entry| self.is_key(entry, key)).count()
    }

    pub(super) fn get(&self, key: &str) -> Option<RawJson> {
        let entry = self.entries.iter().find(|entry| self.is_key(entry, key))?;
        Some(self.value_of(&entry.value))
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = (Str, RawJson)> {
        self.entries.iter().map(|entry| {
            let key = match &entry.lead {
                Lead::Kept { key, .. } => escape::decode(&self.source, self.literal(key)),
                Lead::New { key, .. } => key.clone(),
            };
            (key, self.value_of(&entry.value))
        })
    }

    /// The current value below this container.
    pub(super) fn at(&self, segments: &[Segment]) -> Option<RawJson> {
        let mut container = self;
        let mut segments = segments;
        while let [segment, below @ ..] = segments {
            let position = container.positions(segment).next()?;
            let node = &container.entries.get(position)?.value;
            match node {
                Node::Open(inner) => container = inner,
                _ => return container.value_of(node).at_segments(below),
            }
            segments = below;
        }
        Some(container.to_value())
    }

    fn value_of(&self, node: &Node) -> RawJson {
        match node {
            Node::Kept(span) => RawJson::slice(&self.source, span.clone()),
            Node::New(value) => value.clone(),
            Node::Open(container) => container.to_value(),
        }
    }

    /// The text of this container as a value: without what surrounds the top level.
    fn to_value(&self) -> RawJson {
        let text = self.render();
        let trimmed = text.trim_matches([' ', '\n', '\r', '\t']);
        RawJson::trusted(text.slice_ref(trimmed))
    }

    /// Passes every piece of the text to `sink`, in order, as a span of a source.
    pub(super) fn emit(&self, sink: &mut impl FnMut(&Str, Range<usize>)) {
        sink(&self.source, self.head.clone());
        let mut previous: Option<&Entry> = None;
        for entry in &self.entries {
            match (previous.map(|previous| previous.trail.end), &entry.lead) {
                (None, _) => {}
                // The comma that stood between the two.
                (Some(end), Lead::Kept { span, .. }) if end + 1 == span.start => {
                    sink(&self.source, end..span.start);
                }
                (Some(_), _) => sink(&COMMA, 0..COMMA.len()),
            }
            match &entry.lead {
                Lead::Kept { span, .. } => sink(&self.source, span.clone()),
                Lead::New { text, .. } => sink(text, 0..text.len()),
            }
            match &entry.value {
                Node::Kept(span) => sink(&self.source, span.clone()),
                Node::New(value) => sink(value.as_text(), 0..value.as_str().len()),
                Node::Open(container) => container.emit(sink),
            }
            sink(&self.source, entry.trail.clone());
            previous = Some(entry);
        }
        sink(&self.source, self.tail.clone());
    }

    /// The pieces as slices, neighbors joined.
    pub(super) fn frames(&self) -> Vec<Bytes> {
        let mut frames = Vec::new();
        let mut pending: Option<(Str, Range<usize>)> = None;
        self.emit(&mut |source, span| {
            if span.is_empty() {
                return;
            }
            if let Some((last, joined)) = &mut pending
                && is_same(last, source)
                && joined.end == span.start
            {
                joined.end = span.end;
                return;
            }
            frames.extend(pending.replace((source.clone(), span)).map(cut));
        });
        frames.extend(pending.map(cut));
        frames
    }

    pub(super) fn render(&self) -> Str {
        let mut len = 0;
        self.emit(&mut |_, span| len += span.len());
        let mut out = String::with_capacity(len);
        self.emit(&mut |source, span| out.push_str(source.get(span).unwrap_or_default()));
        Str::from(out)
    }
}

/// Whether two live texts are the same memory.
fn is_same(a: &Str, b: &Str) -> bool {
    a.as_ptr() == b.as_ptr() && a.len() == b.len()
}

fn cut((source, span): (Str, Range<usize>)) -> Bytes {
    source.slice_ref(source.get(span).unwrap_or_default()).into_bytes()
}

/// How many bytes of whitespace stand at `at`.
fn leading_whitespace(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).count()
}

// === impl Entry ===

impl Entry {
    /// A field that was not in the document.
    pub(super) fn field(key: &Str, value: RawJson) -> Self {
        let mut text = String::with_capacity(key.len() + 3);
        escape::encode(&mut text, key);
        text.push(':');
        let lead = Lead::New { text: Str::from(text), key: key.clone() };
        Self { lead, value: Node::New(value), trail: 0..0 }
    }

    /// An item that was not in the document.
    pub(super) fn item(value: RawJson) -> Self {
        let lead = Lead::New { text: Str::new(), key: Str::new() };
        Self { lead, value: Node::New(value), trail: 0..0 }
    }
}

// === impl Node ===

impl Node {
    /// Opens this value, a part of `source`, for editing; `None` if it is neither object nor array.
    pub(super) fn open(&mut self, source: &Str) -> Option<&mut Container> {
        let opened = match self {
            Self::Open(_) => None,
            Self::Kept(span) => Some(Container::open(source.clone(), span.clone())?),
            Self::New(value) => {
                let text = value.text();
                let span = 0..text.len();
                Some(Container::open(text, span)?)
            }
        };
        if let Some(container) = opened {
            *self = Self::Open(Box::new(container));
        }
        match self {
            Self::Open(container) => Some(container),
            _ => None,
        }
    }

    /// What sort of value this is.
    pub(super) fn kind(&self, source: &Str) -> Kind {
        match self {
            Self::Kept(span) => {
                let first = source.as_bytes().get(span.start).copied();
                first.and_then(Kind::of).unwrap_or(Kind::Null)
            }
            Self::New(value) => value.kind(),
            Self::Open(container) => container.kind(),
        }
    }
}
