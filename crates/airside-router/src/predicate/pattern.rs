//! Regular expressions of queries, bounded in size and in steps.
//!
//! Queries are written for JavaScript. Most expressions run on an engine that takes linear time;
//! those with look-around or back-references run on a backtracking one with a limit on its steps
//! and on the text.

use airside_call::{CallError, ErrorKind};
use airside_wire::Str;

use super::javascript;
use crate::PredicateError;

/// Longest expression, in bytes.
const MAX_PATTERN: usize = 1024;
/// Largest compiled expression, in bytes.
const MAX_COMPILED: usize = 128 * 1024;
/// Most steps of the backtracking engine.
const MAX_STEPS: usize = 5_000;
/// Longest text the backtracking engine is run on, in bytes.
const MAX_TEXT: usize = 1024;

/// How many regular expressions the queries of one tree may still have. 16 to begin with, because
/// compiling one costs far more than anything else in a query.
#[derive(Debug)]
pub struct PatternAllowance(usize);

impl Default for PatternAllowance {
    fn default() -> Self {
        Self(16)
    }
}

#[derive(Debug, Clone)]
pub(super) enum Pattern {
    Linear(regex::Regex),
    Backtracking(Box<fancy_regex::Regex>),
}

impl Pattern {
    pub(super) fn new(
        at: &Str,
        pattern: &str,
        allowance: &mut PatternAllowance,
    ) -> Result<Self, PredicateError> {
        let refused =
            |reason: String| PredicateError::Pattern { at: at.clone(), reason: reason.into() };
        allowance.0 = allowance
            .0
            .checked_sub(1)
            .ok_or_else(|| refused("is one too many: a config may have 16 of them".to_owned()))?;
        if pattern.len() > MAX_PATTERN {
            return Err(refused(format!("is longer than {MAX_PATTERN} bytes")));
        }
        let pattern = &javascript::translated(pattern);
        let linear = regex::RegexBuilder::new(pattern).size_limit(MAX_COMPILED).build();
        match linear {
            Ok(regex) => return Ok(Self::Linear(regex)),
            Err(regex::Error::CompiledTooBig(_)) => {
                return Err(refused("is too large: use smaller repetitions".to_owned()));
            }
            // Maybe it uses what only the other engine knows.
            Err(_) => {}
        }
        let backtracking = fancy_regex::RegexBuilder::new(pattern)
            .backtrack_limit(MAX_STEPS)
            .delegate_size_limit(MAX_COMPILED)
            .max_prog_size(MAX_COMPILED)
            .build();
        match backtracking {
            Ok(regex) => Ok(Self::Backtracking(Box::new(regex))),
            Err(error) => Err(refused(format!("cannot be read: {}", first_line(&error)))),
        }
    }

    pub(super) fn matches(&self, text: &str) -> Result<bool, CallError> {
        match self {
            Self::Linear(regex) => Ok(regex.is_match(text)),
            Self::Backtracking(_) if text.len() > MAX_TEXT => Err(undecided(
                "the text is longer than 1 KiB, the limit for expressions with look-around or \
                 back-references",
            )),
            Self::Backtracking(regex) => regex.is_match(text).map_err(|_| {
                undecided("it needs too many steps: use fewer nested repetitions or no look-around")
            }),
        }
    }
}

/// A condition that cannot be told must not silently count as unmet: it may guard something.
fn undecided(why: &str) -> CallError {
    let message = format!("A $regex of the query router cannot be evaluated: {why}");
    CallError::new(ErrorKind::InvalidRequest, message)
}

/// Errors of the engine may show the whole expression on further lines.
fn first_line(error: &fancy_regex::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Result<Pattern, PredicateError> {
        Pattern::new(&"key.$regex".into(), text, &mut PatternAllowance::default())
    }

    #[test]
    fn expressions_match_anywhere_as_in_javascript() {
        for (text, subject, expected) in [
            (r"@corp\.com$", "x@corp.com", true),
            (r"@corp\.com$", "x@corp.com.evil", false),
            (r"^gpt-4(o|\.1)", "gpt-4.1-mini", true),
            (r"\/v1\/", "/v1/chat", true),
            ("(?i)PRO", "a pro", true),
            (r"(?<year>\d{4})", "in 2026", true),
            (r"^(?!.*preview).*mini$", "gpt-mini", true),
            (r"^(?!.*preview).*mini$", "gpt-preview-mini", false),
            (r"(?<=-)mini", "gpt-mini", true),
            (r"(\w)\1", "off", true),
            (r"(\w)\1", "on", false),
            ("", "anything", true),
            (r"^\w+@[\w.-]+$", "ana@corp.example", true),
            (r"^\d$", "\u{663}", false), // An Arabic digit is none in JavaScript.
            ("^[[]$", "[", true),
        ] {
            let pattern = pattern(text).expect(text);
            assert_eq!(pattern.matches(subject).ok(), Some(expected), "{text} on {subject}");
        }
    }

    #[test]
    fn expressions_that_cannot_be_used_are_refused() {
        let long = "a".repeat(1025);
        for (text, reason) in [
            ("(", "cannot be read"),
            ("[a", "cannot be read"),
            ("*", "cannot be read"),
            (r"(\w{50}){50}", "is too large"),
            (r"(?=(\w{50}){50})a", "cannot be read"),
            (&long, "is longer than 1024 bytes"),
        ] {
            let error = pattern(text).expect_err(text).to_string();
            assert!(error.starts_with("`key.$regex`: the regular expression "), "{error}");
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn a_tree_has_at_most_16_expressions() {
        let mut allowance = PatternAllowance::default();
        for _ in 0..16 {
            assert!(Pattern::new(&"k".into(), "a", &mut allowance).is_ok());
        }
        assert!(Pattern::new(&"k".into(), "a", &mut allowance).is_err());
    }

    #[test]
    fn runaway_expressions_end_in_an_error() {
        let runaway = pattern(r"^(?=(a+)+$)\1").expect("valid");
        let fine = pattern(r"(a+)+$").expect("valid");
        let text = format!("{}b", "a".repeat(1_000));
        assert!(matches!(fine, Pattern::Linear(_)));
        assert_eq!(fine.matches(&text).ok(), Some(false));
        let error = pattern(r"(a|a)*(?=c)\1d").expect("valid").matches(&text).expect_err("steps");
        assert!(error.message().contains("too many steps"), "{error}");
        assert_eq!(error.status(), 400);
        let text = "a".repeat(5_000);
        let error = runaway.matches(&text).expect_err("length");
        assert!(error.message().contains("longer than 1 KiB"), "{error}");
    }
}
