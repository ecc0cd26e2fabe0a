//! Newline-delimited json becomes arrow.
//!
//! The columns are what the rows so far have shown, so a later chunk may have
//! more of them, or wider ones, than an earlier one; all are nullable.
//!
//! | json | arrow |
//! |---|---|
//! | only nulls so far | `Null` |
//! | true, false | `Boolean` |
//! | whole numbers that fit | `Int64` |
//! | other numbers, or both | `Float64` |
//! | texts, or scalars of several kinds | `Utf8`; numbers and truth values as json writes them |
//! | arrays | `List` |
//! | objects | `Struct` |

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{RecordBatch, RecordBatchOptions};
use arrow_schema::{DataType, Schema};
use serde::de::DeserializeSeed;

use super::column::{Column, Reading, Row};
use super::{CHUNK_BYTES, FormatError, ipc, lines};

/// Turns lines into arrow streams.
#[derive(Debug, Default)]
pub(super) struct ToArrow {
    rows: Column,
    reading: Reading,
}

impl ToArrow {
    /// The streams that a chunk becomes, each about 1 MiB.
    pub(super) fn convert(&mut self, chunk: &[u8]) -> Result<Vec<Vec<u8>>, FormatError> {
        let streams = self.read(chunk);
        if streams.is_err() {
            // Rows of a chunk that is refused must not turn up in the next one.
            self.rows.clear();
        }
        streams
    }

    fn read(&mut self, chunk: &[u8]) -> Result<Vec<Vec<u8>>, FormatError> {
        let mut streams = Vec::new();
        let mut bytes = 0;
        self.reading.start_chunk(chunk.len());
        for (line, text) in lines(chunk) {
            self.row(line, text)?;
            bytes += text.len();
            if bytes + self.reading.padding_bytes() >= CHUNK_BYTES {
                streams.push(self.stream()?);
                bytes = 0;
                self.reading.start_batch();
            }
        }
        if self.rows.len() > 0 {
            streams.push(self.stream()?);
        }
        Ok(streams)
    }

    fn row(&mut self, line: u64, text: &[u8]) -> Result<(), FormatError> {
        let mut json = serde_json::Deserializer::from_slice(text);
        let row = Row {
            rows: &mut self.rows,
            reading: &mut self.reading,
        };
        let read = row.deserialize(&mut json).and_then(|()| json.end());
        read.map_err(|error| match self.reading.trouble() {
            Some((field, problem)) => FormatError::Field {
                line,
                field,
                problem,
            },
            None => FormatError::json(line, text, error),
        })
    }

    /// Takes the rows read so far.
    fn stream(&mut self) -> Result<Vec<u8>, FormatError> {
        let rows = self.rows.finish();
        let DataType::Struct(fields) = rows.data_type() else {
            unreachable!("a row is an object")
        };
        let schema = Arc::new(Schema::new(fields.clone()));
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        let columns = rows.as_struct().columns().to_vec();
        RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options)
            .and_then(|batch| ipc::encode(&schema, &[batch]))
            .map_err(FormatError::arrow)
    }
}
