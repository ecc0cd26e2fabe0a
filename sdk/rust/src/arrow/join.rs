//! Arrays put one after the other.

use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, RecordBatch, make_array};
use arrow_data::ArrayData;
use arrow_data::transform::MutableArrayData;
use arrow_schema::{ArrowError, SchemaRef};

/// One array of all, which have one type. Not by `arrow_select::concat`, which brings code for
/// every pair of types into a plugin.
pub(super) fn join(arrays: &[ArrayRef]) -> Result<ArrayRef, ArrowError> {
    let data: Vec<ArrayData> = arrays.iter().map(|array| array.to_data()).collect();
    let rows = data.iter().map(ArrayData::len).sum();
    let mut joined = MutableArrayData::try_new(data.iter().collect(), false, rows)?;
    for (index, data) in data.iter().enumerate() {
        joined.try_extend(index, 0, data.len())?;
    }
    Ok(make_array(joined.freeze()))
}

/// One batch of all, which have this schema.
pub(super) fn join_batches(
    schema: &SchemaRef,
    batches: &[RecordBatch],
) -> Result<RecordBatch, ArrowError> {
    let column = |index: usize| {
        let columns: Vec<ArrayRef> = batches
            .iter()
            .map(|batch| Arc::clone(batch.column(index)))
            .collect();
        join(&columns)
    };
    let columns: Result<_, ArrowError> = (0..schema.fields().len()).map(column).collect();
    RecordBatch::try_new(Arc::clone(schema), columns?)
}
