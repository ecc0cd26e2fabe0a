//! Numbers from text.

/// The whole number in `bytes[start..end]`, where `bytes` goes on behind `end`. Up to eight digits
/// are read without a branch on how many they are: columns differ in that from row to row.
#[inline]
pub(crate) fn int_within(bytes: &[u8], start: usize, end: usize) -> Option<i64> {
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    const OVER_NINE: u64 = 0x7676_7676_7676_7676;
    const HIGH_BITS: u64 = 0x8080_8080_8080_8080;
    let negative = bytes[start] == b'-';
    let digits = end.wrapping_sub(start + usize::from(negative));
    let Some(eight) = bytes[..end].last_chunk::<8>() else {
        return int(&bytes[start..end]);
    };
    if digits.wrapping_sub(1) >= 8 {
        return int(&bytes[start..end]);
    }
    // The digits are the upper bytes; what stands before the number becomes zeros.
    let values = (u64::from_le_bytes(*eight) ^ ZEROS) & (u64::MAX << (64 - 8 * digits));
    if (values.wrapping_add(OVER_NINE) | values) & HIGH_BITS != 0 {
        return int(&bytes[start..end]);
    }
    let value = joined(values) as i64;
    Some(if negative { -value } else { value })
}

/// Eight digits, the first in the lowest byte, as one number: neighbours are joined to pairs, and
/// the pairs by two multiplications that add them up in the upper half.
#[inline]
fn joined(digits: u64) -> u64 {
    const PAIRS: u64 = 0x0000_00ff_0000_00ff;
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
    let first_and_third = (pairs & PAIRS).wrapping_mul(100 + (1_000_000 << 32));
    let second_and_fourth = ((pairs >> 16) & PAIRS).wrapping_mul(1 + (10_000 << 32));
    first_and_third.wrapping_add(second_and_fourth) >> 32
}

/// A whole number of 64 bits.
#[inline]
pub(crate) fn int(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    // 18 digits cannot overflow.
    if digits.is_empty() || digits.len() > 18 {
        return std::str::from_utf8(text).ok()?.parse().ok();
    }
    let mut value: i64 = 0;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return signed_int(text);
        }
        value = value * 10 + i64::from(digit);
    }
    Some(if negative { -value } else { value })
}

/// `+7`, which nobody writes much.
#[cold]
fn signed_int(text: &[u8]) -> Option<i64> {
    match text {
        [b'+', ..] => std::str::from_utf8(text).ok()?.parse().ok(),
        _ => None,
    }
}

/// A number of 64 bits with fraction or exponent, correctly rounded.
#[inline]
pub(crate) fn float(text: &[u8]) -> Option<f64> {
    short_decimal(text).or_else(|| long_decimal(text))
}

/// Where digits and power of ten are both exact as doubles, one division rounds correctly
/// (W. D. Clinger, "How to read floating point numbers accurately", 1990).
#[inline]
fn short_decimal(text: &[u8]) -> Option<f64> {
    const POWERS: [f64; 16] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
    ];
    let (negative, rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    // 15 digits are below 2^53; one byte more may be the point.
    if rest.len() > 16 {
        return None;
    }
    let mut digits: u64 = 0;
    let mut count = 0_usize;
    let mut point = None;
    for (at, byte) in rest.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            digits = digits * 10 + u64::from(digit);
            count += 1;
        } else if *byte == b'.' && point.is_none() {
            point = Some(at);
        } else {
            return None;
        }
    }
    if count == 0 || count > 15 {
        return None;
    }
    let value = match point {
        None => digits as f64,
        Some(at) => digits as f64 / POWERS[(rest.len() - 1 - at) & 15],
    };
    Some(if negative { -value } else { value })
}

#[cold]
fn long_decimal(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// `true` and `false` in any case, `1` and `0`.
#[inline]
pub(crate) fn bool(text: &[u8]) -> Option<bool> {
    match text {
        b"1" => Some(true),
        b"0" => Some(false),
        _ if text.eq_ignore_ascii_case(b"true") => Some(true),
        _ if text.eq_ignore_ascii_case(b"false") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ints_are_whole_and_fit() {
        for value in [0, 7, -7, 515, i64::MAX, i64::MIN, 999_999_999_999_999_999] {
            assert_eq!(int(value.to_string().as_bytes()), Some(value));
        }
        assert_eq!(int(b"+7"), Some(7));
        assert_eq!(int(b"007"), Some(7));
        for text in [
            "",
            "-",
            "+",
            "1.0",
            " 1",
            "1 ",
            "0x1",
            "--1",
            "9223372036854775808",
            "1e3",
        ] {
            assert_eq!(int(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn floats_in_every_spelling() {
        for text in [
            "0",
            "-0.0",
            "1.5",
            ".5",
            "5.",
            "10.357019999999999",
            "1e300",
            "-2.5E-7",
            "+3",
        ] {
            let expected: f64 = text.parse().unwrap();
            assert_eq!(
                float(text.as_bytes()).map(f64::to_bits),
                Some(expected.to_bits()),
                "{text}"
            );
        }
        for text in ["", ".", "-", "1.2.3", "1,5", "abc", "1 "] {
            assert_eq!(float(text.as_bytes()), None, "{text:?}");
        }
        assert!(float(b"NaN").unwrap().is_nan());
    }

    proptest::proptest! {
        #[test]
        fn both_ways_to_read_an_int_agree(before in ".{0,9}", text in "-?[0-9]{0,10}|[-+0-9a:/]{0,9}") {
            let bytes = format!("{before}{text},");
            let (start, end) = (before.len(), bytes.len() - 1);
            proptest::prop_assert_eq!(int_within(bytes.as_bytes(), start, end), int(text.as_bytes()));
        }

        #[test]
        fn floats_are_rounded_correctly(text in "-?[0-9]{0,9}\\.?[0-9]{0,9}(e-?[0-9]{1,2})?") {
            let expected: Option<f64> = text.parse().ok();
            proptest::prop_assert_eq!(
                float(text.as_bytes()).map(f64::to_bits),
                expected.map(f64::to_bits)
            );
        }
    }
}
