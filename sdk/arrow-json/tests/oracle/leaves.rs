//! Columns of values without parts.

use std::sync::Arc;

use arrow_array::types::{
    ArrowPrimitiveType, DecimalType, IntervalDayTimeType, IntervalMonthDayNanoType,
};
use arrow_array::*;
use arrow_buffer::i256;
use proptest::collection::vec;
use proptest::prelude::*;

type Column = BoxedStrategy<ArrayRef>;

fn some<T: std::fmt::Debug + Clone + 'static>(
    rows: usize,
    value: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Vec<Option<T>>> {
    vec(prop::option::weighted(0.8, value), rows)
}

/// A column of any such type.
pub(crate) fn leaf(rows: usize) -> Column {
    prop_oneof![
        3 => numbers(rows),
        2 => texts(rows),
        2 => decimals(rows),
        4 => times(rows),
    ]
    .boxed()
}

/// Values near zero as well as far from it.
fn wide() -> impl Strategy<Value = i64> {
    (any::<i64>(), 0..64_u32).prop_map(|(n, shift)| n >> shift)
}

macro_rules! primitive {
    ($rows:expr, $type:ident, $value:expr) => {
        some($rows, $value).prop_map(|values| {
            Arc::new(PrimitiveArray::<types::$type>::from_iter(values)) as ArrayRef
        })
    };
}

/// The oracle writes an `f32` in one digit more than it takes where the text with fewer lies at the
/// very end of what reads as the value. Such values are whole and have more bits than an `f32` keeps.
pub(crate) fn not_at_an_end(value: f32) -> f32 {
    let size = value.abs();
    if (16_777_216.0..1e15).contains(&size) {
        value / 1e15
    } else {
        value
    }
}

fn numbers(rows: usize) -> Column {
    let half =
        || any::<u16>().prop_map(<types::Float16Type as ArrowPrimitiveType>::Native::from_bits);
    prop_oneof![
        Just(Arc::new(NullArray::new(rows)) as ArrayRef),
        some(rows, any::<bool>()).prop_map(|v| Arc::new(BooleanArray::from(v)) as ArrayRef),
        primitive!(rows, Int8Type, any::<i8>()),
        primitive!(rows, Int16Type, any::<i16>()),
        primitive!(rows, Int32Type, wide().prop_map(|n| n as i32)),
        primitive!(rows, Int64Type, wide()),
        primitive!(rows, UInt8Type, any::<u8>()),
        primitive!(rows, UInt16Type, any::<u16>()),
        primitive!(rows, UInt32Type, wide().prop_map(|n| n as u32)),
        primitive!(rows, UInt64Type, wide().prop_map(|n| n as u64)),
        some(rows, half()).prop_map(|v| Arc::new(Float16Array::from_iter(v)) as ArrayRef),
        primitive!(
            rows,
            Float32Type,
            prop_oneof![any::<f32>(), any::<u32>().prop_map(f32::from_bits)]
                .prop_map(not_at_an_end)
        ),
        primitive!(
            rows,
            Float64Type,
            prop_oneof![any::<f64>(), any::<u64>().prop_map(f64::from_bits)]
        ),
    ]
    .boxed()
}

/// A column of texts alone: the keys of a map.
pub(crate) fn strings(rows: usize) -> BoxedStrategy<Vec<String>> {
    vec("[ -~]{0,20}|\\PC*|[\u{0}-\u{ff}]{0,12}", rows).boxed()
}

fn texts(rows: usize) -> Column {
    let text = || some(rows, "[ -~]{0,30}|\\PC*|[\u{0}-\u{ff}]{0,12}");
    let bytes = || some(rows, vec(any::<u8>(), 0..20));
    let fixed = some(rows, vec(any::<u8>(), 5)).prop_map(|values| {
        let values = FixedSizeBinaryArray::try_from_sparse_iter_with_size(values.into_iter(), 5);
        Arc::new(values.unwrap()) as ArrayRef
    });
    prop_oneof![
        text().prop_map(|v| Arc::new(StringArray::from_iter(v)) as ArrayRef),
        text().prop_map(|v| Arc::new(LargeStringArray::from_iter(v)) as ArrayRef),
        text().prop_map(|v| Arc::new(StringViewArray::from_iter(v)) as ArrayRef),
        bytes().prop_map(|v| Arc::new(BinaryArray::from_iter(v)) as ArrayRef),
        bytes().prop_map(|v| Arc::new(LargeBinaryArray::from_iter(v)) as ArrayRef),
        bytes().prop_map(|v| Arc::new(BinaryViewArray::from_iter(v)) as ArrayRef),
        fixed,
    ]
    .boxed()
}

fn decimal<T: DecimalType>(rows: usize, value: impl Strategy<Value = T::Native> + 'static) -> Column
where
    T::Native: Clone,
{
    let most = T::MAX_SCALE;
    (some(rows, value), -most..=most)
        .prop_map(|(values, scale)| {
            let column = PrimitiveArray::<T>::from_iter(values);
            let column = column.with_precision_and_scale(T::MAX_PRECISION, scale);
            Arc::new(column.unwrap()) as ArrayRef
        })
        .boxed()
}

fn decimals(rows: usize) -> Column {
    let wider = || (any::<i128>(), 0..128_u32).prop_map(|(n, shift)| n >> shift);
    let widest = (any::<u128>(), any::<i128>(), 0..255_u8)
        .prop_map(|(low, high, shift)| i256::from_parts(low, high) >> shift);
    prop_oneof![
        decimal::<types::Decimal32Type>(rows, wide().prop_map(|n| n as i32)),
        decimal::<types::Decimal64Type>(rows, wide()),
        decimal::<types::Decimal128Type>(rows, wider()),
        decimal::<types::Decimal256Type>(rows, widest),
    ]
    .boxed()
}

fn times(rows: usize) -> Column {
    prop_oneof![
        primitive!(
            rows,
            Date32Type,
            prop_oneof![any::<i32>(), -800_000..800_000_i32]
        ),
        primitive!(rows, Date64Type, wide()),
        primitive!(
            rows,
            Time32SecondType,
            prop_oneof![any::<i32>(), 0..86_400_i32]
        ),
        primitive!(
            rows,
            Time32MillisecondType,
            prop_oneof![any::<i32>(), 0..86_400_000_i32]
        ),
        primitive!(
            rows,
            Time64MicrosecondType,
            prop_oneof![wide(), 0..86_400_000_000_i64]
        ),
        primitive!(
            rows,
            Time64NanosecondType,
            prop_oneof![wide(), 0..86_400_000_000_000_i64]
        ),
        timestamps(rows),
        primitive!(rows, DurationSecondType, wide()),
        primitive!(rows, DurationMillisecondType, wide()),
        primitive!(rows, DurationMicrosecondType, wide()),
        primitive!(rows, DurationNanosecondType, wide()),
        intervals(rows),
    ]
    .boxed()
}

fn timestamps(rows: usize) -> Column {
    // With a zone, only what the calendar has: the oracle does not escape its message.
    let zoned = |per_second: i64| {
        let zone =
            prop::sample::select(vec!["+00:00", "-00:00", "+05:30", "-0930", "+09", "-23:59"]);
        let limit = 8_000_000_000_000_i64.saturating_mul(per_second);
        let value = wide().prop_map(move |n| n.clamp(-limit, limit));
        (prop::option::of(zone), prop_oneof![value, wide()]).prop_map(move |(zone, n)| match zone {
            None => (None, n),
            Some(zone) => (Some(zone), n.clamp(-limit, limit)),
        })
    };
    macro_rules! of {
        ($array:ident, $per_second:expr) => {
            vec((zoned($per_second), any::<bool>()), rows).prop_map(|values| {
                let zone = values.first().and_then(|((zone, _), _)| *zone);
                let limit = 8_000_000_000_000_i64.saturating_mul($per_second);
                let values = values.into_iter().map(|((_, n), is_null)| {
                    let n = if zone.is_some() {
                        n.clamp(-limit, limit)
                    } else {
                        n
                    };
                    (!is_null).then_some(n)
                });
                let column = $array::from_iter(values).with_timezone_opt(zone);
                Arc::new(column) as ArrayRef
            })
        };
    }
    prop_oneof![
        of!(TimestampSecondArray, 1),
        of!(TimestampMillisecondArray, 1_000),
        of!(TimestampMicrosecondArray, 1_000_000),
        of!(TimestampNanosecondArray, 1_000_000_000),
    ]
    .boxed()
}

fn intervals(rows: usize) -> Column {
    let day_time = (wide(), wide())
        .prop_map(|(days, millis)| IntervalDayTimeType::make_value(days as i32, millis as i32));
    let month_day_nano = (wide(), wide(), wide()).prop_map(|(months, days, nanos)| {
        IntervalMonthDayNanoType::make_value(months as i32, days as i32, nanos)
    });
    prop_oneof![
        primitive!(rows, IntervalYearMonthType, wide().prop_map(|n| n as i32)),
        primitive!(rows, IntervalDayTimeType, day_time),
        primitive!(rows, IntervalMonthDayNanoType, month_day_nano),
    ]
    .boxed()
}
