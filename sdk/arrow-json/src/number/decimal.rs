//! Decimals: whole numbers with a point put into their digits.

use arrow_buffer::i256;

use super::integer;

/// Room for the digits of any 256-bit number.
type Room = [u8; 78];

/// Adds a number of at most 128 bits, whose last `scale` digits are decimals.
pub(crate) fn d128(value: i128, scale: i8, out: &mut Vec<u8>) {
    let size = value.unsigned_abs();
    match u64::try_from(size) {
        Ok(size) => place(value < 0, integer::digits(size, &mut [0; 20]), scale, out),
        Err(_) => place(value < 0, digits(limbs(size), &mut [0; 78]), scale, out),
    }
}

/// Adds a number of 256 bits.
pub(crate) fn d256(value: i256, scale: i8, out: &mut Vec<u8>) {
    if let Some(value) = value.to_i128() {
        return d128(value, scale, out);
    }
    let (low, high) = value.wrapping_abs().to_parts();
    let (low, high) = (limbs(low), limbs(high as u128));
    let limbs = [
        low[0], low[1], low[2], low[3], high[0], high[1], high[2], high[3],
    ];
    place(value.is_negative(), digits(limbs, &mut [0; 78]), scale, out);
}

/// The 32-bit parts of a number, the lowest first.
fn limbs(value: u128) -> [u32; 4] {
    [0, 32, 64, 96].map(|shift| (value >> shift) as u32)
}

/// The digits of a number of 32-bit parts, none in front that is zero: divided by a billion, part
/// by part, until nothing is left.
fn digits<const N: usize>(mut limbs: [u32; N], room: &mut Room) -> &[u8] {
    const BILLION: u64 = 1_000_000_000;
    let mut at = room.len();
    while limbs.iter().any(|limb| *limb != 0) {
        let mut rest = 0;
        for limb in limbs.iter_mut().rev() {
            let part = rest << 32 | u64::from(*limb);
            *limb = (part / BILLION) as u32;
            rest = part % BILLION;
        }
        // The last round has fewer than nine digits, and the room ends with them.
        for _ in 0..9.min(at) {
            at -= 1;
            room[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
    }
    let zeros = room[at..].iter().take_while(|digit| **digit == b'0');
    let at = at + zeros.count();
    &room[at..]
}

fn place(is_negative: bool, digits: &[u8], scale: i8, out: &mut Vec<u8>) {
    if is_negative {
        out.push(b'-');
    }
    let Ok(decimals) = usize::try_from(scale) else {
        out.extend_from_slice(digits);
        // Zero stays one digit: JSON has no number `000`.
        if digits != b"0" {
            out.resize(out.len() + usize::from(scale.unsigned_abs()), b'0');
        }
        return;
    };
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(decimals));
    out.extend_from_slice(if whole.is_empty() { b"0" } else { whole });
    if decimals > 0 {
        out.push(b'.');
        out.resize(out.len() + decimals - fraction.len(), b'0');
        out.extend_from_slice(fraction);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_point_goes_where_the_scale_says() {
        let cases: [(i128, i8, &str); 8] = [
            (1250, 2, "12.50"),
            (-5, 3, "-0.005"),
            (0, 2, "0.00"),
            (0, -2, "0"),
            (-7, -2, "-700"),
            (42, 0, "42"),
            (i128::MAX, 0, "170141183460469231731687303715884105727"),
            (i128::MIN, 38, "-1.70141183460469231731687303715884105728"),
        ];
        for (value, scale, expected) in cases {
            let mut out = Vec::new();
            d256(i256::from_i128(value), scale, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn the_widest() {
        for value in [i256::MIN, i256::MAX, i256::from_i128(i128::MAX) + i256::ONE] {
            let mut out = Vec::new();
            d256(value, 0, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
        }
    }
}
