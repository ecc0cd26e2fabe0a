//! One column of a batch in the form its cells are read in.

use arrow_array::array::AnyDictionaryArray;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Float32Array, Float64Array, Int8Array, Int16Array, Int32Array,
    Int64Array, LargeStringArray, StringArray, StringViewArray, UInt8Array, UInt16Array,
    UInt32Array, UInt64Array, make_array,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{ArrowError, DataType};
use bubbles_arrow_json::Encoder;

use super::shape::Wants;

mod cell;

pub(super) use cell::Cell;

/// The cells of a column. What has no form here of its own (dates, decimals) becomes one that has.
#[derive(Debug)]
pub(super) enum Column {
    Null,
    Boolean(BooleanArray),
    Int8(Int8Array),
    Int16(Int16Array),
    Int32(Int32Array),
    Int64(Int64Array),
    UInt8(UInt8Array),
    UInt16(UInt16Array),
    UInt32(UInt32Array),
    UInt64(UInt64Array),
    Float32(Float32Array),
    Float64(Float64Array),
    Text(StringArray),
    LargeText(LargeStringArray),
    TextView(StringViewArray),
    Coded(Coded),
}

/// Cells that are told by their place in a list.
#[derive(Debug)]
pub(super) struct Coded {
    places: Vec<usize>,
    nulls: Option<NullBuffer>,
    values: Box<Column>,
}

impl Coded {
    fn column(
        dictionary: &dyn AnyDictionaryArray,
        wants: Wants,
    ) -> Result<Option<Column>, ArrowError> {
        if dictionary.values().is_empty() {
            return Ok(Some(Column::Null));
        }
        let values = Column::new(dictionary.values(), wants)?;
        Ok(values.map(|values| {
            Column::Coded(Self {
                places: dictionary.normalized_keys(),
                nulls: dictionary.keys().nulls().cloned(),
                values: Box::new(values),
            })
        }))
    }

    fn is_null(&self, row: usize) -> bool {
        let is_null = |nulls: &NullBuffer| nulls.is_null(row);
        self.nulls.as_ref().is_some_and(is_null) || self.values.is_null(self.places[row])
    }

    /// The cell in the list.
    fn cell(&self, row: usize) -> Cell<'_> {
        Cell {
            column: &self.values,
            row: self.places[row],
        }
    }
}

impl Column {
    /// None where a cell has parts, or is plain bytes.
    pub(super) fn new(array: &ArrayRef, wants: Wants) -> Result<Option<Self>, ArrowError> {
        Ok(Some(match array.data_type() {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Boolean(array.as_boolean().clone()),
            DataType::Int8 => Self::Int8(array.as_primitive::<Int8Type>().clone()),
            DataType::Int16 => Self::Int16(array.as_primitive::<Int16Type>().clone()),
            DataType::Int32 => Self::Int32(array.as_primitive::<Int32Type>().clone()),
            DataType::Int64 => Self::Int64(array.as_primitive::<Int64Type>().clone()),
            DataType::UInt8 => Self::UInt8(array.as_primitive::<UInt8Type>().clone()),
            DataType::UInt16 => Self::UInt16(array.as_primitive::<UInt16Type>().clone()),
            DataType::UInt32 => Self::UInt32(array.as_primitive::<UInt32Type>().clone()),
            DataType::UInt64 => Self::UInt64(array.as_primitive::<UInt64Type>().clone()),
            DataType::Float16 => Self::Float32(
                array
                    .as_primitive::<Float16Type>()
                    .unary::<_, Float32Type>(|half| half.to_f32()),
            ),
            DataType::Float32 => Self::Float32(array.as_primitive::<Float32Type>().clone()),
            DataType::Float64 => Self::Float64(array.as_primitive::<Float64Type>().clone()),
            DataType::Utf8 => Self::Text(array.as_string::<i32>().clone()),
            DataType::LargeUtf8 => Self::LargeText(array.as_string::<i64>().clone()),
            DataType::Utf8View => Self::TextView(array.as_string_view().clone()),
            DataType::Dictionary(..) => {
                return Coded::column(array.as_any_dictionary(), wants);
            }
            ty if ty.is_temporal() && wants == Wants::Integer => {
                return Self::new(&as_integers(array)?, wants);
            }
            ty if ty.is_temporal() => Self::Text(as_text(array)?),
            ty if ty.is_decimal() && wants == Wants::Number => Self::Float64(
                as_text(array)?
                    .iter()
                    .map(|text| text.and_then(|t| t.parse().ok()))
                    .collect(),
            ),
            ty if ty.is_decimal() => Self::Text(as_text(array)?),
            _ => return Ok(None),
        }))
    }

    #[inline]
    fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Null => true,
            Self::Boolean(array) => array.is_null(row),
            Self::Int8(array) => array.is_null(row),
            Self::Int16(array) => array.is_null(row),
            Self::Int32(array) => array.is_null(row),
            Self::Int64(array) => array.is_null(row),
            Self::UInt8(array) => array.is_null(row),
            Self::UInt16(array) => array.is_null(row),
            Self::UInt32(array) => array.is_null(row),
            Self::UInt64(array) => array.is_null(row),
            Self::Float32(array) => array.is_null(row),
            Self::Float64(array) => array.is_null(row),
            Self::Text(array) => array.is_null(row),
            Self::LargeText(array) => array.is_null(row),
            Self::TextView(array) => array.is_null(row),
            Self::Coded(coded) => coded.is_null(row),
        }
    }
}

/// The numbers that stand for dates and times.
fn as_integers(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let integers = match array.data_type().primitive_width() {
        Some(4) => DataType::Int32,
        _ => DataType::Int64,
    };
    Ok(make_array(
        array.to_data().into_builder().data_type(integers).build()?,
    ))
}

/// Dates and times as RFC 3339 has them, decimals in digits.
fn as_text(array: &ArrayRef) -> Result<StringArray, ArrowError> {
    let failed = |reason: &dyn std::fmt::Display| ArrowError::CastError(reason.to_string());
    let encoder = Encoder::new(array).map_err(|reason| failed(&reason))?;
    let mut texts = Vec::with_capacity(24 * array.len());
    let mut lengths = Vec::with_capacity(array.len());
    for row in 0..array.len() {
        let start = texts.len();
        if array.is_valid(row) {
            encoder
                .encode_unquoted(row, &mut texts)
                .map_err(|reason| failed(&reason))?;
        }
        lengths.push(texts.len() - start);
    }
    let offsets = OffsetBuffer::from_lengths(lengths);
    StringArray::try_new(offsets, texts.into(), array.nulls().cloned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Date32Array, Decimal128Array, DictionaryArray, TimestampSecondArray};
    use serde::Deserialize;

    use super::*;

    fn read<'b, T: Deserialize<'b>>(column: &'b Column, row: usize) -> Result<T, String> {
        T::deserialize(Cell { column, row }).map_err(|reason| reason.to_string())
    }

    fn column(array: impl Array + 'static, wants: Wants) -> Column {
        Column::new(&(Arc::new(array) as ArrayRef), wants)
            .unwrap()
            .unwrap()
    }

    #[test]
    fn nulls_go_where_they_may() {
        let column = column(Float64Array::from(vec![Some(1.5), None]), Wants::Number);
        assert_eq!(read::<Option<f64>>(&column, 1), Ok(None));
        assert_eq!(read::<f64>(&column, 0), Ok(1.5));
        assert!(read::<f64>(&column, 1).unwrap_err().contains("null"));
    }

    #[test]
    fn a_number_that_does_not_fit_says_so() {
        let column = column(Int64Array::from(vec![300]), Wants::Integer);
        assert_eq!(read::<f64>(&column, 0), Ok(300.0));
        assert!(read::<u8>(&column, 0).unwrap_err().contains("300"));
        assert!(read::<String>(&column, 0).unwrap_err().contains("string"));
    }

    #[test]
    fn dates_decimals_and_dictionaries() {
        let dates = column(Date32Array::from(vec![15706]), Wants::Text);
        assert_eq!(read::<&str>(&dates, 0), Ok("2013-01-01"));
        let days = column(Date32Array::from(vec![15706]), Wants::Integer);
        assert_eq!(read::<i32>(&days, 0), Ok(15706));
        let times = column(TimestampSecondArray::from(vec![1_357_020_000]), Wants::Text);
        assert_eq!(read::<&str>(&times, 0), Ok("2013-01-01T06:00:00"));
        let money = Decimal128Array::from(vec![1250])
            .with_precision_and_scale(9, 2)
            .unwrap();
        assert_eq!(read::<f64>(&column(money, Wants::Number), 0), Ok(12.5));
        let words: DictionaryArray<Int32Type> = ["UA", "AA", "UA"].into_iter().collect();
        assert_eq!(read::<&str>(&column(words, Wants::Text), 2), Ok("UA"));
    }

    #[test]
    fn an_enum_is_text() {
        #[derive(Deserialize, Debug, PartialEq)]
        enum Origin {
            Newark,
            Kennedy,
        }
        let column = column(
            StringArray::from(vec!["Kennedy", "LAX", "Newark"]),
            Wants::Text,
        );
        assert_eq!(read::<Origin>(&column, 0), Ok(Origin::Kennedy));
        assert!(read::<Origin>(&column, 1).unwrap_err().contains("LAX"));
        assert_eq!(read::<Origin>(&column, 2), Ok(Origin::Newark));
    }
}
