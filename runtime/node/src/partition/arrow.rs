//! Partitions of arrow: every column is taken apart, and put together again
//! when enough rows of one partition have come.

use std::num::NonZeroU32;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, UInt32Array, make_array};
use arrow_schema::{ArrowError, DataType, Schema, SchemaRef};
use arrow_select::concat::concat_batches;
use arrow_select::dictionary::garbage_collect_any_dictionary;
use arrow_select::take::take_record_batch;
use bubbles_pipeline::hash::{KeyHasher, partition};

use super::keys::key;
use super::{PartitionError, Taker, WAITING_BYTES};
use crate::formats::{FormatError, ipc};

/// Rows of record batches, by partition.
#[derive(Debug)]
pub(super) struct ArrowRows {
    keys: Vec<String>,
    partitions: NonZeroU32,
    chunk_bytes: usize,
    hasher: KeyHasher,
    schema: SchemaRef,
    waiting: Vec<Waiting>,
    /// Bytes of the chunks that waiting rows came from.
    source_bytes: usize,
}

#[derive(Clone, Debug, Default)]
struct Waiting {
    /// Rows of the batch at hand.
    rows: Vec<u32>,
    pieces: Vec<RecordBatch>,
    /// About what the pieces hold.
    bytes: usize,
}

impl ArrowRows {
    pub(super) fn new(keys: Vec<String>, partitions: NonZeroU32, chunk_bytes: usize) -> Self {
        Self {
            keys,
            partitions,
            chunk_bytes,
            hasher: KeyHasher::new(),
            schema: Arc::new(Schema::empty()),
            waiting: vec![Waiting::default(); partitions.get() as usize],
            source_bytes: 0,
        }
    }

    pub(super) fn push<E>(
        &mut self,
        chunk: &[u8],
        out: &mut Taker<'_, E>,
    ) -> Result<(), PartitionError<E>> {
        let stream = ipc::decode(chunk)?;
        if stream.schema != self.schema {
            self.flush(out)?;
            self.schema = stream.schema;
        }
        let rows: usize = stream.batches.iter().map(RecordBatch::num_rows).sum();
        for batch in stream.batches {
            self.split(&batch, chunk.len().div_ceil(rows.max(1)))?;
        }
        self.source_bytes += chunk.len();
        // Columns of some types share memory with the chunk they came from. Pieces
        // of every chunk in a partition that never fills would keep them all.
        if self.source_bytes >= WAITING_BYTES && self.shares_memory() {
            return self.flush(out);
        }
        self.emit(self.chunk_bytes, out)
    }

    /// Hands out all rows.
    pub(super) fn flush<E>(&mut self, out: &mut Taker<'_, E>) -> Result<(), PartitionError<E>> {
        self.source_bytes = 0;
        self.emit(0, out)
    }

    /// Hands out the rows of each partition that has at least so many bytes.
    fn emit<E>(&mut self, bytes: usize, out: &mut Taker<'_, E>) -> Result<(), PartitionError<E>> {
        for (partition, waiting) in self.waiting.iter_mut().enumerate() {
            if waiting.bytes >= bytes && !waiting.pieces.is_empty() {
                let stream = waiting.stream(&self.schema).map_err(FormatError::arrow);
                out(partition, &stream?).map_err(PartitionError::Out)?;
            }
        }
        Ok(())
    }

    /// Gives each row to its partition.
    fn split<E>(&mut self, batch: &RecordBatch, row_bytes: usize) -> Result<(), PartitionError<E>> {
        let mut keys = Vec::with_capacity(self.keys.len());
        for name in &self.keys {
            let (at, field) = self.schema.fields().find(name).ok_or_else(|| {
                let fields = self.schema.fields().iter();
                let columns = fields.map(|field| field.name().clone()).collect();
                PartitionError::MissingColumn {
                    column: name.clone(),
                    columns,
                }
            })?;
            keys.push(key(field, batch.column(at))?);
        }
        for row in 0..batch.num_rows() {
            keys.iter_mut().for_each(|key| key(&mut self.hasher, row));
            let partition = partition(self.hasher.finish(), self.partitions);
            let row = u32::try_from(row).map_err(FormatError::arrow)?;
            self.waiting[partition as usize].rows.push(row);
        }
        for waiting in &mut self.waiting {
            waiting.take(batch, row_bytes).map_err(FormatError::arrow)?;
        }
        Ok(())
    }

    fn shares_memory(&self) -> bool {
        use DataType::{Binary, Boolean, Utf8};
        let mut types = self.schema.fields().iter().map(|field| field.data_type());
        types.any(|kind| !kind.is_primitive() && !matches!(kind, Binary | Boolean | Utf8))
    }
}

impl Waiting {
    /// Takes the rows marked for this partition out of the batch.
    fn take(&mut self, batch: &RecordBatch, row_bytes: usize) -> Result<(), ArrowError> {
        let count = self.rows.len();
        if count == 0 {
            return Ok(());
        }
        let piece = if count == batch.num_rows() {
            batch.clone()
        } else {
            take_record_batch(batch, &UInt32Array::from(std::mem::take(&mut self.rows)))?
        };
        self.rows.clear();
        self.pieces.push(piece);
        self.bytes += count * row_bytes;
        Ok(())
    }

    /// One stream of all the pieces.
    fn stream(&mut self, schema: &SchemaRef) -> Result<Vec<u8>, ArrowError> {
        let pieces = std::mem::take(&mut self.pieces);
        self.bytes = 0;
        let whole = match concat_batches(schema, &pieces) {
            Ok(batch) => vec![batch],
            // Dictionaries with short keys may not fit into one.
            Err(_) => pieces,
        };
        let compact: Result<Vec<_>, _> = whole.iter().map(compact_batch).collect();
        ipc::encode(schema, &compact?)
    }
}

fn compact_batch(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let columns: Result<_, _> = batch.columns().iter().map(compact).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(batch.schema(), columns?, &options)
}

/// Lets go of the texts and words that no row points to: taking rows out of a
/// batch copies the pointers alone, and a stream would carry all they could point to.
fn compact(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match column.data_type() {
        DataType::Utf8View => Ok(Arc::new(column.as_string_view().gc())),
        DataType::BinaryView => Ok(Arc::new(column.as_binary_view().gc())),
        DataType::Dictionary(_, _) => garbage_collect_any_dictionary(column.as_any_dictionary()),
        DataType::Struct(_) | DataType::List(_) | DataType::LargeList(_) => {
            let data = column.to_data();
            let children = data.child_data().iter().cloned().map(make_array);
            let children: Result<Vec<_>, _> = children
                .map(|child| compact(&child).map(|child| child.to_data()))
                .collect();
            Ok(make_array(
                data.into_builder().child_data(children?).build()?,
            ))
        }
        _ => Ok(Arc::clone(column)),
    }
}
