//! Sums of floats without an error until the last rounding.
//!
//! A sum is kept as floats that do not overlap, whose exact total is the exact total of all that
//! was added (J. R. Shewchuk, "Adaptive precision floating-point arithmetic and fast robust
//! geometric predicates", 1997). The total is rounded once, to the nearest float. So the result
//! does not depend on the order of the values, which neither threads nor nodes promise.
//! The one exception is a sum that leaves the range of floats on the way: it is infinite.

/// The exact sum of the floats added to it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ExactSum {
    /// The sum, rounded.
    high: f64,
    /// What rounding left out of `high`, smallest first. Empty as long as sums come out even, as
    /// they do for whole numbers.
    rest: Vec<f64>,
    /// The sum of what is no finite number.
    special: Option<f64>,
}

/// The sum of two floats and the error of its rounding.
#[inline]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

impl ExactSum {
    #[inline]
    pub(crate) fn add(&mut self, value: f64) {
        let (sum, error) = two_sum(self.high, value);
        // An infinity or no number makes an error that is no number.
        if error == 0.0 && self.rest.is_empty() {
            self.high = sum;
        } else {
            self.add_inexact(value);
        }
    }

    fn add_inexact(&mut self, value: f64) {
        if !value.is_finite() {
            self.special = Some(self.special.unwrap_or(0.0) + value);
            return;
        }
        let mut carry = value;
        let mut kept = 0;
        for index in 0..self.rest.len() {
            let (sum, error) = two_sum(carry, self.rest[index]);
            if error != 0.0 {
                self.rest[kept] = error;
                kept += 1;
            }
            carry = sum;
        }
        self.rest.truncate(kept);
        let (sum, error) = two_sum(self.high, carry);
        if !sum.is_finite() {
            self.special = Some(self.special.unwrap_or(0.0) + sum);
            return;
        }
        if error != 0.0 {
            self.rest.push(error);
        }
        self.high = sum;
    }

    /// The sum, rounded to the nearest float.
    pub(crate) fn rounded(&self) -> f64 {
        if let Some(special) = self.special {
            return if special.is_nan() { f64::NAN } else { special };
        }
        let mut high = self.high;
        let mut parts = self.rest.iter().rev();
        while let Some(&part) = parts.next() {
            let (sum, error) = two_sum(high, part);
            high = sum;
            if error == 0.0 {
                continue;
            }
            // Halfway between two floats: what lies below decides.
            if let Some(&below) = parts.find(|&&part| part != 0.0)
                && (below > 0.0) == (error > 0.0)
            {
                let doubled = error * 2.0;
                let (next, left) = two_sum(high, doubled);
                if left == 0.0 {
                    high = next;
                }
            }
            break;
        }
        high
    }

    /// Floats whose exact sum this is.
    pub(crate) fn parts(&self) -> impl Iterator<Item = f64> {
        self.rest
            .iter()
            .copied()
            .chain([self.high])
            .chain(self.special)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
        let mut sum = ExactSum::default();
        values.into_iter().for_each(|value| sum.add(value));
        sum.rounded()
    }

    #[test]
    fn what_is_lost_elsewhere_is_kept() {
        assert_eq!(sum([1e100, 1.0, -1e100]), 1.0);
        assert_eq!(sum(std::iter::repeat_n(0.1, 10)), 1.0);
        assert_eq!(sum([1.0, 1e-16, 1e-16]), 1.0 + f64::EPSILON);
        assert_eq!(sum([]), 0.0);
    }

    #[test]
    fn halves_are_decided_by_what_lies_below() {
        let half = f64::EPSILON / 2.0;
        assert_eq!(sum([1.0, half]), 1.0);
        assert_eq!(sum([1.0, half, 1e-300]), 1.0 + f64::EPSILON);
        assert_eq!(sum([1.0, half, -1e-300]), 1.0);
    }

    #[test]
    fn the_order_has_no_say() {
        let mut state = 7_u64;
        let mut random = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as f64 / 1e3 - 1e5 * ((state >> 20) % 7) as f64 + 0.1
        };
        let values: Vec<f64> = (0..5000).map(|_| random()).collect();
        let forward = sum(values.iter().copied());
        let backward = sum(values.iter().rev().copied());
        assert_eq!(forward.to_bits(), backward.to_bits());
        let mut parts = ExactSum::default();
        for piece in values.chunks(77).rev() {
            let mut part = ExactSum::default();
            piece.iter().for_each(|&value| part.add(value));
            part.parts().for_each(|value| parts.add(value));
        }
        assert_eq!(parts.rounded().to_bits(), forward.to_bits());
    }

    #[test]
    fn infinities() {
        assert_eq!(sum([1.0, f64::INFINITY, 2.0]), f64::INFINITY);
        assert!(sum([f64::INFINITY, f64::NEG_INFINITY]).is_nan());
        assert_eq!(sum([f64::MAX, f64::MAX]), f64::INFINITY);
    }
}
