//! The same bytes in other pieces. What reads a stream must not care.

use bytes::Bytes;

use crate::Rng;

/// Pieces of `size` bytes, the last one perhaps shorter.
///
/// # Panics
///
/// If `size` is 0.
pub fn of_size(bytes: &Bytes, size: usize) -> Vec<Bytes> {
    bytes.chunks(size).map(|piece| bytes.slice_ref(piece)).collect()
}

/// Two pieces, cut at `position`.
///
/// # Panics
///
/// If `position` is behind the end.
pub fn at(bytes: &Bytes, position: usize) -> Vec<Bytes> {
    vec![bytes.slice(..position), bytes.slice(position..)]
}

/// Pieces of 1 to `longest` bytes, as the generator has it.
pub fn random(bytes: &Bytes, rng: &mut Rng, longest: usize) -> Vec<Bytes> {
    let mut rest = bytes.clone();
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let size = rng.below(longest) + 1;
        pieces.push(rest.split_to(size.min(rest.len())));
    }
    pieces
}

/// Positions to cut a text of this length at: every one of a short text. Of a long one every few
/// bytes, about 512 in all, and every one of the last 128 bytes, where a stream says that it is
/// complete.
pub fn positions(length: usize) -> impl Iterator<Item = usize> {
    let step = length / 512 + 1;
    (1..length).filter(move |position| position % step == 0 || length - position <= 128)
}

/// Every way that usually finds what is wrong: whole, pieces of 1 to 17 bytes, two pieces cut at
/// each of the [`positions`], and 32 random ones. The pieces of 1 byte are cut at every position.
pub fn every_way(bytes: &Bytes) -> impl Iterator<Item = Vec<Bytes>> {
    let whole = std::iter::once(vec![bytes.clone()]);
    let sizes = (1..=17).map(|size| of_size(bytes, size));
    let positions = positions(bytes.len()).map(|position| at(bytes, position));
    let seeds = (0..32).map(|seed| random(bytes, &mut Rng::new(seed), 64));
    whole.chain(sizes).chain(positions).chain(seeds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_bytes_in_order() {
        let bytes = Bytes::from_static("data: {\"grüße\":1}\r\n\r\n".as_bytes());
        let mut ways = 0;
        for pieces in every_way(&bytes) {
            assert_eq!(pieces.concat(), bytes);
            ways += 1;
        }
        assert_eq!(ways, 1 + 17 + (bytes.len() - 1) + 32);
    }

    #[test]
    fn a_short_text_is_cut_everywhere_and_a_long_one_often() {
        assert!(positions(511).eq(1..511));
        let long: Vec<_> = positions(10_000).collect();
        assert!((512..1024).contains(&long.len()), "{}", long.len());
        assert!(long.ends_with(&(9_872..10_000).collect::<Vec<_>>()));
        assert_eq!((positions(0).count(), positions(1).count()), (0, 0));
    }

    #[test]
    fn pieces_are_not_copies() {
        let bytes = Bytes::from_static(b"abcdef");
        assert_eq!(of_size(&bytes, 4)[1].as_ptr(), bytes[4..].as_ptr());
        assert!(random(&Bytes::new(), &mut Rng::new(0), 3).is_empty());
    }
}
