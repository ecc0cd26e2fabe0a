//! Whole numbers.

/// The digits of 0 to 99.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut n = 0;
    while n < 100 {
        pairs[n] = [b'0' + n as u8 / 10, b'0' + n as u8 % 10];
        n += 1;
    }
    pairs
};

/// Room for the digits of any `u64`.
pub(crate) type Room = [u8; 20];

/// Adds a number that may be negative.
#[inline]
pub(crate) fn signed(n: i64, out: &mut Vec<u8>) {
    if n < 0 {
        out.push(b'-');
    }
    unsigned(n.unsigned_abs(), out);
}

/// Adds a number.
#[inline]
pub(crate) fn unsigned(n: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(digits(n, &mut [0; 20]));
}

/// Adds the two digits of a number below 100.
#[inline]
pub(crate) fn two(n: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(&PAIRS[n as usize]);
}

/// Adds a number with zeros in front of it, so that it has `width` digits or more.
pub(crate) fn padded(n: u64, width: usize, out: &mut Vec<u8>) {
    let mut room = [0; 20];
    let digits = digits(n, &mut room);
    out.resize(out.len() + width.saturating_sub(digits.len()), b'0');
    out.extend_from_slice(digits);
}

/// The digits of a number, none in front that is zero, at the end of the room.
#[inline]
pub(crate) fn digits(mut n: u64, room: &mut Room) -> &[u8] {
    let mut at = room.len();
    let mut pair = |n: u32, at: &mut usize| {
        *at -= 2;
        room[*at..*at + 2].copy_from_slice(&PAIRS[n as usize]);
    };
    // Divisions of 64 bits are the slow ones, in wasm above all.
    while n > u64::from(u32::MAX) {
        let low = (n % 10_000) as u32;
        n /= 10_000;
        pair(low % 100, &mut at);
        pair(low / 100, &mut at);
    }
    let mut n = n as u32;
    while n >= 100 {
        pair(n % 100, &mut at);
        n /= 100;
    }
    if n >= 10 {
        pair(n, &mut at);
    } else {
        at -= 1;
        room[at] = b'0' + n as u8;
    }
    &room[at..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_standard_library_writes_them() {
        let powers = (0..20).map(|n| 10_u64.pow(n));
        let near = powers.flat_map(|n| [n - 1, n, n.saturating_add(1), n.saturating_mul(9)]);
        for n in near.chain([u64::MAX, u32::MAX.into(), 1 << 32]) {
            let mut out = Vec::new();
            unsigned(n, &mut out);
            assert_eq!(out, n.to_string().into_bytes());
            out.clear();
            signed((n as i64).wrapping_neg(), &mut out);
            assert_eq!(out, (n as i64).wrapping_neg().to_string().into_bytes());
            out.clear();
            padded(n, 9, &mut out);
            assert_eq!(out, format!("{n:09}").into_bytes());
        }
    }
}
