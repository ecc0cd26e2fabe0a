//! Later chunks put into the columns of the first.

use std::sync::Arc;

use bubbles_sdk::Error;
use bubbles_sdk::arrow::array::{Array, ArrayRef, RecordBatch, new_null_array};
use bubbles_sdk::arrow::schema::{Field, SchemaRef};

use super::widen::{self, Refused};

/// The batch with the columns of `schema`: reordered, and cast where every value stays what it is.
/// A column it lacks is null.
///
/// # Errors
/// It has a column more, or one whose values do not fit; the column is named.
pub fn fit(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, Error> {
    if batch.schema_ref() == schema {
        return Ok(batch.clone());
    }
    for field in batch.schema_ref().fields() {
        if schema.column_with_name(field.name()).is_none() {
            let name = field.name();
            return Err(Error::invalid(format!(
                "a chunk has the column {name:?}, which the file's first chunk had not"
            )));
        }
    }
    let columns = schema.fields().iter().map(|field| column(batch, field));
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(Arc::clone(schema), columns).map_err(Error::invalid)
}

fn column(batch: &RecordBatch, field: &Field) -> Result<ArrayRef, Error> {
    let name = field.name();
    let given = match batch.column_by_name(name) {
        Some(column) => Arc::clone(column),
        None => new_null_array(field.data_type(), batch.num_rows()),
    };
    if !field.is_nullable() && given.logical_null_count() > 0 {
        return Err(Error::invalid(format!(
            "column {name:?} has a null, and the file's first chunk said that it never has"
        )));
    }
    let (from, to) = (given.data_type(), field.data_type());
    if from == to {
        return Ok(given);
    }
    let differs = |why: &str| {
        Error::invalid(format!(
            "column {name:?} is {from} in a chunk and {to} in the file's first chunk{why}"
        ))
    };
    widen::widen(&given, to).map_err(|refused| match refused {
        Refused::Type => differs(": give it one type"),
        Refused::Value(reason) => differs(&format!(": {reason}")),
    })
}

#[cfg(test)]
mod tests {
    use bubbles_sdk::arrow::array::{
        DictionaryArray, Int32Array, Int64Array, NullArray, StringArray, types::Int32Type,
    };
    use bubbles_sdk::arrow::schema::{DataType, Schema};

    use super::*;

    fn file() -> SchemaRef {
        Arc::new(Schema::new(vec![
            Field::new("n", DataType::Int32, true),
            Field::new("name", DataType::Utf8, true),
        ]))
    }

    fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable(
            columns
                .into_iter()
                .map(|(name, column)| (name, column, true)),
        )
        .unwrap()
    }

    fn error(columns: Vec<(&str, ArrayRef)>) -> String {
        fit(&batch(columns), &file()).unwrap_err().to_string()
    }

    #[test]
    fn columns_are_reordered_and_cast() {
        let names: DictionaryArray<Int32Type> = ["a", "b", "a"].into_iter().collect();
        let fitted = fit(
            &batch(vec![
                ("name", Arc::new(names)),
                (
                    "n",
                    Arc::new(Int64Array::from(vec![Some(1), None, Some(3)])),
                ),
            ]),
            &file(),
        )
        .unwrap();
        let expected = batch(vec![
            (
                "n",
                Arc::new(Int32Array::from(vec![Some(1), None, Some(3)])),
            ),
            ("name", Arc::new(StringArray::from(vec!["a", "b", "a"]))),
        ]);
        assert_eq!(fitted, expected);
    }

    #[test]
    fn a_missing_column_and_one_of_nulls_are_null() {
        let fitted = fit(&batch(vec![("n", Arc::new(NullArray::new(2)))]), &file()).unwrap();
        assert_eq!(fitted.column(0).null_count(), 2);
        assert_eq!(fitted.column(1).null_count(), 2);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let text: ArrayRef = Arc::new(StringArray::from(vec!["x"]));
        assert_eq!(
            error(vec![("n", text.clone())]),
            "column \"n\" is Utf8 in a chunk and Int32 in the file's first chunk: give it one type"
        );
        assert_eq!(
            error(vec![("more", text)]),
            "a chunk has the column \"more\", which the file's first chunk had not"
        );
        let long = error(vec![("n", Arc::new(Int64Array::from(vec![1 << 40])))]);
        assert!(
            long.starts_with("column \"n\" is Int64 in a chunk and Int32"),
            "{long}"
        );
        assert!(long.contains("1099511627776"), "{long}");
    }
}
