//! Record batches become csv.

use bubbles_files::{Style, ValueText, append};
use bubbles_sdk::Error;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use memchr::memchr3;

/// Writes batches of one schema.
pub(crate) struct Writer {
    delimiter: u8,
    null: String,
    header: bool,
    schema: Option<SchemaRef>,
}

impl Writer {
    pub(crate) fn new(delimiter: u8, null: String, header: bool) -> Self {
        Self {
            delimiter,
            null,
            header,
            schema: None,
        }
    }

    /// Adds the rows of `batch`, the first time with the header before them.
    pub(crate) fn write(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<(), Error> {
        self.begin(&batch.schema(), out)?;
        let columns = batch
            .columns()
            .iter()
            .zip(batch.schema_ref().fields())
            .map(|(array, field)| {
                ValueText::of(array).ok_or_else(|| {
                    let (name, kind) = (field.name(), field.data_type());
                    Error::fatal(format!("column {name:?} is {kind}: csv has no such values"))
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            let start = out.len();
            for column in &columns {
                self.value(column, row, out);
                out.push(self.delimiter);
            }
            out.pop();
            if out.len() == start {
                // Readers take an empty line for no record.
                out.extend_from_slice(b"\"\"");
            }
            out.push(b'\n');
        }
        Ok(())
    }

    fn begin(&mut self, schema: &SchemaRef, out: &mut Vec<u8>) -> Result<(), Error> {
        let names = |schema: &SchemaRef| -> Vec<String> {
            schema
                .fields()
                .iter()
                .map(|field| field.name().clone())
                .collect()
        };
        if let Some(first) = &self.schema {
            if first != schema && names(first) != names(schema) {
                let (first, now) = (names(first), names(schema));
                return Err(Error::fatal(format!(
                    "the columns were {first:?} and are now {now:?}"
                )));
            }
            return Ok(());
        }
        if self.header {
            for (number, field) in schema.fields().iter().enumerate() {
                if number > 0 {
                    out.push(self.delimiter);
                }
                self.text(field.name(), out);
            }
            out.push(b'\n');
        }
        self.schema = Some(schema.clone());
        Ok(())
    }

    #[inline]
    fn value(&self, column: &ValueText, row: usize, out: &mut Vec<u8>) {
        if column.is_null(row) {
            append(out, self.null.as_bytes());
        } else if column.style() == Style::Text {
            self.text(column.text(row), out);
        } else if !column.write(row, out) {
            append(out, b"NaN");
        }
    }

    /// Quotes what would not come back as the same text.
    fn text(&self, text: &str, out: &mut Vec<u8>) {
        let bytes = text.as_bytes();
        let needs_quotes = text == self.null
            || memchr3(self.delimiter, b'"', b'\n', bytes).is_some()
            || bytes.last() == Some(&b'\r')
            || matches!(text, "" | "NA" | "NULL" | "null");
        if !needs_quotes {
            return append(out, bytes);
        }
        out.push(b'"');
        for (number, part) in bytes.split(|byte| *byte == b'"').enumerate() {
            if number > 0 {
                out.extend_from_slice(b"\"\"");
            }
            out.extend_from_slice(part);
        }
        out.push(b'"');
    }
}
