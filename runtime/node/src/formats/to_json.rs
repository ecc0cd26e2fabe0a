//! Arrow becomes newline-delimited json.
//!
//! Nulls are written out, so that every line has every field and a field's
//! order is the column's. Dates and times become ISO 8601 texts, binary becomes
//! hexadecimal text, and floats that json does not know become null.

use bubbles_arrow_json::Rows;

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
    lines.clear();
    for batch in stream.batches {
        let rows = Rows::new(&batch).map_err(FormatError::arrow)?;
        for row in 0..batch.num_rows() {
            rows.encode(row, lines);
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
