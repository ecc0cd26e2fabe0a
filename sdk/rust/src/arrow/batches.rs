//! Emits batches as chunks of a good size.

use arrow_array::{Array, RecordBatch};
use arrow_schema::{ArrowError, SchemaRef};

use super::encode_all;
use super::join::join_batches;
use crate::output::{self, CHUNK_BYTES};

/// Batches shorter than this on average are made one before they are written: a batch costs a few
/// hundred bytes, however few its rows.
const SHORT_ROWS: usize = 1024;

/// Emits batches of one schema in chunks of about [`CHUNK_BYTES`]: short ones are held back and
/// put together, long ones cut. Call [`finish`](Self::finish) at the end.
#[derive(Debug)]
pub struct Batches {
    schema: SchemaRef,
    waiting: Vec<RecordBatch>,
    waiting_bytes: usize,
}

impl Batches {
    /// Will emit batches of this schema.
    pub fn new(schema: SchemaRef) -> Self {
        Self {
            schema,
            waiting: Vec::new(),
            waiting_bytes: 0,
        }
    }

    /// Adds a batch, emitting what has become a whole chunk.
    ///
    /// # Errors
    /// When the batch has another schema.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        if batch.schema() != self.schema {
            return Err(ArrowError::SchemaError(format!(
                "batches of one output have one schema: first {}, now {}",
                self.schema,
                batch.schema()
            )));
        }
        let rows = batch.num_rows();
        let bytes = slice_bytes(batch);
        let pieces = bytes.div_ceil(CHUNK_BYTES).max(1);
        let piece_rows = rows.div_ceil(pieces).max(1);
        for start in (0..rows).step_by(piece_rows) {
            let length = piece_rows.min(rows - start);
            self.hold(batch.slice(start, length), bytes / pieces)?;
        }
        Ok(())
    }

    fn hold(&mut self, batch: RecordBatch, bytes: usize) -> Result<(), ArrowError> {
        if self.waiting_bytes + bytes > CHUNK_BYTES {
            self.emit()?;
        }
        self.waiting.push(batch);
        self.waiting_bytes += bytes;
        Ok(())
    }

    fn emit(&mut self) -> Result<(), ArrowError> {
        let rows: usize = self.waiting.iter().map(RecordBatch::num_rows).sum();
        if rows == 0 {
            return Ok(());
        }
        if self.waiting.len() > 1 && rows / self.waiting.len() < SHORT_ROWS {
            self.waiting = vec![join_batches(&self.schema, &self.waiting)?];
        }
        output::emit(&encode_all(&self.schema, &self.waiting));
        self.waiting.clear();
        self.waiting_bytes = 0;
        Ok(())
    }

    /// Emits what was held back.
    ///
    /// # Errors
    /// When a short batch cannot be put together with its neighbours.
    pub fn finish(&mut self) -> Result<(), ArrowError> {
        self.emit()
    }
}

/// About how many bytes a batch, which may be a slice of a bigger one, takes in a chunk.
pub(super) fn slice_bytes(batch: &RecordBatch) -> usize {
    let bytes = |column: &std::sync::Arc<dyn Array>| {
        let data = column.to_data();
        data.get_slice_memory_size()
            .unwrap_or_else(|_| column.get_array_memory_size())
    };
    batch.columns().iter().map(bytes).sum()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::Int64Array;
    use arrow_schema::{DataType, Field, Schema};

    use super::*;
    use crate::testing;

    fn batch(rows: i64) -> RecordBatch {
        let schema = Schema::new(vec![Field::new("n", DataType::Int64, false)]);
        let numbers = Int64Array::from_iter_values(0..rows);
        RecordBatch::try_new(Arc::new(schema), vec![Arc::new(numbers)]).unwrap()
    }

    #[test]
    fn a_long_batch_is_cut() {
        let long = batch(1_000_000);
        let mut batches = Batches::new(long.schema());
        batches.push(&long).unwrap();
        batches.finish().unwrap();
        let outcome = testing::take();
        assert!(outcome.chunks.len() >= 8);
        assert!(
            outcome
                .chunks
                .iter()
                .all(|chunk| chunk.len() < CHUNK_BYTES + 65536)
        );
        assert_eq!(
            join_batches(&long.schema(), &outcome.batches()).unwrap(),
            long
        );
    }

    #[test]
    fn short_batches_become_one() {
        let mut batches = Batches::new(batch(0).schema());
        for _ in 0..100 {
            batches.push(&batch(7)).unwrap();
        }
        batches.finish().unwrap();
        let outcome = testing::take();
        assert_eq!(outcome.chunks.len(), 1);
        assert_eq!(outcome.batches().len(), 1);
        assert_eq!(outcome.batches()[0].num_rows(), 700);
    }

    #[test]
    fn another_schema_is_an_error() {
        let mut batches = Batches::new(Arc::new(Schema::empty()));
        assert!(batches.push(&batch(1)).is_err());
    }
}
