//! The values of a key column, ready to be hashed row by row.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, FieldRef};
use bubbles_arrow_json::Encoder;
use bubbles_pipeline::hash::KeyHasher;

use crate::formats::FormatError;

/// Adds the value of a row to the key.
pub(super) type Key<'a> = Box<dyn FnMut(&mut KeyHasher, usize) + 'a>;

/// The values of one column. Common types are read as they are, all others by
/// way of their json.
pub(super) fn key<'a>(field: &FieldRef, column: &'a ArrayRef) -> Result<Key<'a>, FormatError> {
    macro_rules! integers {
        ($type:ty, $wide:ident) => {{
            let values = column.as_primitive::<$type>();
            nullable(column, move |hasher, row| {
                hasher.$wide(values.value(row).into())
            })
        }};
    }
    macro_rules! texts {
        ($values:expr) => {{
            let values = $values;
            nullable(column, move |hasher, row| hasher.str(values.value(row)))
        }};
    }
    macro_rules! floats {
        ($type:ty) => {{
            let values = column.as_primitive::<$type>();
            nullable(column, move |hasher, row| {
                hasher.f64(values.value(row).into())
            })
        }};
    }
    Ok(match column.data_type() {
        DataType::Null => Box::new(|hasher: &mut KeyHasher, _| hasher.null()),
        DataType::Boolean => {
            let values = column.as_boolean();
            nullable(column, move |hasher, row| hasher.bool(values.value(row)))
        }
        DataType::Int8 => integers!(Int8Type, i64),
        DataType::Int16 => integers!(Int16Type, i64),
        DataType::Int32 => integers!(Int32Type, i64),
        DataType::Int64 => integers!(Int64Type, i64),
        DataType::UInt8 => integers!(UInt8Type, u64),
        DataType::UInt16 => integers!(UInt16Type, u64),
        DataType::UInt32 => integers!(UInt32Type, u64),
        DataType::UInt64 => integers!(UInt64Type, u64),
        DataType::Float16 => floats!(Float16Type),
        DataType::Float32 => floats!(Float32Type),
        DataType::Float64 => floats!(Float64Type),
        DataType::Utf8 => texts!(column.as_string::<i32>()),
        DataType::LargeUtf8 => texts!(column.as_string::<i64>()),
        DataType::Utf8View => texts!(column.as_string_view()),
        DataType::Dictionary(_, _) => {
            let words = column.as_any_dictionary();
            if words.values().is_empty() {
                // Without words, all rows are null, and there is no index to normalize.
                return Ok(Box::new(|hasher: &mut KeyHasher, _| hasher.null()));
            }
            let mut word = key(field, words.values())?;
            let indices = words.normalized_keys();
            nullable(column, move |hasher, row| word(hasher, indices[row]))
        }
        _ => by_json(field, column)?,
    })
}

/// Sees to the nulls, so that `value` is called for rows that have one.
fn nullable<'a>(
    column: &'a ArrayRef,
    mut value: impl FnMut(&mut KeyHasher, usize) + 'a,
) -> Key<'a> {
    match column.nulls() {
        None => Box::new(value),
        Some(nulls) => Box::new(move |hasher, row| match nulls.is_valid(row) {
            true => value(hasher, row),
            false => hasher.null(),
        }),
    }
}

fn by_json<'a>(field: &FieldRef, column: &'a ArrayRef) -> Result<Key<'a>, FormatError> {
    // As the converter writes json, so that a key is the same before and after it.
    let encoder = Encoder::new(column).map_err(|reason| {
        let name = field.name();
        FormatError::arrow(format_args!("the key column {name:?}: {reason}"))
    })?;
    let mut text = Vec::new();
    Ok(Box::new(move |hasher, row| {
        text.clear();
        if !encoder.is_null(row) {
            encoder.encode(row, &mut text);
        }
        match serde_json::from_slice(&text) {
            Ok(value) => hasher.json(&value),
            Err(_) => hasher.null(),
        }
    }))
}
