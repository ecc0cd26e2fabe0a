//! The values of arrow columns as text, for the formats that are text.

use bubbles_sdk::arrow::array::cast::AsArray;
use bubbles_sdk::arrow::array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, DecimalType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, Time32MillisecondType, Time32SecondType, Time64MicrosecondType,
    Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use bubbles_sdk::arrow::array::{
    Array, ArrayRef, BooleanArray, LargeStringArray, PrimitiveArray, StringArray, StringViewArray,
};
use bubbles_sdk::arrow::buffer::NullBuffer;
use bubbles_sdk::arrow::schema::{DataType, TimeUnit};

use crate::append::append;
use crate::{calendar, digits};

/// A column whose values have a plain text: no lists, structs or bytes.
pub struct ValueText {
    values: Values,
    nulls: Option<NullBuffer>,
}

/// What the text of a value is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A number, `true` or `false`.
    Bare,
    /// A date or time: no character of it needs care.
    Plain,
    /// Anything.
    Text,
}

/// What is common has a case of its own; the rest is reached through a function.
enum Values {
    Nothing,
    Bool(BooleanArray),
    Long(PrimitiveArray<Int64Type>),
    Unsigned(PrimitiveArray<UInt64Type>),
    Float(PrimitiveArray<Float64Type>),
    ShortFloat(PrimitiveArray<Float32Type>),
    Int(Get<i64>),
    Decimal(Get<String>),
    Date(Get<i64>),
    Time(Get<i64>, i64),
    Timestamp(Get<i64>, i64, bool),
    Text(StringArray),
    LongText(LargeStringArray),
    TextView(StringViewArray),
    Coded(Box<ValueText>, Vec<usize>),
}

/// Gives the value of a row.
type Get<T> = Box<dyn Fn(usize) -> T>;

impl ValueText {
    /// None if the values of `array` have no plain text.
    pub fn of(array: &ArrayRef) -> Option<Self> {
        values(array).map(|values| Self {
            values,
            nulls: array.logical_nulls(),
        })
    }

    /// What all its texts are made of.
    pub fn style(&self) -> Style {
        match &self.values {
            Values::Date(_) | Values::Time(..) | Values::Timestamp(..) => Style::Plain,
            Values::Text(_) | Values::LongText(_) | Values::TextView(_) => Style::Text,
            Values::Coded(values, _) => values.style(),
            _ => Style::Bare,
        }
    }

    /// Whether row `row` has no value.
    #[inline]
    pub fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    /// The value of a column of [`Style::Text`]; empty for others.
    #[inline]
    pub fn text(&self, row: usize) -> &str {
        match &self.values {
            Values::Text(texts) => texts.value(row),
            Values::LongText(texts) => texts.value(row),
            Values::TextView(texts) => texts.value(row),
            Values::Coded(texts, codes) => texts.text(codes[row]),
            _ => "",
        }
    }

    /// Adds the text of a value that is not null. Gives false, and adds nothing, for a number that
    /// is none or infinite.
    #[inline]
    pub fn write(&self, row: usize, out: &mut Vec<u8>) -> bool {
        match &self.values {
            Values::Nothing => {}
            Values::Bool(bools) => append(out, if bools.value(row) { b"true" } else { b"false" }),
            Values::Long(values) => digits::signed(out, values.value(row)),
            Values::Unsigned(values) => digits::unsigned(out, values.value(row)),
            Values::Float(values) => return digits::float(out, values.value(row)),
            Values::ShortFloat(values) => return digits::short_float(out, values.value(row)),
            Values::Int(value) => digits::signed(out, value(row)),
            Values::Decimal(text) => append(out, text(row).as_bytes()),
            Values::Date(days) => calendar::date(out, days(row)),
            Values::Time(value, unit) => calendar::time(out, value(row), *unit),
            Values::Timestamp(value, unit, is_utc) => {
                calendar::timestamp(out, value(row), *unit, *is_utc);
            }
            Values::Text(_) | Values::LongText(_) | Values::TextView(_) => {
                append(out, self.text(row).as_bytes());
            }
            Values::Coded(values, codes) => return values.write(codes[row], out),
        }
        true
    }
}

fn values(array: &ArrayRef) -> Option<Values> {
    Some(match array.data_type() {
        DataType::Null => Values::Nothing,
        DataType::Boolean => Values::Bool(array.as_boolean().clone()),
        DataType::Int8 => Values::Int(longs::<Int8Type>(array)),
        DataType::Int16 => Values::Int(longs::<Int16Type>(array)),
        DataType::Int32 => Values::Int(longs::<Int32Type>(array)),
        DataType::Int64 => Values::Long(array.as_primitive().clone()),
        DataType::UInt8 => Values::Int(longs::<UInt8Type>(array)),
        DataType::UInt16 => Values::Int(longs::<UInt16Type>(array)),
        DataType::UInt32 => Values::Int(longs::<UInt32Type>(array)),
        DataType::UInt64 => Values::Unsigned(array.as_primitive().clone()),
        DataType::Float16 => {
            let values = array.as_primitive::<Float16Type>();
            Values::ShortFloat(values.unary(|value| value.to_f32()))
        }
        DataType::Float32 => Values::ShortFloat(array.as_primitive().clone()),
        DataType::Float64 => Values::Float(array.as_primitive().clone()),
        DataType::Decimal32(..) => Values::Decimal(decimals::<Decimal32Type>(array)),
        DataType::Decimal64(..) => Values::Decimal(decimals::<Decimal64Type>(array)),
        DataType::Decimal128(..) => Values::Decimal(decimals::<Decimal128Type>(array)),
        DataType::Decimal256(..) => Values::Decimal(decimals::<Decimal256Type>(array)),
        DataType::Date32 => Values::Date(longs::<Date32Type>(array)),
        DataType::Date64 => {
            let milliseconds = longs::<Date64Type>(array);
            Values::Date(Box::new(move |row| {
                milliseconds(row).div_euclid(86_400_000)
            }))
        }
        DataType::Time32(unit) | DataType::Time64(unit) => time(array, *unit),
        DataType::Timestamp(unit, zone) => timestamp(array, *unit, zone.is_some()),
        DataType::Utf8 => Values::Text(array.as_string().clone()),
        DataType::LargeUtf8 => Values::LongText(array.as_string().clone()),
        DataType::Utf8View => Values::TextView(array.as_string_view().clone()),
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            if dictionary.values().is_empty() {
                return Some(Values::Nothing);
            }
            let values = ValueText::of(dictionary.values())?;
            Values::Coded(Box::new(values), dictionary.normalized_keys())
        }
        _ => return None,
    })
}

fn time(array: &ArrayRef, unit: TimeUnit) -> Values {
    match unit {
        TimeUnit::Second => Values::Time(longs::<Time32SecondType>(array), 1),
        TimeUnit::Millisecond => Values::Time(longs::<Time32MillisecondType>(array), 1000),
        TimeUnit::Microsecond => Values::Time(longs::<Time64MicrosecondType>(array), 1_000_000),
        TimeUnit::Nanosecond => Values::Time(longs::<Time64NanosecondType>(array), 1_000_000_000),
    }
}

/// Arrow keeps moments of any zone in UTC, and so they are written.
fn timestamp(array: &ArrayRef, unit: TimeUnit, is_utc: bool) -> Values {
    let (value, per_second) = match unit {
        TimeUnit::Second => (longs::<TimestampSecondType>(array), 1),
        TimeUnit::Millisecond => (longs::<TimestampMillisecondType>(array), 1000),
        TimeUnit::Microsecond => (longs::<TimestampMicrosecondType>(array), 1_000_000),
        TimeUnit::Nanosecond => (longs::<TimestampNanosecondType>(array), 1_000_000_000),
    };
    Values::Timestamp(value, per_second, is_utc)
}

fn longs<T: ArrowPrimitiveType>(array: &ArrayRef) -> Get<i64>
where
    T::Native: Into<i64>,
{
    let values = array.as_primitive::<T>().clone();
    Box::new(move |row| values.value(row).into())
}

fn decimals<T: DecimalType>(array: &ArrayRef) -> Get<String> {
    let values = array.as_primitive::<T>().clone();
    Box::new(move |row| values.value_as_string(row))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use bubbles_sdk::arrow::array::{
        Date32Array, Decimal128Array, DictionaryArray, Int32Array, StringArray,
        TimestampMillisecondArray,
    };

    fn texts(array: ArrayRef) -> Vec<Option<String>> {
        let values = ValueText::of(&array).unwrap();
        let text = |row| {
            let mut out = Vec::new();
            values.write(row, &mut out);
            String::from_utf8(out).unwrap()
        };
        (0..array.len())
            .map(|row| (!values.is_null(row)).then(|| text(row)))
            .collect()
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn values_of_many_types() {
        assert_eq!(
            texts(Arc::new(Int32Array::from(vec![Some(-5), None]))),
            [some("-5"), None]
        );
        assert_eq!(
            texts(Arc::new(Date32Array::from(vec![15_736]))),
            [some("2013-01-31")]
        );
        let moments = TimestampMillisecondArray::from(vec![1500]).with_timezone("Europe/Berlin");
        assert_eq!(texts(Arc::new(moments)), [some("1970-01-01T00:00:01.5Z")]);
        let prices = Decimal128Array::from(vec![12_345])
            .with_precision_and_scale(9, 2)
            .unwrap();
        assert_eq!(texts(Arc::new(prices)), [some("123.45")]);
        let carriers: DictionaryArray<Int32Type> =
            vec![Some("UA"), None, Some("UA")].into_iter().collect();
        assert_eq!(texts(Arc::new(carriers)), [some("UA"), None, some("UA")]);
        assert_eq!(texts(Arc::new(StringArray::from(vec!["é"]))), [some("é")]);
    }
}
