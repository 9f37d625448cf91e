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

/// Every way that usually finds what is wrong: whole, pieces of 1 to 17 bytes, two pieces cut at
/// every position, and 32 random ones.
pub fn every_way(bytes: &Bytes) -> impl Iterator<Item = Vec<Bytes>> {
    let whole = std::iter::once(vec![bytes.clone()]);
    let sizes = (1..=17).map(|size| of_size(bytes, size));
    let positions = (1..bytes.len()).map(|position| at(bytes, position));
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
    fn pieces_are_not_copies() {
        let bytes = Bytes::from_static(b"abcdef");
        assert_eq!(of_size(&bytes, 4)[1].as_ptr(), bytes[4..].as_ptr());
        assert!(random(&Bytes::new(), &mut Rng::new(0), 3).is_empty());
    }
}
