//! Stands in for the crate `base2histogram` 0.2.3, by the workspace's `[patch]`.
//!
//! openraft counts the sizes of its batches and shows them only with its feature `runtime-stats`, which is
//! off. The crate lays out tables of all its sixteen resolutions at the first count, 3.4 million
//! numbers: 27 MB of every node, for nothing. This has what openraft calls, by powers of two. Remove
//! it once the crate makes only the table that it needs.

use std::fmt;
use std::marker::PhantomData;

/// How many values there were, by their powers of two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram<T = ()> {
    /// The first counts zeros, the next each have twice as many values as the one before.
    counts: [u64; 65],
    slots: PhantomData<T>,
}

/// The value that this part of all values does not exceed, or not by more than twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PercentileStats {
    /// How many values there are.
    pub samples: u64,
    /// Of one in a thousand.
    pub p0_1: u64,
    /// Of one in a hundred.
    pub p1: u64,
    /// Of one in twenty.
    pub p5: u64,
    /// Of one in ten.
    pub p10: u64,
    /// Of half of them.
    pub p50: u64,
    /// Of nine in ten.
    pub p90: u64,
    /// Of ninety-nine in a hundred.
    pub p99: u64,
    /// Of all but one in a thousand.
    pub p99_9: u64,
}

/// A chart that nobody draws.
#[derive(Clone, Debug, Default)]
pub struct AsciiChart;

impl<T> Histogram<T> {
    /// One without values.
    #[must_use]
    pub fn new() -> Self {
        Self {
            counts: [0; 65],
            slots: PhantomData,
        }
    }

    /// Counts a value.
    pub fn record(&mut self, value: u64) {
        self.record_n(value, 1);
    }

    /// Counts a value that often.
    pub fn record_n(&mut self, value: u64, times: u64) {
        let place = (u64::BITS - value.leading_zeros()) as usize;
        self.counts[place] = self.counts[place].saturating_add(times);
    }

    /// The usual percentiles.
    #[must_use]
    pub fn percentile_stats(&self) -> PercentileStats {
        PercentileStats {
            samples: self.counts.iter().sum(),
            p0_1: self.at_permille(1),
            p1: self.at_permille(10),
            p5: self.at_permille(50),
            p10: self.at_permille(100),
            p50: self.at_permille(500),
            p90: self.at_permille(900),
            p99: self.at_permille(990),
            p99_9: self.at_permille(999),
        }
    }

    /// The largest value of the place up to which so many thousandths of the values lie.
    fn at_permille(&self, permille: u64) -> u64 {
        let samples: u64 = self.counts.iter().sum();
        let wanted = (u128::from(samples) * u128::from(permille)).div_ceil(1_000);
        let mut seen: u128 = 0;
        for (place, count) in self.counts.iter().enumerate() {
            seen += u128::from(*count);
            if seen >= wanted && seen > 0 {
                return 1_u64
                    .checked_shl(place as u32)
                    .map_or(u64::MAX, |next| next - 1);
            }
        }
        0
    }
}

impl<T> Default for Histogram<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for PercentileStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "[samples: {}, P50: {}, P99: {}]",
            self.samples, self.p50, self.p99
        )
    }
}

impl AsciiChart {
    /// One without lines.
    #[must_use]
    pub fn new() -> Self {
        Self
    }

    /// The same.
    #[must_use]
    pub fn add(self, _name: &str, _values: Histogram) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_place() {
        let mut histogram = Histogram::<()>::new();
        for value in [0, 1, 2, u64::MAX] {
            histogram.record(value);
        }
        assert_eq!(histogram.counts[0], 1);
        assert_eq!(histogram.counts[2], 1);
        assert_eq!(histogram.counts[64], 1);
    }

    #[test]
    fn percentiles_are_of_the_right_power_of_two() {
        let mut histogram = Histogram::<()>::new();
        assert_eq!(histogram.percentile_stats().p99, 0);
        histogram.record_n(5, 99);
        histogram.record(u64::MAX);
        let stats = histogram.percentile_stats();
        assert_eq!((stats.samples, stats.p50, stats.p99), (100, 7, 7));
        assert_eq!(stats.p99_9, u64::MAX);
    }
}
