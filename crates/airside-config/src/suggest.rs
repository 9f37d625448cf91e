//! "Did you mean …?": the accepted name nearest to a mistyped one.
//!
//! Not a fuzzy search: it answers only when the two names are close enough that a person
//! would call it a typing mistake. Invariant: an exact match (but for letter case and for `-`
//! against `_`) always wins, and ties go to the candidate listed first.

/// Finds the candidate nearest to `name`, or `None` when none is near.
///
/// Near means at most one edit for every three letters of the name (at least one): an insertion,
/// a deletion, a replacement, or a swap of two neighbors. Letter case, `-` and `_` make no
/// difference. A candidate that only adds a word to the name, or drops one, is near as well.
///
/// ```
/// use airside_config::suggest::closest;
/// assert_eq!(closest("provder", ["provider", "model"]), Some("provider"));
/// assert_eq!(closest("Request-Timeout", ["request_timeout"]), Some("request_timeout"));
/// assert_eq!(closest("timeout", ["retry", "request_timeout"]), Some("request_timeout"));
/// assert_eq!(closest("banana", ["provider", "model"]), None);
/// ```
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = normal(name);
    let limit = (wanted.len() / 3).max(1);
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        let offered = normal(candidate);
        let mut distance = distance(&wanted, &offered);
        if distance > limit && shares_words(name, candidate) {
            distance = limit;
        }
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Letters and digits in lower case: what is left when spelling conventions are taken away.
fn normal(name: &str) -> Vec<char> {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Says whether the words of one name are the first or the last words of the other.
fn shares_words(name: &str, candidate: &str) -> bool {
    fn words(name: &str) -> Vec<String> {
        name.split(['_', '-']).map(str::to_lowercase).collect()
    }
    let (a, b) = (words(name), words(candidate));
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    short.len() < long.len() && (long.starts_with(&short) || long.ends_with(&short))
}

/// Counts the edits between two names: the optimal string alignment distance, by rows.
fn distance(from: &[char], to: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=to.len()).collect();
    for (i, &a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &b) in to.iter().enumerate() {
            let cell = |line: &[usize], column: usize| line.get(column).copied();
            let replaced = cell(&previous, j).map(|d| d + usize::from(a != b));
            let deleted = cell(&previous, j + 1).map(|d| d + 1);
            let inserted = cell(&row, j).map(|d| d + 1);
            let crossed = j
                .checked_sub(1)
                .filter(|&last| i > 0 && from.get(i - 1) == Some(&b) && to.get(last) == Some(&a));
            let swapped = crossed.and_then(|last| cell(&before, last)).map(|d| d + 1);
            let least = [replaced, deleted, inserted, swapped].into_iter().flatten().min();
            row.push(least.unwrap_or(usize::MAX));
        }
        before = std::mem::replace(&mut previous, row);
    }
    previous.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_edits() {
        for (from, to, edits) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("model", "model", 0),
            ("modle", "model", 1),
            ("mdel", "model", 1),
            ("models", "model", 1),
            ("mobel", "model", 1),
            ("ca", "abc", 3),
            ("kitten", "sitting", 3),
        ] {
            let chars = |s: &str| s.chars().collect::<Vec<_>>();
            assert_eq!(distance(&chars(from), &chars(to)), edits, "{from:?} {to:?}");
            assert_eq!(distance(&chars(to), &chars(from)), edits, "{to:?} {from:?}");
        }
    }

    #[test]
    fn suggestions_are_near_or_absent() {
        let keys = ["listen", "log", "providers", "targets", "on_loss", "request_timeout", "für"];
        for (typed, expected) in [
            ("listne", Some("listen")),
            ("Listen", Some("listen")),
            ("provider", Some("providers")),
            ("target", Some("targets")),
            ("onLoss", Some("on_loss")),
            ("on-loss", Some("on_loss")),
            ("timeout", Some("request_timeout")),
            ("lg", Some("log")),
            ("fur", Some("für")),
            ("cache", None),
            ("", None),
            ("xyz", None),
        ] {
            assert_eq!(closest(typed, keys), expected, "{typed:?}");
        }
    }

    #[test]
    fn nothing_to_choose_from_gives_nothing() {
        assert_eq!(closest("model", []), None);
    }
}
