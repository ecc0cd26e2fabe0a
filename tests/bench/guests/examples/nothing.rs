//! Splits with nothing in them, read and written: what is left is the price of a split.
#![allow(missing_docs, reason = "a plugin has no Rust API")]

use bubbles_sdk::{Context, Error, Extract, Format, Load, NoConfig, Source, Split};

#[bubbles_sdk::config]
struct Amount {
    /// How many splits there are.
    splits: u32,
}

struct Void;

impl Extract for Void {
    type Config = Amount;
    const SUMMARY: &'static str = "reads nothing";
    const PRODUCES: Format = Format::Bytes;

    fn plan(config: Amount, _bookmark: Option<Vec<u8>>) -> Result<Source, Error> {
        let split = Split {
            payload: Vec::new(),
            bytes: 1,
        };
        Ok(Source {
            splits: vec![split; config.splits as usize],
            bookmark: None,
        })
    }

    fn run(_config: Amount, _split: Split, _context: Context) -> Result<(), Error> {
        Ok(())
    }
}

struct Sink;

impl Load for Sink {
    type Config = NoConfig;
    const SUMMARY: &'static str = "writes nothing";
    const ACCEPTS: &'static [Format] = &[Format::Bytes];

    fn open(_config: NoConfig, _context: Context) -> Result<Self, Error> {
        Ok(Self)
    }

    fn write(&mut self, _chunk: Vec<u8>) -> Result<(), Error> {
        Ok(())
    }

    fn prepare(&mut self) -> Result<Vec<u8>, Error> {
        Ok(Vec::new())
    }

    fn commit(_config: NoConfig, _receipts: Vec<Vec<u8>>) -> Result<(), Error> {
        Ok(())
    }

    fn abort(_config: NoConfig, _receipts: Vec<Vec<u8>>) -> Result<(), Error> {
        Ok(())
    }
}

bubbles_sdk::export!(extract: Void, load: Sink);
