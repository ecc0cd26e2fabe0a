//! Rows of the ledger as lines of JSON. Without the SDK's typed rows, which know arrow as well:
//! these guests are compiled anew on every node of every test, and so they are small.

use bubbles_sdk::output::{self, CHUNK_BYTES};
use bubbles_sdk::{Error, serde_json};
use ledger::Row;

/// Emits rows, a chunk at a time.
#[derive(Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn push(&mut self, row: &Row) -> Result<(), Error> {
        serde_json::to_writer(&mut self.0, row).map_err(Error::fatal)?;
        self.0.push(b'\n');
        if self.0.len() >= CHUNK_BYTES {
            self.finish();
        }
        Ok(())
    }

    /// Emits what is held back.
    pub(crate) fn finish(&mut self) {
        if !self.0.is_empty() {
            output::emit(&self.0);
            self.0.clear();
        }
    }
}
