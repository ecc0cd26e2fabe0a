//! Keeps the flights that arrived more than an hour late, and seven of their columns.
#![allow(missing_docs, reason = "a plugin has no Rust API")]

use bubbles_sdk::arrow::array::types::Int64Type;
use bubbles_sdk::arrow::array::{BooleanArray, RecordBatch, cast::AsArray};
use bubbles_sdk::arrow::schema::ArrowError;
use bubbles_sdk::arrow::select::filter::filter_record_batch;
use bubbles_sdk::arrow::{self, Batches};
use bubbles_sdk::{Context, Error, Format, NoConfig, Transform};

const KEPT: [&str; 7] = [
    "carrier",
    "flight",
    "tailnum",
    "origin",
    "dest",
    "arr_delay",
    "time_hour",
];

#[derive(Default)]
struct Late {
    kept: Option<Batches>,
}

impl Transform for Late {
    type Config = NoConfig;
    const SUMMARY: &'static str = "keeps the flights that arrived more than an hour late";
    const ACCEPTS: &'static [Format] = &[Format::Arrow];
    const PRODUCES: Format = Format::Arrow;

    fn open(_config: NoConfig, _context: Context) -> Result<Self, Error> {
        Ok(Self::default())
    }

    fn process(&mut self, _input: u32, chunk: Vec<u8>) -> Result<(), Error> {
        for batch in arrow::decode(chunk)? {
            let late = late(&batch)?;
            let kept = self.kept.get_or_insert_with(|| Batches::new(late.schema()));
            kept.push(&late).map_err(bad)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.kept
            .as_mut()
            .map_or(Ok(()), |kept| kept.finish().map_err(bad))
    }
}

fn late(batch: &RecordBatch) -> Result<RecordBatch, Error> {
    let delay = batch
        .column_by_name("arr_delay")
        .and_then(|column| column.as_primitive_opt::<Int64Type>())
        .ok_or_else(|| Error::Invalid(String::from("`arr_delay` is not a column of integers")))?;
    let is_late = BooleanArray::from_unary(delay, |minutes| minutes > 60);
    let columns: Result<Vec<usize>, _> = KEPT
        .iter()
        .map(|name| batch.schema().index_of(name))
        .collect();
    let kept = columns
        .and_then(|columns| batch.project(&columns))
        .map_err(bad)?;
    filter_record_batch(&kept, &is_late).map_err(bad)
}

fn bad(error: ArrowError) -> Error {
    Error::Invalid(format!("not the flights of the benchmark: {error}"))
}

bubbles_sdk::export!(transform: Late);
