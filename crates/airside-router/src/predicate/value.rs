//! Values of a call compared with values of a query, as JavaScript would.

use airside_call::CallError;
use airside_wire::{Kind, RawJson, Str};

use super::pattern::Pattern;

/// One operator with what it compares to.
#[derive(Debug, Clone)]
pub(super) enum Test {
    Equal(Scalar),
    NotEqual(Scalar),
    Compare(Order, f64),
    OneOf(Vec<Scalar>),
    NoneOf(Vec<Scalar>),
    Matches(Pattern),
}

/// How the actual number must lie to the expected one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Order {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Test {
    /// Whether the operator holds for what stands in the call, if anything does.
    pub(super) fn holds(&self, actual: Option<&RawJson>) -> Result<bool, CallError> {
        // A list or an object is there, but equal to no scalar.
        let actual = actual.and_then(Scalar::of);
        let equals = |expected: &Scalar| actual.as_ref() == Some(expected);
        Ok(match self {
            Self::Equal(expected) => equals(expected),
            Self::NotEqual(expected) => !equals(expected),
            Self::OneOf(expected) => expected.iter().any(equals),
            Self::NoneOf(expected) => !expected.iter().any(equals),
            Self::Compare(order, expected) => {
                let number = actual.and_then(|actual| actual.as_number());
                number.is_some_and(|number| order.holds(number, *expected))
            }
            Self::Matches(pattern) => match actual.and_then(Scalar::into_text) {
                Some(text) => pattern.matches(&text)?,
                None => false,
            },
        })
    }
}

impl Order {
    fn holds(self, actual: f64, expected: f64) -> bool {
        match self {
            Self::Greater => actual > expected,
            Self::GreaterOrEqual => actual >= expected,
            Self::Less => actual < expected,
            Self::LessOrEqual => actual <= expected,
        }
    }
}

/// A value without parts. Equality is strict: kinds differ, `1` and `1.0` do not.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Number(f64),
    Text(Str),
}

impl Scalar {
    /// The value, unless it is a list or an object.
    pub(super) fn of(value: &RawJson) -> Option<Self> {
        match value.kind() {
            Kind::Null => Some(Self::Null),
            Kind::Bool => value.bool().map(Self::Bool),
            // As in JavaScript, a number beyond the largest double is infinite.
            Kind::Number => value.as_str().parse().ok().map(Self::Number),
            Kind::String => value.string().map(Self::Text),
            Kind::Array | Kind::Object => None,
        }
    }

    /// The number, or the one a text begins with.
    pub(super) fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => leading_number(text),
            Self::Null | Self::Bool(_) => None,
        }
    }

    /// The text a pattern is matched against.
    fn into_text(self) -> Option<Str> {
        match self {
            Self::Null => None,
            Self::Bool(bool) => Some(Str::from_static(if bool { "true" } else { "false" })),
            Self::Number(number) => Some(number.to_string().into()),
            Self::Text(text) => Some(text),
        }
    }
}

/// The decimal number a text begins with, like JavaScript's `parseFloat`: `"20 years"` is 20.
fn leading_number(text: &str) -> Option<f64> {
    let text = text.trim_start();
    let bytes = text.as_bytes();
    let digits =
        |from: usize| bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    let sign = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let whole = digits(sign);
    let mut end = sign + whole;
    let mut fraction = 0;
    if bytes.get(end) == Some(&b'.') {
        fraction = digits(end + 1);
        end += usize::from(whole + fraction > 0) + fraction;
    }
    if whole + fraction == 0 {
        return None;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    text.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_counts_as_the_number_it_begins_with() {
        for (text, number) in [
            ("20", Some(20.0)),
            (" 19.5 years", Some(19.5)),
            ("-3", Some(-3.0)),
            ("+.5x", Some(0.5)),
            ("7.", Some(7.0)),
            ("1e3", Some(1000.0)),
            ("1e", Some(1.0)),
            ("1e+x", Some(1.0)),
            ("2.5e-1;", Some(0.25)),
            (".", None),
            ("-", None),
            ("years", None),
            ("", None),
            ("é", None),
        ] {
            assert_eq!(leading_number(text), number, "{text:?}");
        }
    }
}
