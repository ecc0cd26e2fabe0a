//! Sizes and times as people write them: `256MiB`, `10s`.

use std::time::Duration;

const SIZES: [(&str, u64); 8] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("KB", 1_000),
    ("kB", 1_000),
    ("B", 1),
];

const TIMES: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

/// Bytes, or `None` where the text is no size: a number with its unit, as in `256MiB` or `1.5 GB`.
#[must_use]
pub fn bytes(text: &str) -> Option<u64> {
    scaled(text, &SIZES)
}

/// A time, or `None` where the text is none. To the millisecond.
pub(super) fn duration(text: &str) -> Option<Duration> {
    scaled(text, &TIMES).map(Duration::from_millis)
}

/// The number before the unit, which may have decimals, times what the unit stands for.
fn scaled(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = (&text[..end], text[end..].trim_start());
    let scale = units.iter().find(|(name, _)| *name == unit)?.1;
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    // Nine decimals of the largest unit still fit, and more mean nothing.
    if decimals.is_empty() || decimals.len() > 9 || decimals.contains('.') {
        return None;
    }
    let digits = u32::try_from(decimals.len()).ok()?;
    let part = u128::from(decimals.parse::<u64>().ok()?) * u128::from(scale) / 10u128.pow(digits);
    let whole = u128::from(whole.parse::<u64>().ok()?) * u128::from(scale);
    u64::try_from(whole + part).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(bytes("256MiB"), Some(256 << 20));
        assert_eq!(bytes("1.5 GiB"), Some(3 << 29));
        assert_eq!(bytes("64KB"), Some(64_000));
        assert_eq!(bytes("12B"), Some(12));
        for wrong in [
            "256",
            "256 mib",
            "MiB",
            "-1MiB",
            "1..5MiB",
            ".5MiB",
            "1.MiB",
            "99999999999GiB",
            "",
        ] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn durations() {
        assert_eq!(duration("10s"), Some(Duration::from_secs(10)));
        assert_eq!(duration("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(duration("1.5m"), Some(Duration::from_secs(90)));
        assert_eq!(duration("2 h"), Some(Duration::from_secs(7200)));
        assert_eq!(duration("10 seconds"), None);
    }
}
