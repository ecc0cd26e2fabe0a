//! Numbers as people read them: counts, bytes, times, rates.

/// `27004` as `27,004`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `12_100_000` as `12.1 MB`: powers of ten, as disks and networks count.
pub(crate) fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["KB", "MB", "GB", "TB", "PB"];
    if number < 1000 {
        return format!("{number} B");
    }
    let mut value = number as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// `0.4217` as `0.42 s`, `83.0` as `1 min 23 s`.
pub(crate) fn seconds(number: f64) -> String {
    if number < 0.01 {
        return format!("{:.1} ms", number * 1000.0);
    }
    if number < 10.0 {
        return format!("{number:.2} s");
    }
    if number < 60.0 {
        return format!("{number:.1} s");
    }
    let whole = number.round() as u64;
    format!("{} min {:02} s", whole / 60, whole % 60)
}

/// How much of something per second, where the time was long enough to tell.
pub(crate) fn per_second(amount: u64, seconds: f64) -> Option<u64> {
    (seconds >= 0.001).then(|| (amount as f64 / seconds).round() as u64)
}

/// `1 row`, `2 rows`.
pub(crate) fn plural(number: u64, noun: &str) -> String {
    format!(
        "{} {noun}{}",
        count(number),
        if number == 1 { "" } else { "s" }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(27_004), "27,004");
        assert_eq!(count(1_234_567), "1,234,567");
    }

    #[test]
    fn bytes_take_the_unit_that_fits() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_000), "1.0 KB");
        assert_eq!(bytes(999_960), "1.0 MB");
        assert_eq!(bytes(593_000_000), "593.0 MB");
    }

    #[test]
    fn times_lose_what_does_not_matter() {
        assert_eq!(seconds(0.0042), "4.2 ms");
        assert_eq!(seconds(0.4217), "0.42 s");
        assert_eq!(seconds(12.34), "12.3 s");
        assert_eq!(seconds(83.0), "1 min 23 s");
    }

    #[test]
    fn no_rate_without_time() {
        assert_eq!(per_second(10, 0.0), None);
        assert_eq!(per_second(10, 2.0), Some(5));
        assert_eq!(plural(1, "row"), "1 row");
        assert_eq!(plural(2000, "row"), "2,000 rows");
    }
}
