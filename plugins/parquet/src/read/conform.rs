//! Arrays of the type that is emitted: the values stay where they are, only the names and flags
//! inside nested types change.

use std::sync::Arc;

use bubbles_sdk::arrow::array::cast::AsArray;
use bubbles_sdk::arrow::array::{Array, ArrayRef, ListArray, MapArray, StructArray, make_array};
use bubbles_sdk::arrow::schema::{DataType, Field, Fields};

/// The one zone that parquet has, as arrow reads it without a table of all zones.
const UTC: &str = "+00:00";

/// The field as it is emitted: it may hold nulls, and carries nothing of the writer's.
pub(super) fn field(field: &Field) -> Field {
    Field::new(field.name(), data_type(field.data_type()), true)
}

fn data_type(of: &DataType) -> DataType {
    match of {
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(|f| field(f)).collect()),
        DataType::List(item) => DataType::List(Arc::new(Field::new(
            "item",
            data_type(item.data_type()),
            true,
        ))),
        DataType::Map(entries, sorted) => DataType::Map(Arc::new(map_entries(entries)), *sorted),
        DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(*unit, Some(UTC.into())),
        plain => plain.clone(),
    }
}

/// Arrow's names for the entries of a map; neither an entry nor a key is ever null.
fn map_entries(entries: &Field) -> Field {
    let DataType::Struct(fields) = entries.data_type() else {
        return entries.clone();
    };
    let [key, value] = &fields[..] else {
        return entries.clone();
    };
    let fields = Fields::from(vec![
        Field::new("keys", data_type(key.data_type()), false),
        Field::new("values", data_type(value.data_type()), true),
    ]);
    Field::new("entries", DataType::Struct(fields), false)
}

/// The column with the type that [`field`] gave for it.
pub(super) fn column(column: &ArrayRef, wanted: &DataType) -> ArrayRef {
    if column.data_type() == wanted {
        return Arc::clone(column);
    }
    match wanted {
        DataType::Struct(fields) => Arc::new(structure(column.as_struct(), fields)),
        DataType::List(item) => {
            let (_, offsets, values, nulls) = column.as_list::<i32>().clone().into_parts();
            let values = self::column(&values, item.data_type());
            Arc::new(ListArray::new(Arc::clone(item), offsets, values, nulls))
        }
        DataType::Map(entries, sorted) => {
            let (_, offsets, values, nulls, _) = column.as_map().clone().into_parts();
            let DataType::Struct(fields) = entries.data_type() else {
                return Arc::clone(column);
            };
            let values = structure(&values, fields);
            Arc::new(MapArray::new(
                Arc::clone(entries),
                offsets,
                values,
                nulls,
                *sorted,
            ))
        }
        DataType::Timestamp(..) => {
            let data = column.to_data().into_builder().data_type(wanted.clone());
            make_array(data.build().expect("a zone's name is not in the values"))
        }
        _ => Arc::clone(column),
    }
}

fn structure(array: &StructArray, fields: &Fields) -> StructArray {
    let children = array.columns().iter().zip(fields);
    let children = children
        .map(|(child, field)| column(child, field.data_type()))
        .collect();
    StructArray::try_new_with_length(
        fields.clone(),
        children,
        array.nulls().cloned(),
        array.len(),
    )
    .expect("the children are those of the array")
}
