//! The built-in transform `aggregate`: one row a group, with counts, sums, minima, maxima, means.
//!
//! It is combinable: before an exchange it emits what each group amounts to so far (`partial`), and
//! after it puts those together (`final`). Nulls count as in SQL: a row counts, a null value is
//! passed over, and a sum, minimum, maximum or mean of no values is null; null is a key like any.
//!
//! Output is sorted by key, nulls last, and equal to the byte from run to run: sums of floats are
//! exact until the last rounding (see [`exact`]), so the order in which parts arrive has no say.

use std::sync::Arc;

use bubbles_sdk::arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, UInt32Array};
use bubbles_sdk::arrow::schema::{Field, Schema};
use bubbles_sdk::arrow::{self, select::take::take};
use bubbles_sdk::{Context, Error, Format, Phase, Transform, output};

mod config;
mod exact;
mod extremes;
mod key_bytes;
mod keys;
mod measure;
mod sums;
mod text;

pub use config::{Columns, Config};

use config::Output;
use keys::Keys;
use measure::Measure;

/// What a partial phase holds before it emits: well below the memory a task has by default
/// (256 MiB), and enough that few groups are emitted twice.
const PARTIAL_BYTES: usize = 32 << 20;

/// The task.
#[derive(Debug)]
pub struct Aggregate {
    phase: Phase,
    config: Config,
    outputs: Vec<Output>,
    keys: Keys,
    measures: Vec<Measure>,
}

impl Transform for Aggregate {
    type Config = Config;
    const SUMMARY: &'static str = "one row a group: count, sum, min, max, mean";
    const ACCEPTS: &'static [Format] = &[Format::Arrow];
    const PRODUCES: Format = Format::Arrow;
    const COMBINABLE: bool = true;

    fn open(config: Config, context: Context) -> Result<Self, Error> {
        let outputs = config.outputs()?;
        let keys = Keys::new(config.group_by.len());
        let measures = outputs.iter().map(Measure::new).collect();
        Ok(Self {
            phase: context.phase,
            config,
            outputs,
            keys,
            measures,
        })
    }

    fn process(&mut self, _: u32, chunk: Vec<u8>) -> Result<(), Error> {
        for batch in arrow::decode(chunk)? {
            self.add(&batch)?;
            let held = self.keys.bytes() + self.keys.len() * self.measures.len() * 48;
            if self.phase == Phase::Partial && held > PARTIAL_BYTES {
                self.emit_partials()?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        if self.phase == Phase::Partial {
            return self.emit_partials();
        }
        if self.config.group_by.is_empty() {
            // One row for all, even if there was none.
            self.keys.total();
            self.grow();
        } else if !self.keys.is_known() {
            return Ok(());
        }
        let groups = self.take_groups()?;
        if groups.num_rows() == 0 {
            // The next task still learns the columns.
            output::emit(&arrow::encode(&groups));
        }
        emit(&groups)
    }
}

impl Aggregate {
    fn add(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let keys: Vec<(&str, ArrayRef)> = self
            .config
            .group_by
            .iter()
            .map(|name| Ok((name.as_str(), column(batch, name, "group by")?)))
            .collect::<Result<_, Error>>()?;
        let groups = self.keys.groups(&keys, batch.num_rows())?;
        self.grow();
        for (output, measure) in self.outputs.iter().zip(&mut self.measures) {
            if self.phase == Phase::Final {
                let part = column(batch, &output.name, "put together")?;
                measure.merge(output, &part, &groups)?;
            } else if let Some(name) = &output.column {
                let values = column(batch, name, output.function.verb())?;
                measure.add(output, &values, &groups)?;
            } else {
                measure.count(&groups);
            }
        }
        Ok(())
    }

    fn grow(&mut self) {
        for measure in &mut self.measures {
            measure.grow(self.keys.len());
        }
    }

    fn emit_partials(&mut self) -> Result<(), Error> {
        if self.keys.len() == 0 {
            return Ok(());
        }
        let groups = self.take_groups()?;
        emit(&groups)
    }

    /// All groups, sorted by key, and an empty start.
    fn take_groups(&mut self) -> Result<RecordBatch, Error> {
        let rows = self.keys.len();
        let order = UInt32Array::from(self.keys.order());
        let mut fields = Vec::new();
        let mut columns: Vec<ArrayRef> = Vec::new();
        let keys = self.keys.take()?;
        for (name, values) in self.config.group_by.iter().zip(keys) {
            fields.push(Field::new(name, values.data_type().clone(), true));
            columns.push(take(&values, &order, None)?);
        }
        for (output, measure) in self.outputs.iter().zip(&mut self.measures) {
            let values = match self.phase {
                Phase::Partial => measure.take_partials()?,
                Phase::Whole | Phase::Final => measure.take_results(output)?,
            };
            let nullable = output.column.is_some();
            fields.push(Field::new(
                &output.name,
                values.data_type().clone(),
                nullable,
            ));
            columns.push(take(&values, &order, None)?);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let schema = Arc::new(Schema::new(fields));
        Ok(RecordBatch::try_new_with_options(
            schema, columns, &options,
        )?)
    }
}

fn emit(groups: &RecordBatch) -> Result<(), Error> {
    let mut batches = arrow::Batches::new(groups.schema());
    batches.push(groups)?;
    Ok(batches.finish()?)
}

fn column(batch: &RecordBatch, name: &str, verb: &str) -> Result<ArrayRef, Error> {
    batch.column_by_name(name).cloned().ok_or_else(|| {
        let schema = batch.schema();
        let there: Vec<_> = schema
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .collect();
        let there = there.join("`, `");
        Error::fatal(format!(
            "no column `{name}` to {verb}: the input has `{there}`"
        ))
    })
}

bubbles_sdk::export!(transform: Aggregate);

#[cfg(test)]
mod tests;
