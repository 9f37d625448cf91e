//! The edits of a [`JsonDoc`].
//!
//! Not a merge: each edit names one place and changes only that. The invariant: a failed edit
//! leaves the outgoing bytes as they were.

use super::JsonDoc;
use super::splice::{Container, Entry, Node};
use crate::{Kind, Path, RawJson, Segment, WireError};

/// Longest path of an edit. Emitting an edited document recurses once per opened level, so the
/// depth must not be up to the caller of a caller.
const MAX_PATH: usize = 256;

impl JsonDoc {
    /// Replaces the value at a path. At the root, the value must be an object.
    ///
    /// # Errors
    /// [`NoSuchPath`](WireError::NoSuchPath) if there is none;
    /// [`DuplicateKey`](WireError::DuplicateKey) if a key on the path names two fields.
    pub fn replace(&mut self, path: &Path, value: RawJson) -> Result<(), WireError> {
        let Some((last, _)) = path.segments().split_last() else {
            return self.replace_root(&value);
        };
        let parent = self.parent(path)?;
        let position = only(parent, last)?.ok_or_else(|| missing(path))?;
        put(parent, position, value);
        self.edited = true;
        Ok(())
    }

    /// Replaces the value at a path, or appends it to its parent, which must exist: a new key to
    /// an object, the index just past the end to an array.
    ///
    /// # Errors
    /// [`NoSuchPath`](WireError::NoSuchPath) if the parent does not exist or cannot hold it;
    /// [`DuplicateKey`](WireError::DuplicateKey) if a key on the path names two fields.
    pub fn set(&mut self, path: &Path, value: RawJson) -> Result<(), WireError> {
        let Some((last, _)) = path.segments().split_last() else {
            return self.replace_root(&value);
        };
        let parent = self.parent(path)?;
        match (only(parent, last)?, last, parent.kind()) {
            (Some(position), _, _) => put(parent, position, value),
            (None, Segment::Key(key), Kind::Object) => {
                parent.entries_mut().push(Entry::field(key, value));
            }
            (None, Segment::Index(index), Kind::Array) if *index == parent.len() => {
                parent.entries_mut().push(Entry::item(value));
            }
            _ => return Err(missing(path)),
        }
        self.edited = true;
        Ok(())
    }

    /// Appends an item to the array at a path.
    ///
    /// # Errors
    /// [`NoSuchPath`](WireError::NoSuchPath), [`NotAnArray`](WireError::NotAnArray), or
    /// [`DuplicateKey`](WireError::DuplicateKey) if a key on the path names two fields.
    pub fn append_item(&mut self, path: &Path, value: RawJson) -> Result<(), WireError> {
        let array = self.array(path)?;
        array.entries_mut().push(Entry::item(value));
        self.edited = true;
        Ok(())
    }

    /// Inserts an item into the array at a path, before the one at `index`; at its length, appends.
    ///
    /// # Errors
    /// As [`append_item`](JsonDoc::append_item); [`NoSuchPath`](WireError::NoSuchPath) also if the
    /// index is past the end.
    pub fn insert_item(
        &mut self,
        path: &Path,
        index: usize,
        value: RawJson,
    ) -> Result<(), WireError> {
        let array = self.array(path)?;
        if index > array.len() {
            return Err(missing(&path.join_index(index)));
        }
        array.entries_mut().insert(index, Entry::item(value));
        self.edited = true;
        Ok(())
    }

    /// Removes the field or item at a path with one comma; every field of that name, if the key is
    /// duplicated. Says whether there was any; an absent parent is no error.
    ///
    /// # Errors
    /// [`DuplicateKey`](WireError::DuplicateKey) if a key above names two fields;
    /// [`NoSuchPath`](WireError::NoSuchPath) for the root, which cannot be removed.
    pub fn remove(&mut self, path: &Path) -> Result<bool, WireError> {
        let Some((last, _)) = path.segments().split_last() else {
            return Err(missing(path));
        };
        let parent = match self.parent(path) {
            Err(WireError::NoSuchPath { .. }) => return Ok(false),
            parent => parent?,
        };
        let removed = parent.remove(last);
        self.edited |= removed;
        Ok(removed)
    }

    fn replace_root(&mut self, value: &RawJson) -> Result<(), WireError> {
        let text = value.text();
        let span = 0..text.len();
        match Container::open(text, span) {
            Some(root) if root.kind() == Kind::Object => self.opened = Some(root),
            _ => return Err(WireError::NotAnObject { found: value.kind() }),
        }
        self.edited = true;
        Ok(())
    }

    /// The document opened for editing.
    fn open(&mut self) -> &mut Container {
        self.opened.get_or_insert_with(|| {
            let spans = self.fields.iter().map(|field| (field.key.clone(), field.value.clone()));
            let whole = 0..self.text.len();
            Container::from_spans(self.text.clone(), true, self.root.clone(), whole, spans)
        })
    }

    /// The container that holds the place `path` names.
    fn parent(&mut self, path: &Path) -> Result<&mut Container, WireError> {
        if path.segments().len() > MAX_PATH {
            return Err(WireError::TooDeep { limit: MAX_PATH, offset: 0 });
        }
        let mut container = self.open();
        let above = path.segments().split_last().map_or(&[][..], |(_, above)| above);
        for segment in above {
            let position = only(container, segment)?.ok_or_else(|| missing(path))?;
            let source = container.source().clone();
            let entry = container.entries_mut().get_mut(position);
            container =
                entry.and_then(|entry| entry.value.open(&source)).ok_or_else(|| missing(path))?;
        }
        Ok(container)
    }

    /// The array at `path`.
    fn array(&mut self, path: &Path) -> Result<&mut Container, WireError> {
        let Some((last, _)) = path.segments().split_last() else {
            return Err(WireError::NotAnArray { path: path.clone(), found: Kind::Object });
        };
        let parent = self.parent(path)?;
        let position = only(parent, last)?.ok_or_else(|| missing(path))?;
        let source = parent.source().clone();
        let node = parent.entries_mut().get_mut(position).map(|entry| &mut entry.value);
        let node = node.ok_or_else(|| missing(path))?;
        let found = node.kind(&source);
        match node.open(&source) {
            Some(array) if found == Kind::Array => Ok(array),
            _ => Err(WireError::NotAnArray { path: path.clone(), found }),
        }
    }
}

/// The position of the one entry a segment names.
fn only(container: &Container, segment: &Segment) -> Result<Option<usize>, WireError> {
    let mut positions = container.positions(segment);
    let position = positions.next();
    match (positions.next(), segment) {
        (Some(_), Segment::Key(key)) => Err(WireError::DuplicateKey { key: key.clone() }),
        _ => Ok(position),
    }
}

fn put(container: &mut Container, position: usize, value: RawJson) {
    if let Some(entry) = container.entries_mut().get_mut(position) {
        entry.value = Node::New(value);
    }
}

fn missing(path: &Path) -> WireError {
    WireError::NoSuchPath { path: path.clone() }
}
