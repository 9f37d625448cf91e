//! Where a value stands, for errors and loss reports.
//!
//! Not a document path one can edit with: a chain of steps on the stack that
//! is only rendered when something has to be said. Costs nothing on the way
//! of a healthy call.

use std::fmt;

use airside_wire::Str;

/// A place in a document: the chain of steps that lead there.
#[derive(Debug, Clone, Copy)]
pub(crate) enum At<'a> {
    /// The document itself.
    Root,
    /// A field of the object at a place.
    Key(&'a At<'a>, &'a str),
    /// An element of the array at a place.
    Index(&'a At<'a>, usize),
}

impl<'a> At<'a> {
    /// A field of the object here.
    pub(crate) fn key(&'a self, key: &'a str) -> At<'a> {
        At::Key(self, key)
    }

    /// An element of the array here.
    pub(crate) fn index(&'a self, index: usize) -> At<'a> {
        At::Index(self, index)
    }

    /// The place as text, such as `messages[2].content[0]`.
    pub(crate) fn path(&self) -> Str {
        Str::from(self.to_string())
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            At::Root => Ok(()),
            At::Key(At::Root, key) => f.write_str(key),
            At::Key(parent, key) => write!(f, "{parent}.{key}"),
            At::Index(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_read_like_paths() {
        let messages = At::Root.key("messages");
        let message = messages.index(2);
        let content = message.key("content");
        assert_eq!(content.index(0).path(), "messages[2].content[0]");
        assert_eq!(At::Root.path(), "");
    }
}
