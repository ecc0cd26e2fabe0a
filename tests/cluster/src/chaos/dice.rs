//! Numbers that all follow from a seed.

use std::time::Duration;

use ledger::mix::mix;

/// A source of numbers.
#[derive(Clone, Debug)]
pub struct Dice {
    seed: u64,
    throws: u64,
}

impl Dice {
    /// One of its own for every `use_of` the same seed.
    #[must_use]
    pub fn new(seed: u64, use_of: u64) -> Self {
        Self {
            seed: mix(&[seed, use_of]),
            throws: 0,
        }
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.throws += 1;
        mix(&[self.seed, self.throws])
    }

    /// A number from `least` to `most`, both of them too.
    pub fn between(&mut self, least: u32, most: u32) -> u32 {
        let count = u64::from(most.saturating_sub(least)) + 1;
        least + u32::try_from(self.number() % count).unwrap_or(0)
    }

    /// A time from `least` to `most`, in milliseconds.
    pub fn time(&mut self, least_ms: u32, most_ms: u32) -> Duration {
        Duration::from_millis(self.between(least_ms, most_ms).into())
    }

    /// One of them, if there is any.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        let last = u32::try_from(of.len()).ok()?.checked_sub(1)?;
        of.get(usize::try_from(self.between(0, last)).ok()?)
            .copied()
    }

    /// The same in another order.
    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for end in (1..all.len()).rev() {
            let count = u64::try_from(end).unwrap_or(u64::MAX) + 1;
            let with = usize::try_from(self.number() % count).unwrap_or(end);
            all.swap(end, with);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_throws_the_same() {
        let throw = |seed, use_of| {
            let mut dice = Dice::new(seed, use_of);
            (0..9).map(|_| dice.between(3, 8)).collect::<Vec<_>>()
        };
        assert_eq!(throw(1, 2), throw(1, 2));
        assert_ne!(throw(1, 2), throw(1, 3));
        assert!(throw(5, 0).iter().all(|number| (3..=8).contains(number)));
        assert_eq!(Dice::new(1, 1).pick::<u8>(&[]), None);
    }
}
