//! Values that have parts, or that lie in another array.

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowDictionaryKeyType, RunEndIndexType};
use arrow_array::{
    Array, DictionaryArray, ListLikeArray, MapArray, RunArray, downcast_dictionary_array,
    downcast_run_array,
};
use arrow_buffer::ArrowNativeType;
use arrow_schema::DataType;

use crate::Unsupported;
use crate::encoder::{Cells, Encoder};
use crate::rows::Object;

/// Of a column of lists, objects, maps, dictionary words or runs.
pub(crate) fn cells<'a>(column: &'a dyn Array) -> Result<Box<dyn Cells + 'a>, Unsupported> {
    Ok(match column.data_type() {
        DataType::List(_) => list(column.as_list::<i32>())?,
        DataType::LargeList(_) => list(column.as_list::<i64>())?,
        DataType::ListView(_) => list(column.as_list_view::<i32>())?,
        DataType::LargeListView(_) => list(column.as_list_view::<i64>())?,
        DataType::FixedSizeList(..) => list(column.as_fixed_size_list())?,
        DataType::Struct(fields) => Box::new(Object::new(fields, column.as_struct().columns())?),
        DataType::Map(..) => Box::new(Map::new(column.as_map())?),
        DataType::Dictionary(..) => downcast_dictionary_array! {
            column => Box::new(Words { words: Encoder::new(column.values())?, column }),
            ty => return Err(Unsupported::Type(ty.clone())),
        },
        DataType::RunEndEncoded(..) => downcast_run_array! {
            column => Box::new(Runs { values: Encoder::new(column.values())?, column }),
            ty => return Err(Unsupported::Type(ty.clone())),
        },
        ty => return Err(Unsupported::Type(ty.clone())),
    })
}

struct List<'a, L> {
    column: &'a L,
    values: Encoder<'a>,
}

fn list<L: ListLikeArray>(column: &L) -> Result<Box<dyn Cells + '_>, Unsupported> {
    let values = Encoder::new(column.values())?;
    Ok(Box::new(List { column, values }))
}

impl<L: ListLikeArray> Cells for List<'_, L> {
    fn encode(&self, row: usize, out: &mut Vec<u8>) {
        out.push(b'[');
        self.values.encode_all(self.column.element_range(row), out);
        out.push(b']');
    }
}

struct Map<'a> {
    column: &'a MapArray,
    keys: Encoder<'a>,
    values: Encoder<'a>,
}

impl<'a> Map<'a> {
    fn new(column: &'a MapArray) -> Result<Self, Unsupported> {
        let ty = column.keys().data_type();
        if !ty.is_string() {
            return Err(Unsupported::MapKeys(ty.clone()));
        }
        let keys = Encoder::new(column.keys())?;
        let values = Encoder::new(column.values())?;
        if keys.has_nulls() || column.entries().null_count() > 0 {
            return Err(Unsupported::MapNulls);
        }
        Ok(Self {
            column,
            keys,
            values,
        })
    }
}

impl Cells for Map<'_> {
    fn encode(&self, row: usize, out: &mut Vec<u8>) {
        let offsets = self.column.value_offsets();
        let entries = offsets[row].as_usize()..offsets[row + 1].as_usize();
        let first = entries.start;
        out.push(b'{');
        for entry in entries {
            if entry != first {
                out.push(b',');
            }
            self.keys.encode(entry, out);
            out.push(b':');
            self.values.encode_or_null(entry, out);
        }
        out.push(b'}');
    }
}

struct Words<'a, K: ArrowDictionaryKeyType> {
    column: &'a DictionaryArray<K>,
    words: Encoder<'a>,
}

impl<K: ArrowDictionaryKeyType> Cells for Words<'_, K> {
    fn encode(&self, row: usize, out: &mut Vec<u8>) {
        self.words
            .encode(self.column.keys().value(row).as_usize(), out);
    }
}

struct Runs<'a, R: RunEndIndexType> {
    column: &'a RunArray<R>,
    values: Encoder<'a>,
}

impl<R: RunEndIndexType> Cells for Runs<'_, R> {
    fn encode(&self, row: usize, out: &mut Vec<u8>) {
        self.values.encode(self.column.get_physical_index(row), out);
    }
}
