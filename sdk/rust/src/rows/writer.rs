//! Rows to arrow chunks.

use std::fmt;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{FieldRef, Schema, SchemaRef};
use serde::{Deserialize, Serialize};
use serde_arrow::schema::{SchemaLike, TracingOptions};

use super::builder::Builder;
use crate::output::CHUNK_BYTES;
use crate::{Error, arrow, output};

mod record;

/// The columns of a type of row. They follow from the type alone, so that all chunks of all
/// attempts have one schema; a field is nullable if it is an `Option`.
///
/// # Errors
/// When the type has no fixed columns, as a map has none.
pub fn fields<'de, R: Deserialize<'de>>() -> Result<Vec<FieldRef>, Error> {
    let options = TracingOptions::default()
        .strings_as_large_utf8(false)
        .sequence_as_large_list(false)
        .enums_without_data_as_strings(true);
    Vec::<FieldRef>::from_type::<R>(options).map_err(|error| {
        Error::fatal(format!(
            "the output row has no arrow columns: {error} (a struct of plain fields has; \
             or take `format = \"json\"`)"
        ))
    })
}

/// Emits rows as arrow chunks of a good size. Call [`finish`](Self::finish) at the end.
pub struct Writer {
    schema: SchemaRef,
    form: Form,
    emitted: bool,
}

enum Form {
    /// Every cell is a plain value.
    Flat(Vec<Builder>),
    /// Some have parts: left to `serde_arrow`.
    Nested {
        builder: Box<serde_arrow::ArrayBuilder>,
        rows: usize,
    },
}

/// How many rows with parts make a chunk: their size is not known before they are written.
const NESTED_ROWS: usize = 4096;

impl Writer {
    /// Will emit rows of this type.
    ///
    /// # Errors
    /// When the type has no fixed columns.
    pub fn new<'de, R: Serialize + Deserialize<'de>>() -> Result<Self, Error> {
        Self::with_fields(fields::<R>()?)
    }

    pub(crate) fn with_fields(fields: Vec<FieldRef>) -> Result<Self, Error> {
        let builders: Option<Vec<Builder>> = fields.iter().map(Builder::new).collect();
        let form = match builders {
            Some(builders) => Form::Flat(builders),
            None => {
                let builder = serde_arrow::ArrayBuilder::from_arrow(&fields);
                Form::Nested {
                    builder: Box::new(builder.map_err(Error::fatal)?),
                    rows: 0,
                }
            }
        };
        Ok(Self {
            schema: Arc::new(Schema::new(fields)),
            form,
            emitted: false,
        })
    }

    /// The schema of the chunks.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Adds a row, emitting what has become a whole chunk.
    ///
    /// # Errors
    /// When the row is not of the type the writer was made for.
    #[inline]
    pub fn push<R: Serialize>(&mut self, row: &R) -> Result<(), Error> {
        let full = match &mut self.form {
            Form::Flat(builders) => {
                row.serialize(record::RecordSerializer(builders))
                    .map_err(unwritten)?;
                builders.iter().map(Builder::bytes).sum::<usize>() >= CHUNK_BYTES
            }
            Form::Nested { builder, rows } => {
                builder.push(row).map_err(unwritten)?;
                *rows += 1;
                *rows == NESTED_ROWS
            }
        };
        if full {
            self.emit()?;
        }
        Ok(())
    }

    fn emit(&mut self) -> Result<(), Error> {
        let batch = match &mut self.form {
            Form::Flat(builders) => {
                let rows = builders.first().map_or(0, Builder::rows);
                let options = RecordBatchOptions::new().with_row_count(Some(rows));
                let columns = builders.iter_mut().map(Builder::take).collect();
                RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?
            }
            Form::Nested { builder, rows } => {
                *rows = 0;
                let columns = builder.to_arrow().map_err(Error::fatal)?;
                RecordBatch::try_new(Arc::clone(&self.schema), columns)?
            }
        };
        self.emitted = true;
        output::emit(&arrow::encode(&batch));
        Ok(())
    }

    /// Emits what was held back. Where there was no row at all, emits a chunk without rows, so
    /// that the next task learns the columns.
    ///
    /// # Errors
    /// When the last rows cannot be written.
    pub fn finish(&mut self) -> Result<(), Error> {
        let waiting = match &self.form {
            Form::Flat(builders) => builders.first().map_or(0, Builder::rows),
            Form::Nested { rows, .. } => *rows,
        };
        if waiting > 0 || !self.emitted {
            self.emit()
        } else {
            Ok(())
        }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

#[cold]
fn unwritten(reason: impl fmt::Display) -> Error {
    Error::fatal(format!("a row of the output cannot be written: {reason}"))
}
