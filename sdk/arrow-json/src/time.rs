//! Dates, times, durations and intervals, in quotes.

use std::error::Error;
use std::fmt;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, DurationMicrosecondType, DurationMillisecondType,
    DurationNanosecondType, DurationSecondType, IntervalDayTimeType, IntervalMonthDayNanoType,
    IntervalYearMonthType, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{Array, ArrowPrimitiveType, PrimitiveArray};
use arrow_schema::{DataType, IntervalUnit, TimeUnit};

use crate::encoder::Cells;
use crate::{Unsupported, text};

mod calendar;
mod clock;
mod span;
mod zone;

/// A number that no calendar or clock has a time for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutOfRange {
    value: i64,
    form: &'static str,
    ty: DataType,
}

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { value, form, ty } = self;
        write!(f, "Failed to convert {value} to {form} for {ty}")
    }
}

impl Error for OutOfRange {}

/// Of a column of a temporal type.
pub(crate) fn cells<'a>(column: &'a dyn Array) -> Result<Box<dyn Cells + 'a>, Unsupported> {
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    Ok(match column.data_type() {
        DataType::Date32 => {
            times::<Date32Type>(column, |days, out| calendar::date(i64::from(days), out))
        }
        DataType::Date64 => times::<Date64Type>(column, |millis, out| {
            calendar::datetime(millis, 1_000, None, out)
        }),
        DataType::Timestamp(unit, zone) => {
            let offset = zone.as_deref().map(zone::offset_seconds).transpose()?;
            match unit {
                Second => timestamps::<TimestampSecondType>(column, 1, offset),
                Millisecond => timestamps::<TimestampMillisecondType>(column, 1_000, offset),
                Microsecond => timestamps::<TimestampMicrosecondType>(column, 1_000_000, offset),
                Nanosecond => timestamps::<TimestampNanosecondType>(column, 1_000_000_000, offset),
            }
        }
        DataType::Time32(Second) => {
            times::<Time32SecondType>(column, |n, out| clock::since_midnight(n.into(), 1, out))
        }
        DataType::Time32(Millisecond) => times::<Time32MillisecondType>(column, |n, out| {
            clock::since_midnight(n.into(), 1_000, out)
        }),
        DataType::Time64(Microsecond) => times::<Time64MicrosecondType>(column, |n, out| {
            clock::since_midnight(n, 1_000_000, out)
        }),
        DataType::Time64(Nanosecond) => times::<Time64NanosecondType>(column, |n, out| {
            clock::since_midnight(n, 1_000_000_000, out)
        }),
        DataType::Duration(Second) => spans::<DurationSecondType>(column, |n, out| {
            span::duration(n, 1, out);
        }),
        DataType::Duration(Millisecond) => spans::<DurationMillisecondType>(column, |n, out| {
            span::duration(n, 1_000, out);
        }),
        DataType::Duration(Microsecond) => spans::<DurationMicrosecondType>(column, |n, out| {
            span::duration(n, 1_000_000, out);
        }),
        DataType::Duration(Nanosecond) => spans::<DurationNanosecondType>(column, |n, out| {
            span::duration(n, 1_000_000_000, out);
        }),
        DataType::Interval(IntervalUnit::YearMonth) => {
            spans::<IntervalYearMonthType>(column, span::year_month)
        }
        DataType::Interval(IntervalUnit::DayTime) => {
            spans::<IntervalDayTimeType>(column, span::day_time)
        }
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            spans::<IntervalMonthDayNanoType>(column, span::month_day_nano)
        }
        ty => return Err(Unsupported::Type(ty.clone())),
    })
}

/// Dates and times, and how one is written: false, and nothing added, where there is none.
struct Times<'a, T: ArrowPrimitiveType, F> {
    values: &'a PrimitiveArray<T>,
    write: F,
}

fn times<'a, T: ArrowPrimitiveType<Native: Into<i64>>>(
    column: &'a dyn Array,
    write: impl Fn(T::Native, &mut Vec<u8>) -> bool + 'a,
) -> Box<dyn Cells + 'a> {
    let values = column.as_primitive::<T>();
    Box::new(Times { values, write })
}

fn timestamps<T: ArrowPrimitiveType<Native = i64>>(
    column: &dyn Array,
    per_second: i64,
    offset: Option<i32>,
) -> Box<dyn Cells + '_> {
    times::<T>(column, move |n, out| {
        calendar::datetime(n, per_second, offset, out)
    })
}

impl<T, F> Cells for Times<'_, T, F>
where
    T: ArrowPrimitiveType<Native: Into<i64>>,
    F: Fn(T::Native, &mut Vec<u8>) -> bool,
{
    fn encode(&self, row: usize, out: &mut Vec<u8>) {
        out.push(b'"');
        if (self.write)(self.values.value(row), out) {
            out.push(b'"');
        } else {
            out.pop();
            let reason = self.out_of_range(row);
            text::string(&format!("ERROR: Cast error: {reason}"), out);
        }
    }

    fn encode_unquoted(&self, row: usize, out: &mut Vec<u8>) -> Result<(), OutOfRange> {
        if (self.write)(self.values.value(row), out) {
            Ok(())
        } else {
            Err(self.out_of_range(row))
        }
    }
}

impl<T: ArrowPrimitiveType<Native: Into<i64>>, F> Times<'_, T, F> {
    #[cold]
    fn out_of_range(&self, row: usize) -> OutOfRange {
        let ty = self.values.data_type().clone();
        let form = match ty {
            DataType::Timestamp(..) => "datetime",
            _ => "temporal",
        };
        let value = self.values.value(row).into();
        OutOfRange { value, form, ty }
    }
}

/// Durations and intervals, and how one is written.
struct Spans<'a, T: ArrowPrimitiveType, F> {
    values: &'a PrimitiveArray<T>,
    write: F,
}

fn spans<'a, T: ArrowPrimitiveType>(
    column: &'a dyn Array,
    write: impl Fn(T::Native, &mut Vec<u8>) + 'a,
) -> Box<dyn Cells + 'a> {
    let values = column.as_primitive::<T>();
    Box::new(Spans { values, write })
}

impl<T: ArrowPrimitiveType, F: Fn(T::Native, &mut Vec<u8>)> Cells for Spans<'_, T, F> {
    fn encode(&self, row: usize, out: &mut Vec<u8>) {
        out.push(b'"');
        (self.write)(self.values.value(row), out);
        out.push(b'"');
    }

    fn encode_unquoted(&self, row: usize, out: &mut Vec<u8>) -> Result<(), OutOfRange> {
        (self.write)(self.values.value(row), out);
        Ok(())
    }
}
