//! Runs a function over arrow batches.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use super::BatchFunction;
use crate::{Context, Error, Format, Transform, arrow};

/// The transform of a [`BatchFunction`].
#[derive(Debug)]
pub struct BatchTask<F: BatchFunction> {
    config: F::Config,
    output: Option<Output>,
}

#[derive(Debug)]
struct Output {
    batches: arrow::Batches,
    schema: SchemaRef,
    rows: usize,
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
                let output = self.output.get_or_insert_with(|| Output {
                    batches: arrow::Batches::new(batch.schema()),
                    schema: batch.schema(),
                    rows: 0,
                });
                output.rows += batch.num_rows();
                output.batches.push(&batch).map_err(Error::fatal)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        let Some(output) = &mut self.output else {
            return Ok(());
        };
        if output.rows == 0 {
            // The next task still learns the columns.
            let empty = RecordBatch::new_empty(Arc::clone(&output.schema));
            crate::output::emit(&arrow::encode(&empty));
        }
        Ok(output.batches.finish()?)
    }
}
