//! Floats: the fewest digits that give the same float again.

use std::fmt::{self, LowerExp, Write as _};

use super::integer;

/// The exponents of ten, of the first digit, for which no exponent is written.
const PLAIN: std::ops::RangeInclusive<i32> = -5..=9;

/// Adds a float; one that JSON does not know is null.
pub(crate) fn f32(value: f32, out: &mut Vec<u8>) {
    if value.is_finite() {
        any(value, value.abs() == 1.0 / 4_096.0, out);
    } else {
        out.extend_from_slice(b"null");
    }
}

/// Adds a float; one that JSON does not know is null.
pub(crate) fn f64(value: f64, out: &mut Vec<u8>) {
    if !value.is_finite() {
        out.extend_from_slice(b"null");
    } else if !short(value, out) {
        any(value, true, out);
    }
}

/// Adds a float of at most six decimals, as most are that come from text; false where it has more.
///
/// `millionths / 1e6` is a division of two exact floats, so it is the float nearest to that decimal.
/// Where it is the value, the decimal stands for the value; and as it has at most 15 digits, no
/// other of 15 or fewer does, so it is the shortest once its last zeros are gone.
#[inline]
fn short(value: f64, out: &mut Vec<u8>) -> bool {
    let size = value.abs();
    if !(1e-5..1e9).contains(&size) {
        return false;
    }
    let millionths = (size * 1e6 + 0.5) as u64;
    if millionths as f64 / 1e6 != size {
        return false;
    }
    if value < 0.0 {
        out.push(b'-');
    }
    integer::unsigned(millionths / 1_000_000, out);
    out.push(b'.');
    let (mut decimals, mut width) = (millionths % 1_000_000, 6);
    if decimals == 0 {
        out.push(b'0');
        return true;
    }
    while decimals % 10 == 0 {
        (decimals, width) = (decimals / 10, width - 1);
    }
    integer::padded(decimals, width, out);
    true
}

/// Adds any finite float. Of two texts equally near to it, the upper one, or the even one: `arrow-json`
/// takes the even one of an `f64`, and of an `f32` only of 2^-12.
fn any<F: LowerExp + Into<f64> + Copy>(value: F, to_even: bool, out: &mut Vec<u8>) {
    let mut text = Scientific::default();
    // The room is for the longest there is, so this has no way to fail.
    let written = write!(text, "{value:e}");
    debug_assert!(written.is_ok(), "a float is longer than its room");
    if to_even {
        text.break_tie(value.into());
    }
    if text.is_negative {
        out.push(b'-');
    }
    let exponent = text.exponent();
    let digits = &text.digits[..text.len];
    if !PLAIN.contains(&exponent) {
        point(digits, 1, out);
        out.push(b'e');
        integer::signed(exponent.into(), out);
    } else if exponent < 0 {
        out.extend_from_slice(b"0.");
        out.resize(out.len() + exponent.unsigned_abs() as usize - 1, b'0');
        out.extend_from_slice(digits);
    } else {
        point(digits, exponent as usize + 1, out);
    }
}

/// Adds digits with a point after the first `whole` of them, and zeros where there are too few.
fn point(digits: &[u8], whole: usize, out: &mut Vec<u8>) {
    match digits.split_at_checked(whole) {
        Some((before, after)) if !after.is_empty() => {
            out.extend_from_slice(before);
            out.push(b'.');
            out.extend_from_slice(after);
        }
        _ => {
            out.extend_from_slice(digits);
            out.resize(out.len() + whole - digits.len(), b'0');
            out.extend_from_slice(b".0");
        }
    }
}

/// Takes apart what the standard library writes: `-1.25e-7`.
#[derive(Default)]
struct Scientific {
    is_negative: bool,
    /// At most 17, for an `f64`.
    digits: [u8; 20],
    len: usize,
    in_exponent: bool,
    has_negative_exponent: bool,
    exponent: i32,
}

impl Scientific {
    /// The power of ten of the first digit.
    fn exponent(&self) -> i32 {
        if self.has_negative_exponent {
            -self.exponent
        } else {
            self.exponent
        }
    }

    /// Takes the even one of two texts that are equally near to the value: the standard library
    /// takes the upper one.
    fn break_tie(&mut self, value: f64) {
        let Some(last) = self.len.checked_sub(1) else {
            return;
        };
        if self.digits[last].is_multiple_of(2) {
            return;
        }
        // Below a power of two the next float lies nearer than above it, and the lower text may be
        // that one's: the lower text of 2^-24 is.
        if value.abs() == 1.0 / 16_777_216.0 {
            return;
        }
        let number = |n: u64, digit: &u8| n * 10 + u64::from(digit - b'0');
        let upper = self.digits[..self.len].iter().fold(0, number);
        // Half of a last digit below the text, as `odd * 10 ^ power`.
        let (odd, power) = (upper * 10 - 5, self.exponent() - last as i32 - 1);
        if is_power_of_ten_times(value, odd, power) {
            self.digits[last] -= 1;
        }
    }
}

/// Whether the size of a float is `odd * 10 ^ power`, to the last bit.
///
/// With `10 = 2 * 5`, what is left of both when they are divided by 2 as often as they can be has to
/// be the same, and so has that number of times, which is `power`. A power of two is left out: there,
/// the floats below lie nearer than those above, so the lower text may be another float's.
fn is_power_of_ten_times(value: f64, odd: u64, power: i32) -> bool {
    const BITS: u32 = f64::MANTISSA_DIGITS - 1;
    let bits = value.abs().to_bits();
    let (exponent, fraction) = ((bits >> BITS) as i32, bits & ((1 << BITS) - 1));
    let mantissa = match exponent {
        0 => fraction,
        _ => fraction | 1 << BITS,
    };
    let twos = mantissa.trailing_zeros();
    if mantissa == 0 || exponent.max(1) - 1_075 + twos as i32 != power {
        return false;
    }
    let mantissa = mantissa >> twos;
    let times_five = |n: u64| 5_u64.checked_pow(power.unsigned_abs())?.checked_mul(n);
    if power < 0 {
        times_five(mantissa) == Some(odd)
    } else {
        times_five(odd) == Some(mantissa)
    }
}

impl fmt::Write for Scientific {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            match byte {
                b'-' if self.in_exponent => self.has_negative_exponent = true,
                b'-' => self.is_negative = true,
                b'e' => self.in_exponent = true,
                b'0'..=b'9' if self.in_exponent => {
                    self.exponent = self.exponent * 10 + i32::from(byte - b'0');
                }
                b'0'..=b'9' => {
                    *self.digits.get_mut(self.len).ok_or(fmt::Error)? = byte;
                    self.len += 1;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: f64) -> String {
        let mut out = Vec::new();
        f64(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn floats_with_and_without_exponents() {
        for (value, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-12.5, "-12.5"),
            (40.639751, "40.639751"),
            (0.1 + 0.2, "0.30000000000000004"),
            (123_456_789.25, "123456789.25"),
            (9_999_999_999.5, "9999999999.5"),
            (1e9, "1000000000.0"),
            (1e10, "1.0e10"),
            (1e-5, "0.00001"),
            (1.25e-7, "1.25e-7"),
            (5e-324, "5.0e-324"),
            (f64::MAX, "1.7976931348623157e308"),
            (982_172_383_323_645.0 + 0.25, "9.821723833236452e14"),
            (2_f64.powi(-24), "5.960464477539063e-8"),
            (f64::NAN, "null"),
            (f64::INFINITY, "null"),
        ] {
            assert_eq!(text(value), expected);
        }
    }
}
