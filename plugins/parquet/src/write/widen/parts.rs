//! Types with parts, whose parts are the same and are called otherwise.

use std::sync::Arc;

use bubbles_sdk::arrow::array::cast::AsArray;
use bubbles_sdk::arrow::array::{
    Array, ArrayRef, FixedSizeListArray, GenericListArray, MapArray, OffsetSizeTrait, StructArray,
};
use bubbles_sdk::arrow::schema::{DataType, FieldRef, Fields};

use super::{Refused, widen};

/// The same values with the names of `to`.
pub(super) fn rename(column: &ArrayRef, to: &DataType) -> Result<ArrayRef, Refused> {
    match to {
        DataType::List(item) => list(column.as_list::<i32>(), item),
        DataType::LargeList(item) => list(column.as_list::<i64>(), item),
        DataType::FixedSizeList(item, size) => {
            let lists = column.as_fixed_size_list();
            let values = widen(lists.values(), item.data_type())?;
            let nulls = lists.nulls().cloned();
            let lists = FixedSizeListArray::try_new(Arc::clone(item), *size, values, nulls);
            Ok(Arc::new(lists.map_err(Refused::value)?))
        }
        DataType::Struct(fields) => Ok(Arc::new(object(column.as_struct(), fields)?)),
        DataType::Map(entry, sorted) => map(column.as_map(), entry, *sorted),
        _ => Err(Refused::Type),
    }
}

fn list<O: OffsetSizeTrait>(
    lists: &GenericListArray<O>,
    item: &FieldRef,
) -> Result<ArrayRef, Refused> {
    let values = widen(lists.values(), item.data_type())?;
    let (offsets, nulls) = (lists.offsets().clone(), lists.nulls().cloned());
    let lists = GenericListArray::<O>::try_new(Arc::clone(item), offsets, values, nulls);
    Ok(Arc::new(lists.map_err(Refused::value)?))
}

/// Fields go by their names, so that none takes the values of another.
fn object(objects: &StructArray, fields: &Fields) -> Result<StructArray, Refused> {
    let columns = fields.iter().map(|field| {
        let column = objects.column_by_name(field.name());
        widen(column.ok_or(Refused::Type)?, field.data_type())
    });
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let (nulls, len) = (objects.nulls().cloned(), objects.len());
    StructArray::try_new_with_length(fields.clone(), columns, nulls, len).map_err(Refused::value)
}

/// The fields of an entry go by their places: the key is the first.
fn map(maps: &MapArray, entry: &FieldRef, sorted: bool) -> Result<ArrayRef, Refused> {
    let DataType::Struct(fields) = entry.data_type() else {
        return Err(Refused::Type);
    };
    let columns = maps.entries().columns().iter().zip(fields);
    let columns = columns.map(|(column, field)| widen(column, field.data_type()));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let nulls = maps.entries().nulls().cloned();
    let entries = StructArray::try_new(fields.clone(), columns, nulls).map_err(Refused::value)?;
    let (offsets, nulls) = (maps.offsets().clone(), maps.nulls().cloned());
    let maps = MapArray::try_new(Arc::clone(entry), offsets, entries, nulls, sorted);
    Ok(Arc::new(maps.map_err(Refused::value)?))
}

#[cfg(test)]
mod tests {
    use bubbles_sdk::arrow::array::builder::{Int32Builder, MapBuilder, StringBuilder};
    use bubbles_sdk::arrow::array::types::Int32Type;
    use bubbles_sdk::arrow::array::{Int32Array, ListArray};
    use bubbles_sdk::arrow::schema::Field;

    use super::*;

    fn int(name: &str) -> Field {
        Field::new(name, DataType::Int32, true)
    }

    #[test]
    fn fields_go_by_their_names() {
        let column = |number: i32| Arc::new(Int32Array::from(vec![number])) as ArrayRef;
        let fields = Fields::from(vec![int("a"), int("b")]);
        let objects = StructArray::new(fields, vec![column(1), column(2)], None);
        let objects: ArrayRef = Arc::new(objects);
        let turned = DataType::Struct(vec![int("b"), int("a")].into());
        let widened = widen(&objects, &turned).unwrap();
        assert_eq!(widened.as_struct().column(0), &column(2));
        let other = DataType::Struct(vec![int("a"), int("c")].into());
        assert!(matches!(widen(&objects, &other), Err(Refused::Type)));
    }

    #[test]
    fn items_may_be_called_otherwise() {
        let rows = vec![Some(vec![Some(1), None]), None, Some(vec![])];
        let lists: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(rows));
        let to = DataType::List(Arc::new(int("element")));
        let widened = widen(&lists, &to).unwrap();
        assert_eq!(widened.data_type(), &to);
        assert_eq!(
            widened.as_list::<i32>().values(),
            lists.as_list::<i32>().values()
        );
        assert_eq!(widened.nulls(), lists.nulls());
        let wider = DataType::List(Arc::new(Field::new("item", DataType::Int64, true)));
        assert!(matches!(widen(&lists, &wider), Err(Refused::Type)));
    }

    #[test]
    fn maps_keep_their_entries() {
        let mut builder = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
        builder.keys().append_value("a");
        builder.values().append_value(1);
        builder.append(true).unwrap();
        let maps: ArrayRef = Arc::new(builder.finish());
        let fields = vec![Field::new("key", DataType::Utf8, false), int("value")];
        let entry = Field::new("key_value", DataType::Struct(fields.into()), false);
        let to = DataType::Map(Arc::new(entry), false);
        let widened = widen(&maps, &to).unwrap();
        assert_eq!(widened.data_type(), &to);
        assert_eq!(widened.as_map().values(), maps.as_map().values());
    }
}
