//! Differences between what one side said and what the other was told, and which of them the
//! loss report owns up to.

use airside_schema::Direction;

use super::records::Record;

/// One difference.
#[derive(Debug, Clone)]
pub(crate) struct Difference {
    /// What differs, for a person.
    pub(crate) what: String,
    /// Places of the source document whose loss would explain it. `*` at the end of a place
    /// stands for any continuation.
    pub(crate) places: Vec<String>,
}

impl Difference {
    pub(crate) fn new(
        what: impl Into<String>,
        places: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self { what: what.into(), places: places.into_iter().map(Into::into).collect() }
    }

    /// A difference no loss can excuse.
    pub(crate) fn inexcusable(what: impl Into<String>) -> Self {
        Self { what: what.into(), places: Vec::new() }
    }

    /// True if the record of the call reports a loss at one of the places.
    pub(crate) fn is_reported(&self, record: &Record, direction: Direction) -> bool {
        let reported = record.losses.iter().filter(|loss| loss.direction == direction);
        reported.into_iter().any(|loss| self.places.iter().any(|place| covers(place, &loss.path)))
    }
}

/// Compares two values that print, and notes a difference.
pub(crate) fn note<T: PartialEq + std::fmt::Debug>(
    differences: &mut Vec<Difference>,
    what: &str,
    (said, told): (&T, &T),
    places: &[&str],
) {
    if said != told {
        let what = format!("{what}: {} became {}", short(said), short(told));
        differences.push(Difference::new(what, places.iter().copied()));
    }
}

/// A value, not too long to read.
pub(crate) fn short(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    match text.char_indices().nth(160) {
        None => text,
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// True if a loss at `path` is at `place`, within it, or at something that contains it.
fn covers(place: &str, path: &str) -> bool {
    if let Some(beginning) = place.strip_suffix('*') {
        return path.starts_with(beginning);
    }
    is_within(path, place) || is_within(place, path)
}

/// True if `inner` is `outer` or a place below it.
fn is_within(inner: &str, outer: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_covers_its_place_what_is_in_it_and_what_contains_it() {
        for (place, path, covered) in [
            ("messages[2]", "messages[2]", true),
            ("messages[2]", "messages[2].content[0].text", true),
            ("messages[2].content", "messages[2]", true),
            ("messages[2]", "messages[20]", false),
            ("messages[2]", "messages[1]", false),
            ("stop", "stop_sequences", false),
            ("stop*", "stop_sequences", true),
            ("tools[0]", "tool_choice", false),
        ] {
            assert_eq!(covers(place, path), covered, "{place} {path}");
        }
    }
}
