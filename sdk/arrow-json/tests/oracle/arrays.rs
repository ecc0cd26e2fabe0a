//! Columns of values with parts.

use std::sync::Arc;

use arrow_array::types::{Int8Type, Int16Type, Int32Type, UInt64Type};
use arrow_array::{
    Array, ArrayRef, DictionaryArray, FixedSizeListArray, Int16Array, Int32Array, LargeListArray,
    LargeListViewArray, ListArray, ListViewArray, MapArray, PrimitiveArray, RunArray, StringArray,
    StructArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_schema::{Field, FieldRef, Fields};
use proptest::collection::vec;
use proptest::prelude::*;

use super::leaves::{leaf, strings};

type Column = BoxedStrategy<ArrayRef>;

fn nulls(rows: usize) -> BoxedStrategy<Option<NullBuffer>> {
    prop::option::of(vec(any::<bool>(), rows).prop_map(NullBuffer::from)).boxed()
}

fn item(column: &ArrayRef) -> FieldRef {
    Arc::new(Field::new("item", column.data_type().clone(), true))
}

/// A column of any type, with so many levels of parts.
pub(crate) fn nested(rows: usize, depth: u32) -> Column {
    if depth == 0 {
        return leaf(rows);
    }
    prop_oneof![
        leaf(rows),
        lists(rows, depth),
        objects(rows, depth),
        maps(rows, depth),
        words(rows, depth),
        runs(rows, depth),
    ]
    .boxed()
}

fn lists(rows: usize, depth: u32) -> Column {
    let parts = (vec(0..4_usize, rows), nulls(rows), 0..5_u8);
    let column = move |(lengths, nulls, kind): (Vec<usize>, Option<NullBuffer>, u8)| {
        let total = match kind {
            4 => rows * 3,
            _ => lengths.iter().sum(),
        };
        nested(total, depth - 1).prop_map(move |values| -> ArrayRef {
            let (field, nulls) = (item(&values), nulls.clone());
            let lengths = lengths.clone();
            let small = OffsetBuffer::<i32>::from_lengths(lengths.clone());
            match kind {
                0 => Arc::new(ListArray::new(field, small, values, nulls)),
                1 => {
                    let offsets = OffsetBuffer::<i64>::from_lengths(lengths);
                    Arc::new(LargeListArray::new(field, offsets, values, nulls))
                }
                2 => Arc::new(ListViewArray::from(ListArray::new(
                    field, small, values, nulls,
                ))),
                3 => {
                    let offsets = OffsetBuffer::<i64>::from_lengths(lengths);
                    let list = LargeListArray::new(field, offsets, values, nulls);
                    Arc::new(LargeListViewArray::from(list))
                }
                _ => Arc::new(FixedSizeListArray::new(field, 3, values, nulls)),
            }
        })
    };
    parts.prop_flat_map(column).boxed()
}

fn objects(rows: usize, depth: u32) -> Column {
    (vec(nested(rows, depth - 1), 1..4), nulls(rows))
        .prop_map(|(columns, nulls)| {
            let fields: Fields = columns.iter().map(item).collect();
            Arc::new(StructArray::new(fields, columns, nulls)) as ArrayRef
        })
        .boxed()
}

fn maps(rows: usize, depth: u32) -> Column {
    let column = move |(lengths, nulls): (Vec<usize>, Option<NullBuffer>)| {
        let total = lengths.iter().sum();
        let parts = (strings(total), nested(total, depth - 1));
        parts.prop_map(move |(keys, values)| {
            let keys = StringArray::from_iter_values(keys);
            let fields = Fields::from(vec![
                Field::new("keys", keys.data_type().clone(), false),
                Field::new("values", values.data_type().clone(), true),
            ]);
            let entries = StructArray::new(fields, vec![Arc::new(keys), values], None);
            let field = Field::new("entries", entries.data_type().clone(), false);
            let offsets = OffsetBuffer::from_lengths(lengths.clone());
            let map = MapArray::new(Arc::new(field), offsets, entries, nulls.clone(), false);
            Arc::new(map) as ArrayRef
        })
    };
    (vec(0..4_usize, rows), nulls(rows))
        .prop_flat_map(column)
        .boxed()
}

/// No word is null: the oracle takes those for what lies in their place.
fn words(rows: usize, depth: u32) -> Column {
    let words =
        nested(5, depth - 1).prop_filter("a word is null", |words| words.logical_null_count() == 0);
    let words = prop_oneof![
        words,
        strings(5).prop_map(|words| Arc::new(StringArray::from(words)) as ArrayRef),
    ];
    let keys = vec(prop::option::of(0..5_u8), rows);
    (words, keys, 0..3_u8)
        .prop_map(|(words, keys, kind)| -> ArrayRef {
            match kind {
                0 => {
                    let keys = keys.iter().map(|key| key.map(|key| key as i8));
                    let keys = PrimitiveArray::<Int8Type>::from_iter(keys);
                    Arc::new(DictionaryArray::new(keys, words))
                }
                1 => {
                    let keys = keys.iter().map(|key| key.map(i32::from));
                    let keys = PrimitiveArray::<Int32Type>::from_iter(keys);
                    Arc::new(DictionaryArray::new(keys, words))
                }
                _ => {
                    let keys = keys.iter().map(|key| key.map(u64::from));
                    let keys = PrimitiveArray::<UInt64Type>::from_iter(keys);
                    Arc::new(DictionaryArray::new(keys, words))
                }
            }
        })
        .boxed()
}

fn runs(rows: usize, depth: u32) -> Column {
    let column = move |(starts, is_wide): (Vec<bool>, bool)| {
        let ends = (1..=rows).filter(|end| *end == rows || starts[end - 1]);
        let ends: Vec<i16> = ends.map(|end| end as i16).collect();
        nested(ends.len(), depth - 1).prop_map(move |values| -> ArrayRef {
            if is_wide {
                let ends = Int32Array::from_iter_values(ends.iter().map(|end| i32::from(*end)));
                Arc::new(RunArray::<Int32Type>::try_new(&ends, &values).unwrap())
            } else {
                let ends = Int16Array::from(ends.clone());
                Arc::new(RunArray::<Int16Type>::try_new(&ends, &values).unwrap())
            }
        })
    };
    if rows == 0 {
        return leaf(rows);
    }
    (vec(any::<bool>(), rows), any::<bool>())
        .prop_flat_map(column)
        .boxed()
}
