//! Days since 1970 as dates of the Gregorian calendar, before its beginning too.

use super::{clock, zone};
use crate::number::integer;

const SECONDS_A_DAY: i64 = 86_400;

/// The years that there are dates of, as the crate `chrono` has them, whose limits arrow's are.
const FIRST_DAY: i64 = days_to(-262_143);
const LAST_DAY: i64 = days_to(262_143) - 1;

/// Adds a date; false where there is none.
pub(super) fn date(days: i64, out: &mut Vec<u8>) -> bool {
    let is_one = (FIRST_DAY..=LAST_DAY).contains(&days);
    if is_one {
        any_date(days, out);
    }
    is_one
}

/// Adds the date and time so many parts of a second after 1970, by the clock of the zone if there
/// is one; false where there is no such date.
#[inline]
pub(super) fn datetime(
    value: i64,
    per_second: i64,
    offset: Option<i32>,
    out: &mut Vec<u8>,
) -> bool {
    let seconds = value.div_euclid(per_second);
    let nanos = value.rem_euclid(per_second) * (1_000_000_000 / per_second);
    if !(FIRST_DAY..=LAST_DAY).contains(&seconds.div_euclid(SECONDS_A_DAY)) {
        return false;
    }
    let seconds = seconds + i64::from(offset.unwrap_or(0));
    any_date(seconds.div_euclid(SECONDS_A_DAY), out);
    out.push(b'T');
    clock::time(seconds.rem_euclid(SECONDS_A_DAY) as u32, nanos as u32, out);
    if let Some(offset) = offset {
        zone::suffix(offset, out);
    }
    true
}

/// Adds a date. The formula is `civil_from_days` of Howard Hinnant, "chrono-Compatible Low-Level
/// Date Algorithms": years begin in March, so that the leap day is the last of one, and 400 of them
/// have the same number of days each time.
fn any_date(days: i64, out: &mut Vec<u8>) {
    let days = days as i32 + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097) as u32;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let (month, next_year) = match month_from_march {
        0..10 => (month_from_march + 3, 0),
        _ => (month_from_march - 9, 1),
    };
    year(era * 400 + year_of_era as i32 + next_year, out);
    out.push(b'-');
    integer::two(month, out);
    out.push(b'-');
    integer::two(day, out);
}

/// Adds a year: four digits, or with a sign where those are not enough (ISO 8601, expanded).
fn year(year: i32, out: &mut Vec<u8>) {
    if let Ok(year @ 0..10_000) = u32::try_from(year) {
        integer::two(year / 100, out);
        integer::two(year % 100, out);
    } else {
        out.push(if year < 0 { b'-' } else { b'+' });
        integer::padded(year.unsigned_abs().into(), 4, out);
    }
}

/// Days from 1970 to the first of January of a year.
const fn days_to(year: i64) -> i64 {
    let past = year - 1;
    365 * past + past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400) - 719_162
}
