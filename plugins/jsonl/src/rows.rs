//! Record batches become lines of JSON.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{BinaryType, ByteArrayType, LargeBinaryType};
use arrow_array::{Array, ArrayRef, OffsetSizeTrait, RecordBatch};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, FieldRef};
use bubbles_files::{Style, ValueText, append};
use bubbles_sdk::Error;

/// Adds the rows of `batch`, a line each.
pub(crate) fn write(batch: &RecordBatch, omit_nulls: bool, out: &mut Vec<u8>) -> Result<(), Error> {
    let members = Members::of(batch.schema_ref().fields(), batch.columns(), omit_nulls)?;
    for row in 0..batch.num_rows() {
        members.write(row, out);
        out.push(b'\n');
    }
    Ok(())
}

/// The columns of a batch, or of a column of structs.
struct Members {
    columns: Vec<(Vec<u8>, Column)>,
    omit_nulls: bool,
}

impl Members {
    fn of(fields: &[FieldRef], columns: &[ArrayRef], omit_nulls: bool) -> Result<Self, Error> {
        let columns = fields
            .iter()
            .zip(columns)
            .map(|(field, array)| Ok((key(field.name()), Column::of(field, array, omit_nulls)?)))
            .collect::<Result<_, Error>>()?;
        Ok(Self {
            columns,
            omit_nulls,
        })
    }

    fn write(&self, row: usize, out: &mut Vec<u8>) {
        out.push(b'{');
        let start = out.len();
        for (key, column) in &self.columns {
            if self.omit_nulls && column.is_null(row) {
                continue;
            }
            // The first key goes without its comma.
            append(out, &key[usize::from(out.len() == start)..]);
            column.write(row, out);
        }
        out.push(b'}');
    }
}

/// `,"name":`
fn key(name: &str) -> Vec<u8> {
    let mut key = vec![b','];
    text(name, &mut key);
    key.push(b':');
    key
}

/// A column of any depth.
enum Column {
    Value(ValueText, Style),
    Bytes(Get<Vec<u8>>, Option<NullBuffer>),
    List {
        items: Box<Self>,
        ranges: Get<Range<usize>>,
        nulls: Option<NullBuffer>,
    },
    Struct(Members, Option<NullBuffer>),
    /// Its keys are written as text, as JSON wants them.
    Map {
        keys: Box<Self>,
        values: Box<Self>,
        ranges: Get<Range<usize>>,
        nulls: Option<NullBuffer>,
    },
}

/// Gives the value of a row.
type Get<T> = Box<dyn Fn(usize) -> T>;

impl Column {
    fn of(field: &Field, array: &ArrayRef, omit_nulls: bool) -> Result<Self, Error> {
        if let Some(values) = ValueText::of(array) {
            let style = values.style();
            return Ok(Self::Value(values, style));
        }
        let nulls = array.logical_nulls();
        Ok(match array.data_type() {
            DataType::List(items) => list::<i32>(items, array, omit_nulls)?,
            DataType::LargeList(items) => list::<i64>(items, array, omit_nulls)?,
            DataType::FixedSizeList(items, _) => {
                let lists = array.as_fixed_size_list().clone();
                let items = Box::new(Self::of(items, lists.values(), omit_nulls)?);
                let length = lists.value_length() as usize;
                let ranges: Get<_> = Box::new(move |row| {
                    let start = lists.value_offset_at(row);
                    start..start + length
                });
                Self::List {
                    items,
                    ranges,
                    nulls,
                }
            }
            DataType::Struct(fields) => {
                let members = Members::of(fields, array.as_struct().columns(), omit_nulls)?;
                Self::Struct(members, nulls)
            }
            DataType::Map(entries, _) => {
                let maps = array.as_map().clone();
                let keys = Box::new(Self::of(entries, maps.keys(), omit_nulls)?);
                let values = Box::new(Self::of(entries, maps.values(), omit_nulls)?);
                let offsets = maps.offsets().clone();
                let ranges: Get<_> =
                    Box::new(move |row| offsets[row] as usize..offsets[row + 1] as usize);
                Self::Map {
                    keys,
                    values,
                    ranges,
                    nulls,
                }
            }
            DataType::Binary => Self::Bytes(bytes::<BinaryType>(array), nulls),
            DataType::LargeBinary => Self::Bytes(bytes::<LargeBinaryType>(array), nulls),
            DataType::BinaryView => {
                let views = array.as_binary_view().clone();
                Self::Bytes(Box::new(move |row| views.value(row).to_vec()), nulls)
            }
            DataType::FixedSizeBinary(_) => {
                let values = array.as_fixed_size_binary().clone();
                Self::Bytes(Box::new(move |row| values.value(row).to_vec()), nulls)
            }
            other => {
                let name = field.name();
                return Err(Error::fatal(format!(
                    "column {name:?} is {other}: JSON has no such values"
                )));
            }
        })
    }

    #[inline]
    fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Value(values, _) => values.is_null(row),
            Self::Bytes(_, nulls)
            | Self::List { nulls, .. }
            | Self::Struct(_, nulls)
            | Self::Map { nulls, .. } => nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)),
        }
    }

    #[inline]
    fn write(&self, row: usize, out: &mut Vec<u8>) {
        if self.is_null(row) {
            return append(out, b"null");
        }
        match self {
            Self::Value(values, style) => value(values, *style, row, out),
            Self::Struct(members, _) => members.write(row, out),
            other => other.write_many(row, out),
        }
    }

    /// What is made of several parts.
    fn write_many(&self, row: usize, out: &mut Vec<u8>) {
        match self {
            Self::List { items, ranges, .. } => {
                out.push(b'[');
                for (number, item) in ranges(row).enumerate() {
                    if number > 0 {
                        out.push(b',');
                    }
                    items.write(item, out);
                }
                out.push(b']');
            }
            Self::Map {
                keys,
                values,
                ranges,
                ..
            } => {
                out.push(b'{');
                for (number, entry) in ranges(row).enumerate() {
                    if number > 0 {
                        out.push(b',');
                    }
                    keys.write_as_key(entry, out);
                    out.push(b':');
                    values.write(entry, out);
                }
                out.push(b'}');
            }
            Self::Bytes(bytes, _) => {
                out.push(b'"');
                for byte in bytes(row) {
                    out.extend(
                        [byte >> 4, byte & 15].map(|half| b"0123456789abcdef"[half as usize]),
                    );
                }
                out.push(b'"');
            }
            Self::Value(..) | Self::Struct(..) => self.write(row, out),
        }
    }

    fn write_as_key(&self, row: usize, out: &mut Vec<u8>) {
        let mut key = Vec::new();
        self.write(row, &mut key);
        if key.first() == Some(&b'"') {
            append(out, &key);
        } else {
            text(&String::from_utf8_lossy(&key), out);
        }
    }
}

fn list<O: OffsetSizeTrait>(
    items: &Field,
    array: &ArrayRef,
    omit_nulls: bool,
) -> Result<Column, Error> {
    let lists = array.as_list::<O>();
    let items = Box::new(Column::of(items, lists.values(), omit_nulls)?);
    let offsets = lists.offsets().clone();
    let ranges: Get<_> = Box::new(move |row| offsets[row].as_usize()..offsets[row + 1].as_usize());
    Ok(Column::List {
        items,
        ranges,
        nulls: array.logical_nulls(),
    })
}

fn bytes<T: ByteArrayType>(array: &ArrayRef) -> Get<Vec<u8>> {
    let values = array.as_bytes::<T>().clone();
    Box::new(move |row| {
        let value: &[u8] = values.value(row).as_ref();
        value.to_vec()
    })
}

#[inline]
fn value(values: &ValueText, style: Style, row: usize, out: &mut Vec<u8>) {
    match style {
        Style::Bare => {
            // JSON has no word for what is not a number.
            if !values.write(row, out) {
                append(out, b"null");
            }
        }
        Style::Plain => {
            out.push(b'"');
            values.write(row, out);
            out.push(b'"');
        }
        Style::Text => text(values.text(row), out),
    }
}

#[inline]
fn text(text: &str, out: &mut Vec<u8>) {
    let plain = |byte: &u8| *byte >= 0x20 && *byte != b'"' && *byte != b'\\';
    if text.as_bytes().iter().all(plain) {
        out.push(b'"');
        append(out, text.as_bytes());
        out.push(b'"');
    } else {
        serde_json::to_writer(out, text).expect("text can be written to memory");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::builder::{BooleanBuilder, Int32Builder, MapBuilder};
    use arrow_array::types::Int32Type;
    use arrow_array::{
        ArrayRef, BinaryArray, BooleanArray, Float64Array, Int64Array, ListArray, StringArray,
        StructArray, TimestampMicrosecondArray,
    };

    use super::*;

    fn written(columns: Vec<(&str, ArrayRef)>, omit_nulls: bool) -> String {
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut out = Vec::new();
        write(&batch, omit_nulls, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn columns() -> Vec<(&'static str, ArrayRef)> {
        vec![
            ("n", Arc::new(Int64Array::from(vec![Some(1), None]))),
            ("x", Arc::new(Float64Array::from(vec![f64::NAN, 2.5]))),
            ("ok", Arc::new(BooleanArray::from(vec![None, Some(true)]))),
            (
                "say \"it\"",
                Arc::new(StringArray::from(vec!["a\\b\n", "é"])),
            ),
            (
                "at",
                Arc::new(TimestampMicrosecondArray::from(vec![0, 1_500_000])),
            ),
        ]
    }

    #[test]
    fn rows_with_nulls() {
        let expected = "{\"n\":1,\"x\":null,\"ok\":null,\"say \\\"it\\\"\":\"a\\\\b\\n\",\"at\":\"1970-01-01T00:00:00\"}\n\
            {\"n\":null,\"x\":2.5,\"ok\":true,\"say \\\"it\\\"\":\"é\",\"at\":\"1970-01-01T00:00:01.5\"}\n";
        assert_eq!(written(columns(), false), expected);
    }

    #[test]
    fn rows_without_nulls() {
        let lines = written(columns(), true);
        assert!(
            lines
                .lines()
                .nth(1)
                .unwrap()
                .starts_with("{\"x\":2.5,\"ok\":true,"),
            "{lines}"
        );
    }

    #[test]
    fn lists_too() {
        let lists =
            ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None]), None]);
        let lines = written(vec![("l", Arc::new(lists))], false);
        assert_eq!(lines, "{\"l\":[1,null]}\n{\"l\":null}\n");
    }

    #[test]
    fn structs_maps_and_bytes() {
        let inner: ArrayRef = Arc::new(StringArray::from(vec!["x"]));
        let field = Arc::new(Field::new("in", DataType::Utf8, true));
        let structs = StructArray::from(vec![(field, inner)]);
        let mut maps = MapBuilder::new(None, Int32Builder::new(), BooleanBuilder::new());
        maps.keys().append_value(7);
        maps.values().append_value(true);
        maps.append(true).unwrap();
        let bytes = BinaryArray::from(vec![&b"\x00\xff"[..]]);
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("s", Arc::new(structs)),
            ("m", Arc::new(maps.finish())),
            ("b", Arc::new(bytes)),
        ];
        let expected = "{\"s\":{\"in\":\"x\"},\"m\":{\"7\":true},\"b\":\"00ff\"}\n";
        assert_eq!(written(columns, false), expected);
    }

    #[test]
    fn nothing_is_left_of_a_row_of_omitted_nulls() {
        let column: ArrayRef = Arc::new(Int64Array::from(vec![None]));
        assert_eq!(written(vec![("n", column)], true), "{}\n");
    }
}
