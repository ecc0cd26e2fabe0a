//! Runs a function over whole chunks.

use super::ChunkFunction;
use crate::{Context, Error, Format, Transform, output};

/// The transform of a [`ChunkFunction`].
#[derive(Debug)]
pub struct ChunkTask<F: ChunkFunction> {
    config: F::Config,
}

impl<F: ChunkFunction> Transform for ChunkTask<F> {
    type Config = F::Config;
    const SUMMARY: &'static str = F::SUMMARY;
    const ACCEPTS: &'static [Format] = &[F::FORMAT];
    const PRODUCES: Format = F::FORMAT;
    const DETERMINISTIC: bool = F::DETERMINISTIC;

    fn open(config: F::Config, _: Context) -> Result<Self, Error> {
        Ok(Self { config })
    }

    fn process(&mut self, _: u32, chunk: Vec<u8>) -> Result<(), Error> {
        for chunk in F::call(&self.config, chunk)? {
            if !chunk.as_ref().is_empty() {
                output::emit(chunk.as_ref());
            }
        }
        Ok(())
    }
}
