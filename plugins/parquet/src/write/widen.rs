//! Values put into another type that has them all, or at least those that there are.

use std::fmt::Display;
use std::sync::Arc;

use bubbles_sdk::arrow::array::cast::AsArray;
use bubbles_sdk::arrow::array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use bubbles_sdk::arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, Int64Array, LargeStringArray, PrimitiveArray, StringArray,
    StringViewArray, new_null_array,
};
use bubbles_sdk::arrow::schema::DataType;
use bubbles_sdk::arrow::select::take::take;

mod parts;

/// Why values stay what they are.
#[derive(Debug)]
pub(super) enum Refused {
    /// The other type lacks what this one has.
    Type,
    /// A value has no place in the other type: which.
    Value(String),
}

impl Refused {
    fn value(reason: impl Display) -> Self {
        Self::Value(reason.to_string())
    }
}

/// The same values as `to` has them.
///
/// Whole numbers go into all types of whole numbers, where each of them fits, and those of 32 bits
/// into `Float64` too; texts into all types of texts. Words of a dictionary are written out. Types
/// with parts may differ in names and in the order of fields, but not in the types of the parts.
///
/// # Errors
/// A value would not stay what it is, or might not.
pub(super) fn widen(column: &ArrayRef, to: &DataType) -> Result<ArrayRef, Refused> {
    use DataType::{Dictionary, Float32, Float64, Int64, Null, UInt64};
    match (column.data_type(), to) {
        (from, to) if from == to => Ok(Arc::clone(column)),
        (Null, _) => Ok(new_null_array(to, column.len())),
        (Float32, Float64) => {
            let floats = column.as_primitive::<Float32Type>();
            Ok(Arc::new(floats.unary::<_, Float64Type>(f64::from)))
        }
        (Int64 | UInt64, Float64) => Err(Refused::Type),
        (from, Float64) if from.is_integer() => {
            let integers = signed(column)?;
            Ok(Arc::new(integers.unary::<_, Float64Type>(|n| n as f64)))
        }
        (UInt64, to) if to.is_integer() => integers(column.as_primitive::<UInt64Type>(), to),
        (from, to) if from.is_integer() && to.is_integer() => integers(&signed(column)?, to),
        (from, to) if from.is_string() && to.is_string() => texts(column, to),
        (Dictionary(..), to) => {
            let words = column.as_any_dictionary();
            let plain = take(words.values(), words.keys(), None).map_err(Refused::value)?;
            widen(&plain, to)
        }
        (from, to) if from.equals_datatype(to) => parts::rename(column, to),
        _ => Err(Refused::Type),
    }
}

/// Whole numbers of all types but `UInt64`, in the one that has them all.
fn signed(column: &ArrayRef) -> Result<Int64Array, Refused> {
    fn of<T: ArrowPrimitiveType<Native: Into<i64>>>(column: &ArrayRef) -> Int64Array {
        column.as_primitive::<T>().unary(Into::into)
    }
    Ok(match column.data_type() {
        DataType::Int8 => of::<Int8Type>(column),
        DataType::Int16 => of::<Int16Type>(column),
        DataType::Int32 => of::<Int32Type>(column),
        DataType::Int64 => of::<Int64Type>(column),
        DataType::UInt8 => of::<UInt8Type>(column),
        DataType::UInt16 => of::<UInt16Type>(column),
        DataType::UInt32 => of::<UInt32Type>(column),
        _ => return Err(Refused::Type),
    })
}

fn integers<F>(integers: &PrimitiveArray<F>, to: &DataType) -> Result<ArrayRef, Refused>
where
    F: ArrowPrimitiveType<Native: Display>,
    i8: TryFrom<F::Native>,
    i16: TryFrom<F::Native>,
    i32: TryFrom<F::Native>,
    i64: TryFrom<F::Native>,
    u8: TryFrom<F::Native>,
    u16: TryFrom<F::Native>,
    u32: TryFrom<F::Native>,
    u64: TryFrom<F::Native>,
{
    match to {
        DataType::Int8 => each::<F, Int8Type>(integers),
        DataType::Int16 => each::<F, Int16Type>(integers),
        DataType::Int32 => each::<F, Int32Type>(integers),
        DataType::Int64 => each::<F, Int64Type>(integers),
        DataType::UInt8 => each::<F, UInt8Type>(integers),
        DataType::UInt16 => each::<F, UInt16Type>(integers),
        DataType::UInt32 => each::<F, UInt32Type>(integers),
        DataType::UInt64 => each::<F, UInt64Type>(integers),
        _ => Err(Refused::Type),
    }
}

/// Each number in the other type; what lies under a null is not looked at.
fn each<F, T>(integers: &PrimitiveArray<F>) -> Result<ArrayRef, Refused>
where
    F: ArrowPrimitiveType<Native: Display>,
    T: ArrowPrimitiveType<Native: TryFrom<F::Native>>,
{
    let fitted = integers.try_unary::<_, T, _>(|n| {
        T::Native::try_from(n).map_err(|_| Refused::value(format_args!("{n} does not fit")))
    })?;
    Ok(Arc::new(fitted))
}

fn texts(column: &ArrayRef, to: &DataType) -> Result<ArrayRef, Refused> {
    match column.data_type() {
        DataType::Utf8 => collect(|| column.as_string::<i32>().iter(), to),
        DataType::LargeUtf8 => collect(|| column.as_string::<i64>().iter(), to),
        _ => collect(|| column.as_string_view().iter(), to),
    }
}

fn collect<'a, I>(texts: impl Fn() -> I, to: &DataType) -> Result<ArrayRef, Refused>
where
    I: Iterator<Item = Option<&'a str>>,
{
    Ok(match to {
        DataType::Utf8 => {
            let bytes: usize = texts().flatten().map(str::len).sum();
            if i32::try_from(bytes).is_err() {
                let reason = format_args!("{bytes} bytes of text do not fit");
                return Err(Refused::value(reason));
            }
            Arc::new(texts().collect::<StringArray>())
        }
        DataType::LargeUtf8 => Arc::new(texts().collect::<LargeStringArray>()),
        _ => Arc::new(texts().collect::<StringViewArray>()),
    })
}

#[cfg(test)]
mod tests {
    use bubbles_sdk::arrow::array::{
        DictionaryArray, Float32Array, Float64Array, Int8Array, UInt32Array, UInt64Array,
    };

    use super::*;

    fn widened(column: impl Array + 'static, to: &DataType) -> ArrayRef {
        widen(&(Arc::new(column) as ArrayRef), to).unwrap()
    }

    fn refused(column: impl Array + 'static, to: &DataType) -> String {
        match widen(&(Arc::new(column) as ArrayRef), to).unwrap_err() {
            Refused::Type => "type".to_owned(),
            Refused::Value(reason) => reason,
        }
    }

    #[test]
    fn whole_numbers() {
        let to = widened(UInt32Array::from(vec![Some(7), None]), &DataType::Int8);
        assert_eq!(*to, Int8Array::from(vec![Some(7), None]));
        let to = widened(Int8Array::from(vec![Some(7), None]), &DataType::UInt64);
        assert_eq!(*to, UInt64Array::from(vec![Some(7), None]));
        let to = widened(UInt64Array::from(vec![7]), &DataType::Int64);
        assert_eq!(*to, Int64Array::from(vec![7]));
        let to = widened(UInt32Array::from(vec![u32::MAX]), &DataType::Float64);
        assert_eq!(*to, Float64Array::from(vec![4_294_967_295.0]));
        let most = UInt64Array::from(vec![u64::MAX]);
        let reason = refused(most, &DataType::Int64);
        assert_eq!(reason, "18446744073709551615 does not fit");
        let negative = refused(Int8Array::from(vec![-1]), &DataType::UInt64);
        assert_eq!(negative, "-1 does not fit");
        let long = Int64Array::from(vec![1]);
        assert_eq!(refused(long, &DataType::Float64), "type");
    }

    #[test]
    fn floats_and_texts() {
        let to = widened(
            Float32Array::from(vec![Some(0.5), None]),
            &DataType::Float64,
        );
        assert_eq!(*to, Float64Array::from(vec![Some(0.5), None]));
        assert_eq!(
            refused(Float64Array::from(vec![0.5]), &DataType::Float32),
            "type"
        );
        let texts = vec![Some("a"), None, Some("longer than a view holds")];
        let all: [ArrayRef; 3] = [
            Arc::new(StringArray::from(texts.clone())),
            Arc::new(LargeStringArray::from(texts.clone())),
            Arc::new(StringViewArray::from(texts)),
        ];
        for from in &all {
            for to in &all {
                assert_eq!(&widen(from, to.data_type()).unwrap(), to);
            }
        }
    }

    #[test]
    fn words_are_written_out_and_widened() {
        let words = DictionaryArray::<UInt8Type>::from_iter([Some("UA"), None, Some("UA")]);
        let to = widened(words.clone(), &DataType::LargeUtf8);
        let expected = LargeStringArray::from(vec![Some("UA"), None, Some("UA")]);
        assert_eq!(*to, expected);
        assert_eq!(refused(words, &DataType::Int64), "type");
    }
}
