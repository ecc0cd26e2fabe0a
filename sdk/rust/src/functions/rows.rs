//! Runs a function over rows.

use serde::Deserialize;

use super::RowFunction;
use crate::rows::{Columns, LineWriter, Shape, Writer, is_arrow, lines, reject_line, reject_row};
use crate::{Context, Error, Format, Transform, arrow};

/// The transform of a [`RowFunction`].
#[derive(Debug)]
pub struct RowTask<F: RowFunction> {
    config: F::Config,
    shape: Shape,
    output: Output,
}

#[derive(Debug)]
enum Output {
    Arrow(Writer),
    Json(LineWriter),
}

impl<F: RowFunction> Transform for RowTask<F> {
    type Config = F::Config;
    const SUMMARY: &'static str = F::SUMMARY;
    const ACCEPTS: &'static [Format] = match F::FORMAT {
        Format::Json => &[Format::Json],
        Format::Arrow | Format::Bytes => &[Format::Arrow, Format::Json],
    };
    const PRODUCES: Format = F::FORMAT;
    const DETERMINISTIC: bool = F::DETERMINISTIC;

    fn open(config: F::Config, _: Context) -> Result<Self, Error> {
        let output = match F::FORMAT {
            Format::Json => Output::Json(LineWriter::default()),
            Format::Arrow | Format::Bytes => Output::Arrow(Writer::with_fields(F::fields()?)?),
        };
        Ok(Self {
            config,
            shape: Shape::of::<F::In<'static>>(),
            output,
        })
    }

    fn process(&mut self, _: u32, chunk: Vec<u8>) -> Result<(), Error> {
        if !is_arrow(&chunk) {
            return self.process_lines(&chunk);
        }
        for batch in arrow::decode(chunk)? {
            let columns = Columns::new(&self.shape, &batch)?;
            let rows = columns.rows()?;
            rows.check::<F::In<'_>>()?;
            for row in 0..batch.num_rows() {
                let done = match rows.read::<F::In<'_>>(row) {
                    Ok(input) => pass::<F>(&self.config, input, &mut self.output)?,
                    Err(reason) => Err(reason.to_string()),
                };
                if let Err(reason) = done {
                    reject_row(&batch, row, &reason)?;
                }
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        match &mut self.output {
            Output::Arrow(writer) => writer.finish(),
            Output::Json(writer) => {
                writer.finish();
                Ok(())
            }
        }
    }
}

impl<F: RowFunction> RowTask<F> {
    fn process_lines(&mut self, chunk: &[u8]) -> Result<(), Error> {
        for line in lines(chunk) {
            let mut reader = serde_json::Deserializer::from_slice(line);
            let row = F::In::deserialize(&mut reader);
            let done = match row.and_then(|row| reader.end().map(|()| row)) {
                Ok(input) => pass::<F>(&self.config, input, &mut self.output)?,
                Err(reason) => Err(reason.to_string()),
            };
            if let Err(reason) = done {
                reject_line(line, &reason);
            }
        }
        Ok(())
    }
}

/// Calls the function and hands on what it gives; the inner error is the reason of a reject.
#[inline]
fn pass<'row, F: RowFunction>(
    config: &'row F::Config,
    input: F::In<'row>,
    output: &mut Output,
) -> Result<Result<(), String>, Error> {
    let rows = match F::call(config, input) {
        Ok(rows) => rows,
        Err(reason) => return Ok(Err(reason)),
    };
    for row in rows {
        match output {
            Output::Arrow(writer) => writer.push(&row)?,
            Output::Json(writer) => writer.push(&row)?,
        }
    }
    Ok(Ok(()))
}
