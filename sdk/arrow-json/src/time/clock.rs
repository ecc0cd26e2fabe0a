//! Times of day.

use crate::number::integer;

/// Adds the time so many parts of a second after midnight; false where no day has it.
///
/// What does not fit 32 bits is cut off, as arrow does it.
pub(super) fn since_midnight(value: i64, per_second: i64, out: &mut Vec<u8>) -> bool {
    let seconds = (value / per_second) as u32;
    let nanos = (value % per_second * (1_000_000_000 / per_second)) as u32;
    let is_one = seconds < 86_400 && nanos < 1_000_000_000;
    if is_one {
        time(seconds, nanos, out);
    }
    is_one
}

/// Adds a time of day, with as many threes of decimals as it needs.
pub(super) fn time(seconds: u32, nanos: u32, out: &mut Vec<u8>) {
    integer::two(seconds / 3_600, out);
    out.push(b':');
    integer::two(seconds / 60 % 60, out);
    out.push(b':');
    integer::two(seconds % 60, out);
    if nanos == 0 {
        return;
    }
    out.push(b'.');
    let (decimals, width) = if nanos.is_multiple_of(1_000_000) {
        (nanos / 1_000_000, 3)
    } else if nanos.is_multiple_of(1_000) {
        (nanos / 1_000, 6)
    } else {
        (nanos, 9)
    };
    integer::padded(decimals.into(), width, out);
}
