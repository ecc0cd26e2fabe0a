//! Dates and times as text, in ISO 8601.

use crate::digits::{padded, signed, two};

/// Days since 1970-01-01 as `2013-01-31`.
pub(crate) fn date(out: &mut Vec<u8>, days: i64) {
    // The civil-day formula of the proleptic Gregorian calendar: years begin in March.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    if (0..10_000).contains(&year) {
        two(out, year as u32 / 100);
        two(out, year as u32 % 100);
    } else {
        signed(out, year);
    }
    out.push(b'-');
    two(out, month as u32);
    out.push(b'-');
    two(out, day as u32);
}

/// A time of day as `05:15:30`, with the digits of its fraction if it has one.
pub(crate) fn time(out: &mut Vec<u8>, value: i64, per_second: i64) {
    let seconds = value.div_euclid(per_second);
    two(out, (seconds / 3600) as u32);
    out.push(b':');
    two(out, (seconds / 60 % 60) as u32);
    out.push(b':');
    two(out, (seconds % 60) as u32);
    let fraction = value.rem_euclid(per_second);
    if fraction != 0 {
        out.push(b'.');
        padded(out, fraction as u64, per_second.ilog10() as usize);
        while out.last() == Some(&b'0') {
            out.pop();
        }
    }
}

/// A moment as `2013-01-31T05:15:30`, and `Z` behind it if it is one of UTC.
pub(crate) fn timestamp(out: &mut Vec<u8>, value: i64, per_second: i64, is_utc: bool) {
    let per_day = 86_400 * per_second;
    date(out, value.div_euclid(per_day));
    out.push(b'T');
    time(out, value.rem_euclid(per_day), per_second);
    if is_utc {
        out.push(b'Z');
    }
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
    fn dates_near_and_far() {
        for (days, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (15_736, "2013-01-31"),
            (-719_162, "0001-01-01"),
            (2_932_896, "9999-12-31"),
            (2_932_897, "10000-01-01"),
        ] {
            assert_eq!(written(|out| date(out, days)), text);
        }
    }

    #[test]
    fn moments_with_just_the_digits_they_have() {
        let moment =
            |value, per_second, is_utc| written(|out| timestamp(out, value, per_second, is_utc));
        assert_eq!(moment(1_357_034_400, 1, true), "2013-01-01T10:00:00Z");
        assert_eq!(moment(-1, 1000, false), "1969-12-31T23:59:59.999");
        assert_eq!(moment(1_500_000, 1_000_000, false), "1970-01-01T00:00:01.5");
        assert_eq!(
            moment(1, 1_000_000_000, false),
            "1970-01-01T00:00:00.000000001"
        );
    }
}
