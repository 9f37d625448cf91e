//! Reads the text of JSON numbers exactly.
//!
//! Not a rounding conversion: an integer is taken from the digits themselves, so `1e3` and
//! `1000.0` are 1000 and `9007199254740993.0` keeps its last digit.

/// The value of a number if it is an integer that fits: its sign and magnitude.
pub(crate) fn integer(text: &str) -> Option<(bool, u64)> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if let Ok(plain) = text.parse::<u64>() {
        return Some((negative, plain));
    }
    let (digits, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let magnitude = scaled(whole, fraction, saturating(exponent))?;
    Some((negative, magnitude))
}

/// `whole.fraction × 10^exponent`, if it is an integer that fits.
fn scaled(whole: &str, fraction: &str, exponent: i64) -> Option<u64> {
    let fraction = fraction.trim_end_matches('0');
    // Trailing zeros of the whole part may be cut off by a negative exponent.
    let significant = if fraction.is_empty() { whole.trim_end_matches('0') } else { whole };
    let zeros = i64::try_from(whole.len() - significant.len()).ok()?;
    let places = i64::try_from(fraction.len()).ok()?;
    let mut value = 0_u64;
    for digit in significant.bytes().chain(fraction.bytes()) {
        value = value.checked_mul(10)?.checked_add(u64::from(digit.wrapping_sub(b'0')))?;
    }
    if value == 0 {
        return Some(0);
    }
    let power = exponent.saturating_add(zeros).saturating_sub(places);
    value.checked_mul(10_u64.checked_pow(u32::try_from(power).ok()?)?)
}

/// The exponent, or the nearest one that fits: far outside what an integer can have.
fn saturating(exponent: &str) -> i64 {
    match (exponent.parse(), exponent.starts_with('-')) {
        (Ok(exponent), _) => exponent,
        (Err(_), false) => i64::MAX,
        (Err(_), true) => i64::MIN,
    }
}

#[cfg(test)]
mod tests {
    use super::integer;

    #[test]
    fn integers_are_read_exactly_in_every_spelling() {
        for (text, value) in [
            ("0", (false, 0)),
            ("-0.0", (true, 0)),
            ("1000", (false, 1000)),
            ("1000.0", (false, 1000)),
            ("1e3", (false, 1000)),
            ("1E+3", (false, 1000)),
            ("10.5e1", (false, 105)),
            ("1000e-3", (false, 1)),
            ("0.001e3", (false, 1)),
            ("-12", (true, 12)),
            ("9007199254740993.0", (false, 9_007_199_254_740_993)),
            ("18446744073709551615", (false, u64::MAX)),
            ("0e99999999999999999999", (false, 0)),
            ("0.0e-99999999999999999999", (false, 0)),
        ] {
            assert_eq!(integer(text), Some(value), "{text}");
        }
        let padded = format!("1{}e-1000", "0".repeat(1000));
        assert_eq!(integer(&padded), Some((false, 1)));
    }

    #[test]
    fn fractions_and_numbers_too_large_are_not_integers() {
        for text in
            ["0.5", "1e-1", "18446744073709551616", "1e20", "1e99999999999999999999", "12e-1"]
        {
            assert_eq!(integer(text), None, "{text}");
        }
    }
}
