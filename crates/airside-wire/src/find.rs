//! Finds the few bytes that matter, eight at a time.
//!
//! Not a general search: `memchr` is used for single bytes over long ranges; these are the sets it
//! does not offer, tuned for strings that are mostly short.
//!
//! Method (Lamport 1975, Mycroft 1987): in a word with eight bytes, `(w - 01…) & !w & 80…` sets the
//! high bit of every zero byte. Borrows can only spoil bytes *above* a true hit, so in
//! little-endian order the lowest set bit is always right.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// High bits of the bytes of `word` that equal `byte`; exact up to the lowest.
#[inline]
const fn equals(word: u64, byte: u8) -> u64 {
    let folded = word ^ (ONES * byte as u64);
    folded.wrapping_sub(ONES) & !folded & HIGHS
}

/// High bits of the bytes of `word` below 0x20; exact up to the lowest.
#[inline]
const fn controls(word: u64) -> u64 {
    word.wrapping_sub(ONES * 0x20) & !word & HIGHS
}

/// High bits of the quotes, backslashes and control characters of `word`.
#[inline]
const fn specials(word: u64) -> u64 {
    equals(word, b'"') | equals(word, b'\\') | controls(word)
}

/// High bits of the quotes and brackets of `word`: `[` and `{`, `]` and `}` differ in one bit.
#[inline]
const fn structurals(word: u64) -> u64 {
    let braces = word | (ONES * 0x20);
    equals(word, b'"') | equals(braces, b'{') | equals(braces, b'}')
}

/// Offset of the first `"`, `\` or control character, or the length.
#[inline]
pub(crate) fn special(bytes: &[u8]) -> usize {
    let head = bytes.first_chunk::<BLOCK>().map_or(bytes, |head| head);
    let at = first(head, specials, is_special);
    if at < BLOCK { at } else { special_in_long(bytes) }
}

const fn is_special(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < 0x20
}

/// How many bytes of a long string are looked at together.
const BLOCK: usize = 64;

/// Passes blocks without a hit. The question "any in this block" has no order,
/// so the compiler answers it with the widest instructions of the machine.
fn special_in_long(bytes: &[u8]) -> usize {
    let mut rest = bytes;
    while let Some((block, tail)) = rest.split_first_chunk::<BLOCK>() {
        let hits = block.iter().fold(0_u8, |hits, &byte| hits | u8::from(is_special(byte)));
        if hits != 0 {
            break;
        }
        rest = tail;
    }
    bytes.len() - rest.len() + first(rest, specials, is_special)
}

/// Offset of the first `"`, `{`, `}`, `[` or `]`, or the length.
#[inline]
pub(crate) fn structural(bytes: &[u8]) -> usize {
    first(bytes, structurals, |byte| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']'))
}

#[inline]
fn first(bytes: &[u8], word_hits: impl Fn(u64) -> u64, hit: impl Fn(u8) -> bool) -> usize {
    let mut rest = bytes;
    while let Some((chunk, tail)) = rest.split_first_chunk::<8>() {
        let hits = word_hits(u64::from_le_bytes(*chunk));
        if hits != 0 {
            return bytes.len() - rest.len() + (hits.trailing_zeros() / 8) as usize;
        }
        rest = tail;
    }
    let at = rest.iter().position(|&byte| hit(byte)).unwrap_or(rest.len());
    bytes.len() - rest.len() + at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_what_a_byte_by_byte_search_finds(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let by_hand = |hit: fn(u8) -> bool| bytes.iter().position(|&b| hit(b)).unwrap_or(bytes.len());
            prop_assert_eq!(special(&bytes), by_hand(|b| b == b'"' || b == b'\\' || b < 0x20));
            prop_assert_eq!(structural(&bytes), by_hand(|b| b"\"{}[]".contains(&b)));
        }

        #[test]
        fn finds_a_lone_hit_anywhere(
            before in "[ a-z\u{80}-\u{ff}!#~]{0,40}",
            hit in prop::sample::select(&b"\"\\\x00\x1f"[..]),
            after in "[ -~]{0,20}",
        ) {
            let mut bytes = before.clone().into_bytes();
            bytes.push(hit);
            bytes.extend_from_slice(after.as_bytes());
            prop_assert_eq!(special(&bytes), before.len());
        }
    }
}
