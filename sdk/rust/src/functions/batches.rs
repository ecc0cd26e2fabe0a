//! Runs a function over arrow batches.

use super::BatchFunction;
use crate::{Context, Error, Format, Transform, arrow};

/// The transform of a [`BatchFunction`].
#[derive(Debug)]
pub struct BatchTask<F: BatchFunction> {
    config: F::Config,
    output: Option<arrow::Batches>,
}

impl<F: BatchFunction> Transform for BatchTask<F> {
    type Config = F::Config;
    const SUMMARY: &'static str = F::SUMMARY;
    const ACCEPTS: &'static [Format] = &[Format::Arrow];
    const PRODUCES: Format = Format::Arrow;
    const DETERMINISTIC: bool = F::DETERMINISTIC;

    fn open(config: F::Config, _: Context) -> Result<Self, Error> {
        Ok(Self {
            config,
            output: None,
        })
    }

    fn process(&mut self, _: u32, chunk: Vec<u8>) -> Result<(), Error> {
        for batch in arrow::decode(chunk)? {
            for batch in F::call(&self.config, batch)? {
                let output = self
                    .output
                    .get_or_insert_with(|| arrow::Batches::new(batch.schema()));
                output.push(&batch).map_err(Error::fatal)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        match &mut self.output {
            Some(output) => Ok(output.finish()?),
            None => Ok(()),
        }
    }
}
