//! Numbers as text.

use std::io::Write;

use crate::append;

const PAIRS: [[u8; 2]; 100] = pairs();

const fn pairs() -> [[u8; 2]; 100] {
    let mut pairs = [[0; 2]; 100];
    let mut n = 0;
    while n < 100 {
        pairs[n] = [b'0' + (n / 10) as u8, b'0' + (n % 10) as u8];
        n += 1;
    }
    pairs
}

/// Two digits, the first one 0 if need be.
#[inline]
pub(crate) fn two(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&PAIRS[value as usize % 100]);
}

#[inline]
pub(crate) fn signed(out: &mut Vec<u8>, value: i64) {
    if value < 0 {
        out.push(b'-');
    }
    unsigned(out, value.unsigned_abs());
}

#[inline]
pub(crate) fn unsigned(out: &mut Vec<u8>, mut value: u64) {
    if value < 10 {
        return out.push(b'0' + value as u8);
    }
    // Digits are made from the right.
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    while value >= 10 {
        at -= 2;
        digits[at..at + 2].copy_from_slice(&PAIRS[(value % 100) as usize]);
        value /= 100;
    }
    if value > 0 {
        at -= 1;
        digits[at] = b'0' + value as u8;
    }
    append(out, &digits[at..]);
}

/// The shortest text that reads back as the same number, always with a point or an exponent.
/// Gives false, and writes nothing, for infinities and what is not a number.
pub(crate) fn float(out: &mut Vec<u8>, value: f64) -> bool {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.trunc() == value && value.abs() < EXACT && (value != 0.0 || value.is_sign_positive()) {
        signed(out, value as i64);
        out.extend_from_slice(b".0");
        return true;
    }
    value.is_finite() && serde_json::to_writer(&mut *out, &value).is_ok()
}

/// The same for single precision.
pub(crate) fn short_float(out: &mut Vec<u8>, value: f32) -> bool {
    value.is_finite() && serde_json::to_writer(&mut *out, &value).is_ok()
}

/// `value` in exactly `width` digits.
pub(crate) fn padded(out: &mut Vec<u8>, value: u64, width: usize) {
    write!(out, "{value:0width$}").expect("writing to memory cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn whole_numbers() {
        for value in [0, 7, -7, 10, 99, 100, -515, 12345, i64::MAX, i64::MIN] {
            assert_eq!(written(|out| signed(out, value)), value.to_string());
        }
        for power in 0..64 {
            assert_eq!(
                written(|out| unsigned(out, 1 << power)),
                (1_u64 << power).to_string()
            );
        }
        assert_eq!(written(|out| unsigned(out, u64::MAX)), u64::MAX.to_string());
    }

    #[test]
    fn floats_read_back_as_the_same() {
        for value in [
            0.0,
            -0.0,
            1.0,
            -2.0,
            0.1,
            1.0 / 3.0,
            1e15,
            1e16,
            1e300,
            5e-324,
            f64::MAX,
        ] {
            let text = written(|out| assert!(float(out, value)));
            assert_eq!(
                text.parse::<f64>().unwrap().to_bits(),
                value.to_bits(),
                "{text}"
            );
            assert!(text.contains(['.', 'e']), "{text}");
        }
        assert_eq!(written(|out| assert!(float(out, 61.0))), "61.0");
        assert_eq!(written(|out| assert!(!float(out, f64::NAN))), "");
    }
}
