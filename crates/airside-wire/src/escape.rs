//! Text into JSON string literals and back.
//!
//! Not a validator: literals are taken from valid JSON. Decoding shares the document's bytes when
//! nothing is escaped.

use crate::{Str, find};

/// Decodes the string literal `literal` (with its quotes), a part of `source`.
///
/// A lone surrogate escape becomes U+FFFD, because Rust text cannot hold it.
pub(crate) fn decode(source: &Str, literal: &str) -> Str {
    let inner = inner(literal);
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return source.slice_ref(inner);
    }
    Str::from(unescape(inner))
}

/// Whether the string literal decodes to `text`, without allocating.
pub(crate) fn decodes_to(literal: &str, text: &str) -> bool {
    let inner = inner(literal);
    // Decoding never makes text longer, so most keys are told apart by their length.
    if inner.len() < text.len() {
        return false;
    }
    let is_plain = !inner.as_bytes().contains(&b'\\');
    if is_plain {
        return inner == text;
    }
    // An escape is at most six times as long as what it stands for, which bounds the work that a
    // long key can cause.
    inner.len() <= text.len().saturating_mul(6) && unescape(inner) == text
}

fn inner(literal: &str) -> &str {
    literal.get(1..literal.len().saturating_sub(1)).unwrap_or_default()
}

fn unescape(inner: &str) -> String {
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((plain, escaped)) = rest.split_once('\\') {
        out.push_str(plain);
        let mut chars = escaped.chars();
        match chars.next() {
            Some('u') => {
                let (decoded, tail) = unicode(escaped);
                out.push(decoded);
                rest = tail;
                continue;
            }
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some(other) => out.push(other),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out
}

/// Decodes `uXXXX` or the pair `uXXXX\uXXXX`, and returns what follows.
fn unicode(escaped: &str) -> (char, &str) {
    let (first, tail) = code_unit(escaped);
    if let 0xd800..0xdc00 = first
        && let Some(second) = tail.strip_prefix('\\').filter(|next| next.starts_with('u'))
        && let (low @ 0xdc00..0xe000, after) = code_unit(second)
    {
        let code = 0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00);
        return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), after);
    }
    (char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), tail)
}

/// The code unit of `uXXXX` and what follows it.
fn code_unit(escaped: &str) -> (u32, &str) {
    let digits = escaped.get(1..5).unwrap_or_default();
    let unit = u32::from_str_radix(digits, 16).unwrap_or(0xfffd);
    (unit, escaped.get(5..).unwrap_or_default())
}

/// Appends `text` as a JSON string literal. Escapes only what RFC 8259 requires.
///
/// For text that is put together by hand where a [`Writer`](crate::Writer) would be too much.
pub fn encode(out: &mut String, text: &str) {
    out.reserve(text.len() + 2);
    out.push('"');
    if find::special(text.as_bytes()) == text.len() {
        // Most text: nothing to escape.
        out.push_str(text);
    } else {
        encode_special(out, text);
    }
    out.push('"');
}

fn encode_special(out: &mut String, text: &str) {
    let mut rest = text;
    loop {
        let (plain, special) = rest.split_at(find::special(rest.as_bytes()));
        out.push_str(plain);
        let mut chars = special.chars();
        let Some(escaped) = chars.next() else { break };
        match escaped {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            control => {
                out.push_str("\\u00");
                for digit in [u32::from(control) >> 4, u32::from(control) & 15] {
                    out.extend(char::from_digit(digit, 16));
                }
            }
        }
        rest = chars.as_str();
    }
}
