//! Arrow becomes newline-delimited json.
//!
//! Nulls are written out, so that every line has every field and a field's
//! order is the column's. Dates and times become ISO 8601 texts, binary becomes
//! hexadecimal text, and floats that json does not know become null.

use std::sync::Arc;

use arrow_array::StructArray;
use arrow_json::writer::{EncoderOptions, make_encoder};
use arrow_schema::Field;

use super::converter::ConvertError;
use super::{CHUNK_BYTES, FormatError, ipc};

/// Hands the rows of one arrow stream to `out` as lines. They are written into
/// `lines`, which is kept from chunk to chunk so that its memory is warm.
pub(super) fn convert<E>(
    chunk: &[u8],
    lines: &mut Vec<u8>,
    out: &mut dyn FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), ConvertError<E>> {
    let stream = ipc::decode(chunk)?;
    let row = Arc::new(Field::new_struct("", stream.schema.fields().clone(), false));
    let options = EncoderOptions::default().with_explicit_nulls(true);
    lines.clear();
    for batch in stream.batches {
        let (count, rows) = (batch.num_rows(), StructArray::from(batch));
        let mut encoder = make_encoder(&row, &rows, &options).map_err(FormatError::arrow)?;
        for index in 0..count {
            encoder.encode(index, lines);
            lines.push(b'\n');
            if lines.len() >= CHUNK_BYTES {
                out(lines).map_err(ConvertError::Out)?;
                lines.clear();
            }
        }
    }
    if !lines.is_empty() {
        out(lines).map_err(ConvertError::Out)?;
    }
    lines.shrink_to(2 * CHUNK_BYTES);
    Ok(())
}
