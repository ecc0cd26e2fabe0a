//! Arrow chunks: record batches to bytes and back.
//!
//! The crates of arrow stand here too, so that a plugin over batches needs no more than this SDK
//! and is sure to have the same version: `use bubbles_sdk::arrow::array::Float64Array`.

pub use arrow_array as array;
pub use arrow_buffer as buffer;
pub use arrow_schema as schema;
pub use arrow_select as select;

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{Schema, SchemaRef};

use crate::Error;

mod batches;
mod join;
mod stream;

pub use batches::Batches;

/// One batch as one chunk.
pub fn encode(batch: &RecordBatch) -> Vec<u8> {
    encode_all(&batch.schema(), std::slice::from_ref(batch))
}

/// Batches of one schema as one chunk.
///
/// # Panics
/// When a batch has another schema.
pub fn encode_all(schema: &Schema, batches: &[RecordBatch]) -> Vec<u8> {
    let bytes: usize = batches.iter().map(batches::slice_bytes).sum();
    let chunk = Vec::with_capacity(bytes + bytes / 16 + 4096);
    write(chunk, schema, batches).expect("batches of one schema go into a buffer in memory")
}

fn write(
    chunk: Vec<u8>,
    schema: &Schema,
    batches: &[RecordBatch],
) -> Result<Vec<u8>, arrow_schema::ArrowError> {
    let mut writer = StreamWriter::try_new(chunk, schema)?;
    for batch in batches {
        writer.write(batch)?;
    }
    writer.into_inner()
}

/// The batches of a chunk. Their columns are the chunk's own memory: nothing is copied.
///
/// # Errors
/// When the chunk is not one whole arrow stream.
pub fn decode(chunk: Vec<u8>) -> Result<Vec<RecordBatch>, Error> {
    Ok(decode_with_schema(chunk)?.1)
}

/// The same with the schema, which is there even when no batch is.
///
/// # Errors
/// When the chunk is not one whole arrow stream.
pub fn decode_with_schema(chunk: Vec<u8>) -> Result<(SchemaRef, Vec<RecordBatch>), Error> {
    stream::read(Buffer::from_vec(chunk))
        .map_err(|error| Error::invalid(format!("the chunk is not an arrow stream: {error}")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Array, Int64Array, StringArray};
    use arrow_schema::{DataType, Field};

    use super::*;

    fn batch(rows: i64) -> RecordBatch {
        let schema = Schema::new(vec![
            Field::new("n", DataType::Int64, false),
            Field::new("name", DataType::Utf8, true),
        ]);
        let names = (0..rows).map(|n| (n % 3 != 0).then(|| format!("row {n}")));
        let columns: Vec<array::ArrayRef> = vec![
            Arc::new(Int64Array::from_iter_values(0..rows)),
            Arc::new(names.collect::<StringArray>()),
        ];
        RecordBatch::try_new(Arc::new(schema), columns).unwrap()
    }

    #[test]
    fn there_and_back() {
        let batch = batch(1000);
        assert_eq!(decode(encode(&batch)).unwrap(), vec![batch.clone()]);
        assert_eq!(
            decode(encode(&batch.slice(10, 5))).unwrap(),
            vec![batch.slice(10, 5)]
        );
    }

    #[test]
    fn columns_stay_in_the_chunk() {
        let chunk = encode(&batch(1000));
        let memory = chunk.as_ptr_range();
        let decoded = decode(chunk).unwrap();
        let numbers = decoded[0].column(0).to_data();
        assert!(memory.contains(&numbers.buffers()[0].as_ptr()));
    }

    #[test]
    fn no_rows_keep_their_schema() {
        let empty = batch(0);
        let (schema, batches) = decode_with_schema(encode_all(&empty.schema(), &[])).unwrap();
        assert_eq!(schema, empty.schema());
        assert!(batches.is_empty());
    }

    #[test]
    fn half_a_chunk_is_an_error() {
        let mut chunk = encode(&batch(1000));
        chunk.truncate(chunk.len() / 2);
        assert!(matches!(decode(chunk), Err(Error::Invalid(_))));
        assert!(matches!(decode(Vec::new()), Err(Error::Invalid(_))));
        assert!(matches!(
            decode(b"{\"a\": 1}\n".to_vec()),
            Err(Error::Invalid(_))
        ));
    }
}
