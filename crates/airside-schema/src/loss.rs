//! What a translation could not carry, said out loud.

use std::fmt;

use airside_wire::Str;

use crate::Extras;

/// What happened to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LossKind {
    /// It is not in the output.
    Dropped,
    /// Something close to it is in the output.
    Approximated,
    /// The output needed a value the input did not give.
    Defaulted,
    /// It is in the output, in another place or order.
    Reordered,
}

/// How much a loss matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Weight {
    /// Bookkeeping such as a fingerprint or a trace field.
    Annotation,
    /// A setting that steers the model.
    Parameter,
    /// Part of what was said.
    Semantic,
}

/// Which way the lost value was travelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the caller to the model.
    Request,
    /// From the model to the caller.
    Reply,
}

/// One value that did not make it through a translation unchanged.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Loss {
    /// Where it stood in the source document, such as `messages[2].content[0]`.
    pub path: Str,
    /// What happened to it.
    pub kind: LossKind,
    /// How much it matters.
    pub weight: Weight,
    /// Which way it was travelling.
    pub direction: Direction,
    /// Why, in a few words.
    pub note: &'static str,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            LossKind::Dropped => "dropped",
            LossKind::Approximated => "approximated",
            LossKind::Defaulted => "defaulted",
            LossKind::Reordered => "reordered",
        };
        write!(f, "{} {kind}: {}", self.path, self.note)
    }
}

/// The losses of one translation.
///
/// Holds at most [`LossReport::MAX`] entries so that hostile input cannot grow
/// it without bound; further ones are counted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LossReport {
    entries: Vec<Loss>,
    unlisted: usize,
}

impl LossReport {
    /// The most entries a report lists.
    pub const MAX: usize = 256;

    /// Adds an entry unless the same path and kind is already listed.
    pub fn push(
        &mut self,
        direction: Direction,
        kind: LossKind,
        weight: Weight,
        path: impl Into<Str>,
        note: &'static str,
    ) {
        let path = path.into();
        if self.entries.len() >= Self::MAX {
            self.unlisted += 1;
            return;
        }
        let known =
            |loss: &Loss| loss.path == path && loss.kind == kind && loss.direction == direction;
        if !self.entries.iter().any(known) {
            self.entries.push(Loss { path, kind, weight, direction, note });
        }
    }

    /// Adds a dropped value of a request.
    pub fn dropped(&mut self, weight: Weight, path: impl Into<Str>, note: &'static str) {
        self.push(Direction::Request, LossKind::Dropped, weight, path, note);
    }

    /// Adds an approximated value of a request.
    pub fn approximated(&mut self, weight: Weight, path: impl Into<Str>, note: &'static str) {
        self.push(Direction::Request, LossKind::Approximated, weight, path, note);
    }

    /// Adds a value of a request that had to be made up.
    pub fn defaulted(&mut self, path: impl Into<Str>, note: &'static str) {
        self.push(Direction::Request, LossKind::Defaulted, Weight::Parameter, path, note);
    }

    /// Adds a dropped value of a reply.
    pub fn reply_dropped(&mut self, weight: Weight, path: impl Into<Str>, note: &'static str) {
        self.push(Direction::Reply, LossKind::Dropped, weight, path, note);
    }

    /// Adds an approximated value of a reply.
    pub fn reply_approximated(&mut self, weight: Weight, path: impl Into<Str>, note: &'static str) {
        self.push(Direction::Reply, LossKind::Approximated, weight, path, note);
    }

    /// Adds every field of `extras` as dropped, each below `path` (which may
    /// be empty for the root). A null says nothing and is no loss.
    pub fn extras(&mut self, direction: Direction, weight: Weight, path: &str, extras: &Extras) {
        for (key, _) in extras.iter().filter(|(_, value)| !value.is_null()) {
            let at = if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
            let note = "the target format has no such field";
            self.push(direction, LossKind::Dropped, weight, at, note);
        }
    }

    /// Appends the entries of another report.
    pub fn merge(&mut self, other: Self) {
        self.unlisted += other.unlisted;
        for loss in other.entries {
            self.push(loss.direction, loss.kind, loss.weight, loss.path, loss.note);
        }
    }

    /// True if nothing was lost.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How many losses there are, listed or not.
    pub fn len(&self) -> usize {
        self.entries.len() + self.unlisted
    }

    /// The listed entries, in the order they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Loss> {
        self.entries.iter()
    }

    /// How many listed entries have that weight.
    pub fn count(&self, weight: Weight) -> usize {
        self.entries.iter().filter(|loss| loss.weight == weight).count()
    }

    /// The value of the response header `x-airside-translation-loss`: the
    /// total, then the count of each weight that occurs, such as
    /// `3;semantic=1;parameter=2`. Paths stay in the record: they may quote
    /// what a client sent.
    pub fn summary(&self) -> String {
        use fmt::Write as _;
        let mut text = self.len().to_string();
        let weights = [
            (Weight::Semantic, "semantic"),
            (Weight::Parameter, "parameter"),
            (Weight::Annotation, "annotation"),
        ];
        for (weight, name) in weights {
            let count = self.count(weight);
            if count > 0 {
                // Writing to a String cannot fail.
                let _ = write!(text, ";{name}={count}");
            }
        }
        text
    }
}

impl<'a> IntoIterator for &'a LossReport {
    type Item = &'a Loss;
    type IntoIter = std::slice::Iter<'a, Loss>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for LossReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for loss in self {
            writeln!(f, "{loss}")?;
        }
        if self.unlisted > 0 {
            writeln!(f, "and {} more", self.unlisted)?;
        }
        Ok(())
    }
}
