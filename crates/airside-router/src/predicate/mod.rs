//! Conditions on a call, in the query language of conditional routing.
//!
//! A query is an object: all of its keys hold together. A key is `$and` or `$or` with a list of
//! queries, or says what is asked about: `metadata.…` (the caller's key-value pairs), `params.…`
//! (the JSON body as it arrived), both with paths such as `params.messages[0].role`, or
//! `url.pathname`. Its value is what must stand there, or an object of operators, all of which
//! must hold: `$eq $ne $gt $gte $lt $lte $in $nin $regex`.
//!
//! Values compare strictly (`"1"` is not `1`); `$gt` and its like compare numbers and text that
//! begins with one. What is not there is equal to nothing and matches no pattern.

mod javascript;
mod parse;
mod pattern;
mod value;

use airside_call::{Call, CallError, Payload};
use airside_wire::{Path, RawJson, Str};

use crate::PredicateError;
pub use pattern::PatternAllowance;
use value::Test;

/// The prefix that the paths of calls leave out.
const PATH_PREFIX: &str = "/v1";

/// A condition on a call.
#[derive(Debug, Clone)]
pub struct Predicate(Clause);

impl Predicate {
    /// Reads a query.
    ///
    /// Regular expressions are taken from `patterns`; give the same allowance to every query of
    /// one tree.
    ///
    /// # Errors
    ///
    /// What is wrong with it and what is accepted.
    pub fn parse(query: &RawJson, patterns: &mut PatternAllowance) -> Result<Self, PredicateError> {
        parse::query(query, patterns).map(Self)
    }

    /// Whether a call meets the condition.
    ///
    /// # Errors
    ///
    /// Status 400 if a regular expression with look-around needs too many steps to tell.
    pub fn matches(&self, call: &Call) -> Result<bool, CallError> {
        self.0.matches(call)
    }
}

#[derive(Debug, Clone)]
enum Clause {
    All(Vec<Clause>),
    Any(Vec<Clause>),
    Field(Subject, Vec<Test>),
}

impl Clause {
    fn matches(&self, call: &Call) -> Result<bool, CallError> {
        match self {
            Self::All(clauses) => all(clauses, |clause| clause.matches(call)),
            Self::Any(clauses) => {
                // Some match: not all of them fail.
                all(clauses, |clause| clause.matches(call).map(|is_met| !is_met)).map(|none| !none)
            }
            Self::Field(subject, tests) => {
                let actual = subject.of(call);
                all(tests, |test| test.holds(actual.as_ref()))
            }
        }
    }
}

/// Whether everything passes; asks no further than the first that does not.
fn all<T>(items: &[T], passes: impl Fn(&T) -> Result<bool, CallError>) -> Result<bool, CallError> {
    for item in items {
        if !passes(item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What is asked about.
#[derive(Debug, Clone)]
enum Subject {
    Metadata(Field),
    Params(Field),
    Pathname,
}

/// A place below an object. A key that itself contains the dots is found too.
#[derive(Debug, Clone)]
struct Field {
    literal: Str,
    path: Path,
}

impl Subject {
    fn of(&self, call: &Call) -> Option<RawJson> {
        match self {
            Self::Metadata(field) => {
                let metadata = call.context.metadata.as_ref()?;
                metadata.get(&field.literal).or_else(|| metadata.at(&field.path))
            }
            Self::Params(field) => match &call.incoming.payload {
                Payload::Json(doc) => doc.get(&field.literal).or_else(|| doc.pointer(&field.path)),
                _ => None,
            },
            Self::Pathname => {
                let path = call.incoming.path.split('?').next().unwrap_or_default();
                Some(RawJson::from_string(&format!("{PATH_PREFIX}{path}")))
            }
        }
    }
}

#[cfg(test)]
mod tests;
