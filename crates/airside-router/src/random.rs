//! Randomness as a parameter, so that tests can hold it.
//!
//! Not for secrets: it spreads load and waiting times, nothing more.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

/// A source of numbers from 0 (included) to 1 (excluded).
#[derive(Clone, Default)]
pub struct Random(Option<Arc<dyn Fn() -> f64 + Send + Sync>>);

impl Random {
    /// The default source.
    ///
    /// Every [`RandomState`] hashes differently, which is all the randomness load spreading needs
    /// and takes no further crate.
    pub fn system() -> Self {
        Self(None)
    }

    /// A source of one's own. What it yields is brought into the range from 0 to 1.
    pub fn from_fn(next: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(next)))
    }

    /// The next number.
    pub fn next(&self) -> f64 {
        let number = match &self.0 {
            Some(next) => next(),
            None => unit(RandomState::new().hash_one(0_u8)),
        };
        if number.is_nan() { 0.0 } else { number.clamp(0.0, 1.0 - f64::EPSILON) }
    }
}

/// The upper 32 bits as a fraction.
fn unit(bits: u64) -> f64 {
    let upper = u32::try_from(bits >> 32).unwrap_or_default();
    f64::from(upper) / (f64::from(u32::MAX) + 1.0)
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Random(injected)" } else { "Random(system)" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_source_fills_the_range_evenly() {
        let random = Random::system();
        let mut tenths = [0_u32; 10];
        for _ in 0..10_000 {
            let number = random.next();
            assert!((0.0..1.0).contains(&number), "{number}");
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 9")]
            let tenth = (number * 10.0) as usize;
            tenths[tenth] += 1;
        }
        // 1000 each; 200 are more than 6 standard deviations.
        assert!(tenths.iter().all(|count| (800..1200).contains(count)), "{tenths:?}");
    }

    #[test]
    fn an_injected_source_cannot_leave_the_range() {
        for (given, seen) in [(-1.0, 0.0), (f64::NAN, 0.0), (0.25, 0.25)] {
            assert!((Random::from_fn(move || given).next() - seen).abs() < f64::EPSILON);
        }
        assert!(Random::from_fn(|| 7.0).next() < 1.0);
    }
}
