//! Time zones that are offsets from UTC.

use crate::Unsupported;
use crate::number::integer;

/// The seconds by which clocks of a zone are ahead: `+09:00`, `-0930`, `+09`.
pub(super) fn offset_seconds(zone: &str) -> Result<i32, Unsupported> {
    parse(zone.as_bytes()).ok_or_else(|| Unsupported::Zone(zone.to_owned()))
}

fn parse(zone: &[u8]) -> Option<i32> {
    let digits = match *zone {
        [_, a, b, b':', c, d] | [_, a, b, c, d] => [a, b, c, d],
        [_, a, b] => [a, b, b'0', b'0'],
        _ => return None,
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let [a, b, c, d] = digits.map(|digit| i32::from(digit - b'0'));
    let seconds = (a * 10 + b) * 3_600 + (c * 10 + d) * 60;
    match zone[0] {
        _ if seconds >= 86_400 => None,
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

/// Adds an offset as RFC 3339 has it.
pub(super) fn suffix(offset: i32, out: &mut Vec<u8>) {
    if offset == 0 {
        return out.push(b'Z');
    }
    out.push(if offset < 0 { b'-' } else { b'+' });
    let minutes = offset.unsigned_abs() / 60;
    integer::two(minutes / 60, out);
    out.push(b':');
    integer::two(minutes % 60, out);
}
