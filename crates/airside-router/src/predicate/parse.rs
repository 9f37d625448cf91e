//! Reads queries. Everything that could make a condition fail silently is refused here.

use airside_wire::{Kind, Path, RawJson, Str};

use super::pattern::Pattern;
use super::value::{Order, Scalar, Test};
use super::{Clause, Field, PatternAllowance, Subject};
use crate::PredicateError;

/// Deepest nesting of `$and` and `$or`.
const MAX_DEPTH: usize = 16;

pub(super) fn query(
    query: &RawJson,
    patterns: &mut PatternAllowance,
) -> Result<Clause, PredicateError> {
    clause(query, "query", patterns, MAX_DEPTH)
}

fn clause(
    query: &RawJson,
    at: &str,
    patterns: &mut PatternAllowance,
    levels: usize,
) -> Result<Clause, PredicateError> {
    let Some(below) = levels.checked_sub(1) else {
        return Err(PredicateError::TooDeep { limit: MAX_DEPTH });
    };
    let object = query.object().ok_or_else(|| expected(at, "an object", query))?;
    let clauses = object.into_iter().map(|(key, value)| match &*key {
        "$and" => group(&key, &value, patterns, below).map(Clause::All),
        "$or" => group(&key, &value, patterns, below).map(Clause::Any),
        _ => Ok(Clause::Field(subject(&key)?, tests(&key, &value, patterns)?)),
    });
    clauses.collect::<Result<_, _>>().map(Clause::All)
}

fn group(
    key: &str,
    value: &RawJson,
    patterns: &mut PatternAllowance,
    levels: usize,
) -> Result<Vec<Clause>, PredicateError> {
    let items = value.items().ok_or_else(|| expected(key, "a list of queries", value))?;
    items.iter().map(|item| clause(item, key, patterns, levels)).collect()
}

fn subject(key: &Str) -> Result<Subject, PredicateError> {
    if &**key == "url.pathname" {
        return Ok(Subject::Pathname);
    }
    match key.split_once('.') {
        Some(("metadata", rest)) => field(key, rest).map(Subject::Metadata),
        Some(("params", rest)) => field(key, rest).map(Subject::Params),
        _ => Err(PredicateError::Key { key: key.clone() }),
    }
}

fn field(key: &Str, rest: &str) -> Result<Field, PredicateError> {
    match Path::parse(rest) {
        Ok(path) if !path.is_root() => Ok(Field { literal: key.slice_ref(rest), path }),
        Ok(_) => Err(PredicateError::Key { key: key.clone() }),
        Err(error) => {
            Err(PredicateError::Path { key: key.clone(), reason: error.to_string().into() })
        }
    }
}

fn tests(
    key: &Str,
    value: &RawJson,
    patterns: &mut PatternAllowance,
) -> Result<Vec<Test>, PredicateError> {
    let Some(operators) = value.object() else {
        return scalar(key, value).map(|expected| vec![Test::Equal(expected)]);
    };
    let test = |(operator, operand): (Str, RawJson)| -> Result<Test, PredicateError> {
        let at = Str::from(format!("{key}.{operator}"));
        Ok(match &*operator {
            "$eq" => Test::Equal(scalar(&at, &operand)?),
            "$ne" => Test::NotEqual(scalar(&at, &operand)?),
            "$gt" => Test::Compare(Order::Greater, number(&at, &operand)?),
            "$gte" => Test::Compare(Order::GreaterOrEqual, number(&at, &operand)?),
            "$lt" => Test::Compare(Order::Less, number(&at, &operand)?),
            "$lte" => Test::Compare(Order::LessOrEqual, number(&at, &operand)?),
            "$in" => Test::OneOf(scalars(&at, &operand)?),
            "$nin" => Test::NoneOf(scalars(&at, &operand)?),
            "$regex" => {
                let text = operand.string();
                let text = text.ok_or_else(|| expected(&at, "a string", &operand))?;
                Test::Matches(Pattern::new(&at, &text, patterns)?)
            }
            _ => return Err(PredicateError::Operator { operator }),
        })
    };
    operators.into_iter().map(test).collect()
}

fn scalar(at: &Str, value: &RawJson) -> Result<Scalar, PredicateError> {
    Scalar::of(value).ok_or_else(|| expected(at, "a string, a number, true, false or null", value))
}

fn scalars(at: &Str, value: &RawJson) -> Result<Vec<Scalar>, PredicateError> {
    let items = value.items().ok_or_else(|| expected(at, "a list", value))?;
    items.iter().map(|item| scalar(at, item)).collect()
}

fn number(at: &Str, value: &RawJson) -> Result<f64, PredicateError> {
    let number = Scalar::of(value).and_then(|scalar| scalar.as_number());
    number.ok_or_else(|| expected(at, "a number", value))
}

fn expected(at: &str, expected: &'static str, found: &RawJson) -> PredicateError {
    let found = match found.kind() {
        Kind::Null => "null",
        Kind::Bool => "a boolean",
        Kind::Number => "a number",
        Kind::String => "a string",
        Kind::Array => "a list",
        Kind::Object => "an object",
    };
    PredicateError::Kind { at: at.into(), expected, found }
}
