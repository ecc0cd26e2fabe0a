//! Dates and times from text. All are ISO 8601; a space may stand for the `T`.

const MICROSECONDS: i64 = 1_000_000;
const DAY: i64 = 86_400 * MICROSECONDS;

/// `2013-01-31` as days since 1970-01-01.
#[inline]
pub(crate) fn date(text: &[u8]) -> Option<i32> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else {
        return None;
    };
    let year = i32::from(two(*y1, *y2)?) * 100 + i32::from(two(*y3, *y4)?);
    let (month, day) = (two(*m1, *m2)?, two(*d1, *d2)?);
    if !(1..=12).contains(&month) || day == 0 || day > days_of_month(year, month) {
        return None;
    }
    Some(days_since_epoch(year, month, day))
}

/// `05:15`, `05:15:30` or `05:15:30.25` as microseconds since midnight.
pub(crate) fn time(text: &[u8]) -> Option<i64> {
    match clock(text)? {
        (microseconds, []) => Some(microseconds),
        _ => None,
    }
}

/// A date and a time with no zone, as microseconds since 1970-01-01 00:00.
#[inline]
pub(crate) fn timestamp(text: &[u8]) -> Option<i64> {
    match date_and_time(text)? {
        (microseconds, []) => Some(microseconds),
        _ => None,
    }
}

/// A date and a time with a zone (`Z`, `+01:00`, `-0530`), as microseconds since 1970-01-01 00:00
/// UTC.
#[inline]
pub(crate) fn timestamp_utc(text: &[u8]) -> Option<i64> {
    let (microseconds, zone) = date_and_time(text)?;
    microseconds.checked_sub(offset(zone)?)
}

fn date_and_time(text: &[u8]) -> Option<(i64, &[u8])> {
    let (day, rest) = text.split_at_checked(10)?;
    let [b'T' | b't' | b' ', rest @ ..] = rest else {
        return None;
    };
    let (time, rest) = clock(rest)?;
    Some((i64::from(date(day)?) * DAY + time, rest))
}

/// The time at the start of `text`, and what follows it.
fn clock(text: &[u8]) -> Option<(i64, &[u8])> {
    let [h1, h2, b':', m1, m2, rest @ ..] = text else {
        return None;
    };
    let (hours, minutes) = (two(*h1, *h2)?, two(*m1, *m2)?);
    let (seconds, rest) = match rest {
        [b':', s1, s2, rest @ ..] => (two(*s1, *s2)?, rest),
        rest => (0, rest),
    };
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let whole = (i64::from(hours) * 60 + i64::from(minutes)) * 60 + i64::from(seconds);
    let (fraction, rest) = match rest {
        [b'.' | b',', rest @ ..] => fraction(rest)?,
        rest => (0, rest),
    };
    Some((whole * MICROSECONDS + fraction, rest))
}

/// The digits after the point as microseconds. Finer ones must be 0: nothing is lost in silence.
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(count);
    if digits.is_empty() || digits.iter().skip(6).any(|digit| *digit != b'0') {
        return None;
    }
    let digit = |at: usize| digits.get(at).map_or(0, |digit| i64::from(digit - b'0'));
    Some(((0..6).fold(0, |value, at| value * 10 + digit(at)), rest))
}

fn offset(zone: &[u8]) -> Option<i64> {
    let (sign, hours, minutes) = match zone {
        b"Z" | b"z" => return Some(0),
        [sign, h1, h2] => (sign, two(*h1, *h2)?, 0),
        [sign, h1, h2, m1, m2] | [sign, h1, h2, b':', m1, m2] => {
            (sign, two(*h1, *h2)?, two(*m1, *m2)?)
        }
        _ => return None,
    };
    let sign = match sign {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let minutes = i64::from(hours) * 60 + i64::from(minutes);
    (minutes < 24 * 60).then_some(sign * minutes * 60 * MICROSECONDS)
}

#[inline]
fn two(tens: u8, ones: u8) -> Option<u8> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then(|| tens * 10 + ones)
}

fn days_of_month(year: i32, month: u8) -> u8 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Counts in years that begin in March, so that the day a leap year adds comes last
/// (the civil-day formula of the proleptic Gregorian calendar).
fn days_since_epoch(year: i32, month: u8, day: u8) -> i32 {
    let month = i32::from(month);
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + i32::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_follow_each_other_over_all_leap_years() {
        let mut expected = date(b"0001-01-01").unwrap();
        assert_eq!(expected, -719_162);
        for year in 1..=2400 {
            for month in 1..=12 {
                for day in 1..=days_of_month(year, month) {
                    let text = format!("{year:04}-{month:02}-{day:02}");
                    assert_eq!(date(text.as_bytes()), Some(expected), "{text}");
                    expected += 1;
                }
            }
        }
        assert_eq!(date(b"1970-01-01"), Some(0));
    }

    #[test]
    fn days_that_are_none() {
        for text in [
            "2013-02-29",
            "2013-13-01",
            "2013-00-10",
            "2013-01-00",
            "13-01-01",
            "2013/01/01",
        ] {
            assert_eq!(date(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn times_with_and_without_seconds_and_zone() {
        assert_eq!(time(b"05:15"), Some((5 * 60 + 15) * 60 * MICROSECONDS));
        assert_eq!(time(b"00:00:01.250"), Some(1_250_000));
        assert_eq!(timestamp(b"1970-01-02 00:00:00"), Some(DAY));
        assert_eq!(
            timestamp_utc(b"2013-01-01T10:00:00Z"),
            Some(1_357_034_400 * MICROSECONDS)
        );
        assert_eq!(timestamp_utc(b"1970-01-01T01:00+01:00"), Some(0));
        assert_eq!(timestamp_utc(b"1969-12-31 18:30:00.5-0530"), Some(500_000));
        for text in ["24:00", "05:60", "5:15", "05:15:00.", "05:15:00.1234567"] {
            assert_eq!(time(text.as_bytes()), None, "{text}");
        }
        assert_eq!(timestamp(b"2013-01-01T10:00:00Z"), None);
        assert_eq!(timestamp_utc(b"2013-01-01T10:00:00"), None);
        assert_eq!(timestamp(b"2013-01-01"), None);
    }
}
