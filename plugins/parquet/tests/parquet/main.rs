//! The plugin's tasks in plain tests: files of other programs, damaged files, its own output.

#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod damaged;
mod foreign;
mod output;
mod planned;

use bubbles_sdk::arrow::array::RecordBatch;
use serde_json::Value;

/// A file of `tests/fixtures/parquet`.
fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/parquet/");
    std::fs::read(format!("{folder}{name}")).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Lines of JSON as values.
fn values(lines: &[u8]) -> Vec<Value> {
    serde_json::Deserializer::from_slice(lines)
        .into_iter()
        .map(Result::unwrap)
        .collect()
}

/// The rows of batches, nulls written out.
fn json(batches: &[RecordBatch]) -> Vec<Value> {
    let mut writer = arrow_json::WriterBuilder::new()
        .with_explicit_nulls(true)
        .build::<_, arrow_json::writer::LineDelimited>(Vec::new());
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.finish().unwrap();
    values(&writer.into_inner())
}
