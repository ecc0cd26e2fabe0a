//! Lines of JSON to rows of the ledger.

use bubbles_sdk::{Error, serde_json};
use ledger::Row;

/// The rows of a chunk, each of them sound: a row that is not fails the job.
pub(crate) fn sound_rows(chunk: &[u8]) -> impl Iterator<Item = Result<Row, Error>> {
    let rows = serde_json::Deserializer::from_slice(chunk).into_iter::<Row>();
    rows.map(|row| match row {
        Ok(row) if row.is_sound() => Ok(row),
        Ok(row) => Err(Error::fatal(format!("{} is not sound", row.identity()))),
        Err(error) => Err(Error::fatal(format!("a row cannot be read: {error}"))),
    })
}
