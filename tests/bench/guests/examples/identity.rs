//! Hands every chunk on as it is: what is left is the price of the sandbox's border.
#![allow(missing_docs, reason = "a plugin has no Rust API")]

use bubbles_sdk::{Context, Error, Format, NoConfig, Transform, output};

struct Identity;

impl Transform for Identity {
    type Config = NoConfig;
    const SUMMARY: &'static str = "hands every chunk on as it is";
    const ACCEPTS: &'static [Format] = &[Format::Bytes];
    const PRODUCES: Format = Format::Bytes;

    fn open(_config: NoConfig, _context: Context) -> Result<Self, Error> {
        Ok(Self)
    }

    fn process(&mut self, _input: u32, chunk: Vec<u8>) -> Result<(), Error> {
        output::emit(&chunk);
        Ok(())
    }
}

bubbles_sdk::export!(transform: Identity);
