//! The rows of a row group, in batches of a good size.

use bubbles_files::SourceFile;
use bubbles_sdk::Error;
use bubbles_sdk::arrow::array::RecordBatch;
use bubbles_sdk::output::CHUNK_BYTES;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::footer::{Footer, bad};
use super::schema::Shape;
use super::windows::Windows;

/// The first batch shows how long rows are: the footer counts them encoded, and a dictionary makes
/// a million long strings as short as one.
const FIRST_ROWS: usize = 1024;

/// More rows in a batch gain nothing.
const MAX_ROWS: usize = 64 << 10;

/// A batch this much over its size is a reason to go on with shorter ones.
const TOLERANCE: usize = 4;

/// Hands all rows of a row group to `emit`.
///
/// # Errors
/// The file cannot be read or is damaged, or `emit` fails.
pub fn read_group(
    file: &SourceFile,
    footer: &Footer,
    shape: &Shape,
    group: usize,
    emit: &mut dyn FnMut(RecordBatch) -> Result<(), Error>,
) -> Result<(), Error> {
    let rows = usize::try_from(footer.metadata().row_group(group).num_rows())
        .map_err(|_| bad(file, format_args!("row group {group} has too many rows")))?;
    let ranges = shape.leaves().map(|leaf| footer.chunk(group, leaf));
    let windows = Windows::open(file, ranges)?;
    let failed = |error: &dyn std::fmt::Display| {
        let read = windows.failure();
        read.unwrap_or_else(|| bad(file, format_args!("row group {group} is damaged: {error}")))
    };
    let mut done = 0;
    let mut batch_rows = FIRST_ROWS;
    let mut measured = false;
    while done < rows {
        let reader = reader(&windows, shape, group, done, batch_rows);
        let started = done;
        for batch in reader.map_err(|error| failed(&error))? {
            let batch = batch.map_err(|error| failed(&error))?;
            done += batch.num_rows();
            let good = good_rows(&batch);
            emit(shape.conform(&batch)?)?;
            let grow = !measured && good >= batch_rows * TOLERANCE;
            measured = true;
            if grow || good < batch_rows / TOLERANCE {
                batch_rows = good;
                break;
            }
        }
        if done == started {
            return Err(failed(&format_args!("it ends after {done} of {rows} rows")));
        }
    }
    Ok(())
}

/// How many rows such as these fill a chunk.
fn good_rows(batch: &RecordBatch) -> usize {
    let row_bytes = (batch.get_array_memory_size() / batch.num_rows().max(1)).max(1);
    (CHUNK_BYTES / row_bytes).clamp(1, MAX_ROWS)
}

fn reader(
    windows: &Windows,
    shape: &Shape,
    group: usize,
    first_row: usize,
    batch_rows: usize,
) -> parquet::errors::Result<ParquetRecordBatchReader> {
    let (metadata, mask) = shape.reader();
    ParquetRecordBatchReaderBuilder::new_with_metadata(windows.clone(), metadata)
        .with_row_groups(vec![group])
        .with_projection(mask)
        .with_offset(first_row)
        .with_batch_size(batch_rows)
        .build()
}
