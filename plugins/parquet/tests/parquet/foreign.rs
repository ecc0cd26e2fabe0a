//! Files that Polars, DuckDB, Spark and pyarrow wrote: `tests/fixtures/parquet/make.py`.

use bubbles_plugin_parquet::ParquetExtract;
use bubbles_sdk::arrow::array::RecordBatch;
use bubbles_sdk::arrow::schema::DataType;
use bubbles_sdk::testing;
use serde_json::{Value, json};

use super::{fixture, json, values};

fn read(name: &str) -> Vec<RecordBatch> {
    testing::put_object("data.parquet", fixture(&format!("{name}.parquet")));
    let outcome = testing::extract::<ParquetExtract>(r#"{"path": "data.parquet"}"#);
    outcome
        .unwrap_or_else(|error| panic!("{name}: {error}"))
        .batches()
}

fn assert_rows(name: &str, expected: &str) {
    let expected = values(&fixture(&format!("{expected}.jsonl")));
    let found = json(&read(name));
    assert_eq!(found.len(), expected.len(), "{name}");
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn the_same_rows_of_every_writer_and_codec() {
    for name in [
        "polars-uncompressed",
        "polars-snappy",
        "polars-zstd",
        "polars-gzip",
        "polars-lz4",
        "polars-brotli",
        "duckdb-snappy",
        "duckdb-zstd",
        "spark-snappy",
        "spark-zstd",
        "spark-gzip",
        "spark-lz4_raw",
    ] {
        assert_rows(name, "rows");
    }
}

#[test]
fn every_writer_gives_the_same_schema() {
    let schema = |name| {
        let schema = read(name)[0].schema();
        // A writer may have milliseconds where another has microseconds.
        schema
            .fields()
            .iter()
            .filter(|field| field.name() != "zoned")
            .cloned()
            .collect::<Vec<_>>()
    };
    let expected = schema("polars-zstd");
    for name in ["duckdb-zstd", "spark-zstd"] {
        assert_eq!(schema(name), expected, "{name}");
    }
}

#[test]
fn types_of_their_own() {
    for name in [
        "polars-categories",
        "duckdb-map",
        "spark-legacy",
        "pyarrow-v2",
    ] {
        assert_rows(name, name);
    }
}

#[test]
fn categories_are_plain_text() {
    let batches = read("polars-categories");
    assert_eq!(
        batches[0].column_by_name("colour").unwrap().data_type(),
        &DataType::Utf8
    );
}

#[test]
fn many_row_groups_in_one_split_and_in_several() {
    let expected: Vec<Value> = (0..5000)
        .map(|n| json!({"id": n, "name": format!("name-{}", n % 7), "triple": n * 3}))
        .collect();
    assert!(json(&read("duckdb-groups")) == expected);
    testing::put_object("data.parquet", fixture("duckdb-groups.parquet"));
    let config = r#"{"path": "data.parquet", "split-size": 1}"#;
    let splits = testing::plan::<ParquetExtract>(config, None)
        .unwrap()
        .splits;
    assert_eq!(splits.len(), 3);
    let apart: Vec<Value> = splits
        .into_iter()
        .flat_map(|split| {
            let outcome = testing::extract_split::<ParquetExtract>(config, split).unwrap();
            json(&outcome.batches())
        })
        .collect();
    assert!(apart == expected);
}

#[test]
fn a_file_without_rows_gives_its_columns() {
    testing::put_object("data.parquet", fixture("polars-no-rows.parquet"));
    let outcome = testing::extract::<ParquetExtract>(r#"{"path": "data.parquet"}"#).unwrap();
    assert_eq!(outcome.chunks.len(), 1);
    let (schema, batches) =
        bubbles_sdk::arrow::decode_with_schema(outcome.chunks[0].clone()).unwrap();
    assert!(batches.is_empty());
    let names: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    assert_eq!(names, ["id", "text"]);
}
