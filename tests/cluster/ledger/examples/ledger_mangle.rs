//! Drops some rows and makes several of others: always the same.

#[path = "lines/read.rs"]
mod read;
#[path = "lines/write.rs"]
mod write;

use bubbles_sdk::{Context, Error, Format, NoConfig, Transform};
use ledger::mangle::mangle;
use read::sound_rows;
use write::Writer;

/// The task.
#[derive(Default)]
struct Mangle(Writer);

impl Transform for Mangle {
    type Config = NoConfig;
    const SUMMARY: &'static str = "drops some rows and makes several of others";
    const ACCEPTS: &'static [Format] = &[Format::Json];
    const PRODUCES: Format = Format::Json;

    fn open(_config: NoConfig, _context: Context) -> Result<Self, Error> {
        Ok(Self::default())
    }

    fn process(&mut self, _input: u32, chunk: Vec<u8>) -> Result<(), Error> {
        for row in sound_rows(&chunk) {
            for row in mangle(row?) {
                self.0.push(&row)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.0.finish();
        Ok(())
    }
}

bubbles_sdk::export!(transform: Mangle);
