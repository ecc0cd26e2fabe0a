//! Spans of time: durations as ISO 8601 has them, intervals in words.

use arrow_buffer::{IntervalDayTime, IntervalMonthDayNano};

use crate::number::integer;

/// Adds a duration of so many parts of a second.
pub(super) fn duration(value: i64, per_second: i64, out: &mut Vec<u8>) {
    // Milliseconds since whenever have to fit 64 bits, in arrow's form of a duration.
    let limit = match per_second {
        1 => i64::MAX / 1_000,
        1_000 => i64::MAX,
        _ => i64::MIN,
    };
    if limit > 0 && !(-limit..=limit).contains(&value) {
        return out.extend_from_slice(b"<invalid>");
    }
    if value < 0 {
        out.push(b'-');
    }
    out.push(b'P');
    if value == 0 {
        return out.extend_from_slice(b"0D");
    }
    let (size, per_second) = (value.unsigned_abs(), per_second.unsigned_abs());
    out.push(b'T');
    integer::unsigned(size / per_second, out);
    let mut decimals = size % per_second;
    if decimals > 0 {
        let mut width = per_second.ilog10() as usize;
        while decimals.is_multiple_of(10) {
            (decimals, width) = (decimals / 10, width - 1);
        }
        out.push(b'.');
        integer::padded(decimals, width, out);
    }
    out.push(b'S');
}

/// Adds an interval of months.
pub(super) fn year_month(months: i32, out: &mut Vec<u8>) {
    integer::signed(months.div_euclid(12).into(), out);
    out.extend_from_slice(b" years ");
    integer::signed(months.rem_euclid(12).into(), out);
    out.extend_from_slice(b" mons");
}

/// Adds an interval of days and milliseconds.
pub(super) fn day_time(interval: IntervalDayTime, out: &mut Vec<u8>) {
    let mut words = Words::new(out);
    words.add(interval.days.into(), " days");
    words.add_clock(interval.milliseconds.into(), 1_000);
    words.finish();
}

/// Adds an interval of months, days and nanoseconds.
pub(super) fn month_day_nano(interval: IntervalMonthDayNano, out: &mut Vec<u8>) {
    let mut words = Words::new(out);
    words.add(interval.months.into(), " mons");
    words.add(interval.days.into(), " days");
    words.add_clock(interval.nanoseconds, 1_000_000_000);
    words.finish();
}

/// The parts of an interval that are not zero, with spaces between them.
struct Words<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> Words<'a> {
    fn new(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        Self { out, start }
    }

    fn space(&mut self) {
        if self.out.len() > self.start {
            self.out.push(b' ');
        }
    }

    fn add(&mut self, n: i64, unit: &str) {
        if n != 0 {
            self.space();
            integer::signed(n, self.out);
            self.out.extend_from_slice(unit.as_bytes());
        }
    }

    /// Hours, minutes, seconds and decimals, each with a sign of its own.
    fn add_clock(&mut self, value: i64, per_second: i64) {
        let (seconds, decimals) = (value / per_second, value % per_second);
        self.add(seconds / 3_600, " hours");
        self.add(seconds / 60 % 60, " mins");
        let seconds = seconds % 60;
        if seconds != 0 || decimals != 0 {
            self.space();
            if value < 0 {
                self.out.push(b'-');
            }
            integer::unsigned(seconds.unsigned_abs(), self.out);
            self.out.push(b'.');
            let width = per_second.ilog10() as usize;
            integer::padded(decimals.unsigned_abs(), width, self.out);
            self.out.extend_from_slice(b" secs");
        }
    }

    fn finish(self) {
        if self.out.len() == self.start {
            self.out.extend_from_slice(b"0 secs");
        }
    }
}
