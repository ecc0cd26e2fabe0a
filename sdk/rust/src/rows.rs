//! Chunks to typed rows and back, for tasks that are more than a function.
//!
//! A row is a struct that serde reads and writes; its fields are the columns. Reading takes arrow
//! and JSON chunks alike and looks only at the columns the type names.

use arrow_array::RecordBatch;
use bubbles_arrow_json::Rows;
use serde::de::DeserializeOwned;

use crate::{Error, arrow, rejects};

mod builder;
mod column;
mod columns;
mod lines;
mod reason;
mod record;
mod shape;
mod writer;

pub(crate) use columns::Columns;
pub(crate) use lines::{LineWriter, is_arrow, lines};
pub(crate) use shape::Shape;
pub use writer::{Writer, fields};

/// Calls `take` for each row of a chunk. A row that does not read as `T`, or for which `take`
/// gives a reason, is rejected, and the rest goes on.
///
/// # Errors
/// When the chunk is neither arrow nor JSON lines, or lacks a column.
pub fn for_each<T: DeserializeOwned>(
    chunk: Vec<u8>,
    mut take: impl FnMut(T) -> Result<(), String>,
) -> Result<(), Error> {
    if !is_arrow(&chunk) {
        for line in lines(&chunk) {
            let row = serde_json::from_slice(line).map_err(|error| error.to_string());
            if let Err(reason) = row.and_then(&mut take) {
                reject_line(line, &reason);
            }
        }
        return Ok(());
    }
    let shape = Shape::of::<T>();
    for batch in arrow::decode(chunk)? {
        let columns = Columns::new(&shape, &batch)?;
        let rows = columns.rows()?;
        rows.check::<T>()?;
        for row in 0..batch.num_rows() {
            let read = rows.read(row).map_err(|error| error.to_string());
            if let Err(reason) = read.and_then(&mut take) {
                reject_row(&batch, row, &reason)?;
            }
        }
    }
    Ok(())
}

/// Puts a line of JSON aside.
pub(crate) fn reject_line(line: &[u8], reason: &str) {
    rejects::reject(line, reason);
}

/// Puts a row of a batch aside, all of its columns, as a line of JSON.
pub(crate) fn reject_row(batch: &RecordBatch, row: usize, reason: &str) -> Result<(), Error> {
    let mut line = Vec::new();
    Rows::new(&batch.slice(row, 1))
        .map_err(Error::invalid)?
        .encode(0, &mut line);
    rejects::reject(&line, reason);
    Ok(())
}
