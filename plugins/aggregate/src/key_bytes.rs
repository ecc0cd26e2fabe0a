//! Keys as bytes that sort as the keys do.
//!
//! A value is a byte that tells nulls, which come last, and then for a number its bits, most
//! significant first and with the sign turned so that negatives come first; for text its bytes, a
//! zero among them escaped, and an end. So keys of several columns are compared as one.

use bubbles_sdk::Error;
use bubbles_sdk::arrow::array::cast::AsArray;
use bubbles_sdk::arrow::array::types::{
    Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use bubbles_sdk::arrow::array::{Array, ArrayRef, StringArray, make_array};
use bubbles_sdk::arrow::buffer::NullBuffer;
use bubbles_sdk::arrow::schema::DataType;

const VALUE: u8 = 1;
const NULL: u8 = 2;

/// A key column of one batch.
pub(crate) enum KeyColumn {
    Null,
    Bits {
        bits: Vec<u64>,
        nulls: Option<NullBuffer>,
    },
    WideBits {
        bits: Vec<u128>,
        nulls: Option<NullBuffer>,
    },
    Text(StringArray),
}

const SIGN: u64 = 1 << 63;

fn signed(value: i64) -> u64 {
    value.cast_unsigned() ^ SIGN
}

/// The two zeros are one key, and so is all that is no number.
fn float(value: f64) -> u64 {
    let value = if value.is_nan() {
        f64::NAN
    } else {
        value + 0.0
    };
    let bits = value.to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

impl KeyColumn {
    pub(crate) fn new(name: &str, array: &ArrayRef) -> Result<Self, Error> {
        macro_rules! bits {
            ($type:ty, $to_bits:expr) => {
                array
                    .as_primitive::<$type>()
                    .values()
                    .iter()
                    .map(|&v| $to_bits(v))
                    .collect()
            };
        }
        let bits = match array.data_type() {
            DataType::Null => return Ok(Self::Null),
            DataType::Utf8 => return Ok(Self::Text(array.as_string().clone())),
            DataType::Decimal128(..) => {
                let numbers = array.as_primitive::<Decimal128Type>();
                let bits = |number: &i128| number.cast_unsigned() ^ (1 << 127);
                let bits = numbers.values().iter().map(bits).collect();
                return Ok(Self::WideBits {
                    bits,
                    nulls: array.nulls().cloned(),
                });
            }
            DataType::Boolean => array.as_boolean().values().iter().map(u64::from).collect(),
            DataType::Int8 => bits!(Int8Type, |v| signed(i64::from(v))),
            DataType::Int16 => bits!(Int16Type, |v| signed(i64::from(v))),
            DataType::Int32 => bits!(Int32Type, |v| signed(i64::from(v))),
            DataType::Int64 => bits!(Int64Type, signed),
            DataType::UInt8 => bits!(UInt8Type, u64::from),
            DataType::UInt16 => bits!(UInt16Type, u64::from),
            DataType::UInt32 => bits!(UInt32Type, u64::from),
            DataType::UInt64 => bits!(UInt64Type, u64::from),
            DataType::Float32 => bits!(Float32Type, |v| float(f64::from(v))),
            DataType::Float64 => bits!(Float64Type, float),
            ty if ty.is_temporal() => return Self::new(name, &as_integers(array)?),
            other => {
                return Err(Error::fatal(format!(
                    "`{name}` holds {other}, which makes no groups: text, numbers, dates, times \
                     and true or false do"
                )));
            }
        };
        Ok(Self::Bits {
            bits,
            nulls: array.nulls().cloned(),
        })
    }

    /// Adds the key of a row.
    #[inline]
    pub(crate) fn append(&self, row: usize, key: &mut Vec<u8>) {
        let is_null = match self {
            Self::Null => true,
            Self::Bits { nulls, .. } | Self::WideBits { nulls, .. } => {
                nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
            }
            Self::Text(texts) => texts.is_null(row),
        };
        if is_null {
            key.push(NULL);
            return;
        }
        key.push(VALUE);
        match self {
            Self::Null => {}
            Self::Bits { bits, .. } => key.extend_from_slice(&bits[row].to_be_bytes()),
            Self::WideBits { bits, .. } => key.extend_from_slice(&bits[row].to_be_bytes()),
            Self::Text(texts) => append_text(texts.value(row).as_bytes(), key),
        }
    }
}

#[inline]
fn append_text(text: &[u8], key: &mut Vec<u8>) {
    if text.contains(&0) {
        for &byte in text {
            key.push(byte);
            if byte == 0 {
                key.push(0xff);
            }
        }
    } else {
        key.extend_from_slice(text);
    }
    key.extend_from_slice(&[0, 0]);
}

/// The numbers that stand for dates and times.
fn as_integers(array: &ArrayRef) -> Result<ArrayRef, Error> {
    let integers = match array.data_type().primitive_width() {
        Some(4) => DataType::Int32,
        _ => DataType::Int64,
    };
    Ok(make_array(
        array.to_data().into_builder().data_type(integers).build()?,
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bubbles_sdk::arrow::array::{Date32Array, Float64Array, Int64Array};

    use super::*;

    fn keys(array: impl Array + 'static) -> Vec<Vec<u8>> {
        let array: ArrayRef = Arc::new(array);
        let column = KeyColumn::new("x", &array).unwrap();
        let key = |row| {
            let mut key = Vec::new();
            column.append(row, &mut key);
            key
        };
        (0..array.len()).map(key).collect()
    }

    #[test]
    fn bytes_sort_as_values_do() {
        let integers = Int64Array::from(vec![Some(i64::MIN), Some(-1), Some(0), Some(7), None]);
        assert!(keys(integers).is_sorted());
        let floats = [
            f64::NEG_INFINITY,
            -1.5,
            0.0,
            1e-9,
            2.0,
            f64::INFINITY,
            f64::NAN,
        ];
        assert!(keys(Float64Array::from(floats.to_vec())).is_sorted());
        let texts = vec![
            Some(""),
            Some("\0"),
            Some("\0a"),
            Some("a"),
            Some("a\0"),
            Some("ab"),
            None,
        ];
        assert!(keys(StringArray::from(texts)).is_sorted());
        assert!(keys(Date32Array::from(vec![-3, 5, 90])).is_sorted());
    }

    #[test]
    fn equal_values_have_equal_bytes() {
        let zeros = keys(Float64Array::from(vec![0.0, -0.0]));
        assert_eq!(zeros[0], zeros[1]);
    }
}
