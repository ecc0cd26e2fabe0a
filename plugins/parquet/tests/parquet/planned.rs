//! Which files, columns and splits: what is decided before a row is read.

use std::sync::Arc;

use bubbles_plugin_parquet::ParquetExtract;
use bubbles_sdk::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use bubbles_sdk::testing;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use serde_json::json;

use super::{fixture, json};

fn parquet(columns: Vec<(&str, ArrayRef)>, group_rows: usize) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(group_rows))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn numbers(values: impl IntoIterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values))
}

fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn error(config: &str) -> String {
    testing::plan::<ParquetExtract>(config, None)
        .unwrap_err()
        .to_string()
}

#[test]
fn columns_in_the_order_asked_for() {
    testing::put_object("a.parquet", fixture("spark-zstd.parquet"));
    let config = r#"{"path": "a.parquet", "columns": ["text", "pair", "id"]}"#;
    let outcome = testing::extract::<ParquetExtract>(config).unwrap();
    let rows = json(&outcome.batches());
    assert_eq!(
        rows[0],
        json!({"text": "ash", "pair": {"left": 0, "right": "r0"}, "id": 0})
    );
    let names: Vec<_> = rows[0].as_object().unwrap().keys().collect();
    assert_eq!(names, ["text", "pair", "id"]);
}

#[test]
fn only_the_columns_asked_for_count_as_bytes() {
    testing::put_object("a.parquet", fixture("spark-zstd.parquet"));
    let bytes = |config: &str| -> u64 {
        testing::plan::<ParquetExtract>(config, None)
            .unwrap()
            .splits
            .iter()
            .map(|s| s.bytes)
            .sum()
    };
    let all = bytes(r#"{"path": "a.parquet"}"#);
    let one = bytes(r#"{"path": "a.parquet", "columns": ["id"]}"#);
    assert!(one > 0 && one * 5 < all, "{one} of {all}");
}

#[test]
fn a_column_that_is_not_there_is_named() {
    testing::put_object(
        "a.parquet",
        parquet(vec![("n", numbers([1])), ("m", numbers([1]))], 10),
    );
    assert_eq!(
        error(r#"{"path": "a.parquet", "columns": ["n", "x"]}"#),
        "\"a.parquet\" has no column \"x\": it has n, m"
    );
    assert_eq!(
        error(r#"{"path": "a.parquet", "columns": ["n", "n"]}"#),
        "cannot read \"a.parquet\" as parquet: column \"n\" is asked for twice"
    );
}

#[test]
fn files_with_the_same_columns_are_one_table() {
    testing::put_object(
        "a.parquet",
        parquet(vec![("n", numbers([1])), ("t", texts(&["a"]))], 10),
    );
    testing::put_object(
        "b.parquet",
        parquet(vec![("t", texts(&["b"])), ("n", numbers([2]))], 10),
    );
    let outcome = testing::extract::<ParquetExtract>(r#"{"path": "*.parquet"}"#).unwrap();
    let batches = outcome.batches();
    assert_eq!(batches[0].schema(), batches[1].schema());
    assert_eq!(
        json(&batches),
        [json!({"n": 1, "t": "a"}), json!({"n": 2, "t": "b"})]
    );
}

#[test]
fn other_columns_in_another_file_are_named() {
    testing::put_object(
        "a.parquet",
        parquet(
            vec![
                ("n", numbers([1])),
                ("gone", numbers([1])),
                ("same", numbers([1])),
            ],
            10,
        ),
    );
    testing::put_object(
        "b.parquet",
        parquet(
            vec![
                ("n", texts(&["1"])),
                ("more", numbers([1])),
                ("same", numbers([2])),
            ],
            10,
        ),
    );
    assert_eq!(
        error(r#"{"path": ["a.parquet", "b.parquet"]}"#),
        "\"b.parquet\" has other columns than \"a.parquet\": \"gone\" is missing, \"n\" is Utf8 \
         and not Int64, \"more\" is not in the first file; read them in two tasks, or name the \
         columns they share in `columns`"
    );
    let config = r#"{"path": ["a.parquet", "b.parquet"], "columns": ["same"]}"#;
    let outcome = testing::extract::<ParquetExtract>(config).unwrap();
    assert_eq!(
        json(&outcome.batches()),
        [json!({"same": 1}), json!({"same": 2})]
    );
}

#[test]
fn small_row_groups_share_a_split() {
    testing::put_object("a.parquet", parquet(vec![("n", numbers(0..1000))], 10));
    let splits = |config: &str| {
        testing::plan::<ParquetExtract>(config, None)
            .unwrap()
            .splits
            .len()
    };
    assert_eq!(splits(r#"{"path": "a.parquet"}"#), 1);
    let some = splits(r#"{"path": "a.parquet", "split-size": "1 KiB"}"#);
    assert!((2..100).contains(&some), "{some}");
    assert_eq!(splits(r#"{"path": "a.parquet", "split-size": 1}"#), 100);
}

#[test]
fn long_rows_behind_a_short_dictionary_come_in_short_batches() {
    // One long text for most rows: encoded it is short, decoded 300 MB.
    let long = "x".repeat(100_000);
    let texts = (0..3000).map(|n| if n < 1024 { "short" } else { long.as_str() });
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values(texts));
    testing::put_object(
        "a.parquet",
        parquet(vec![("n", numbers(0..3000)), ("t", texts)], 10_000),
    );
    let outcome = testing::extract::<ParquetExtract>(r#"{"path": "a.parquet"}"#).unwrap();
    assert!(
        outcome.chunks.len() > 150,
        "{} chunks",
        outcome.chunks.len()
    );
    let batches = outcome.batches();
    let rows: Vec<i64> = batches
        .iter()
        .flat_map(|batch| {
            let column = batch
                .column(0)
                .as_any()
                .downcast_ref::<Int64Array>()
                .unwrap();
            column.values().to_vec()
        })
        .collect();
    assert!(rows.into_iter().eq(0..3000));
}

#[test]
fn a_changed_file_ends_the_job() {
    testing::put_object("a.parquet", parquet(vec![("n", numbers(0..1000))], 10));
    let config = r#"{"path": "a.parquet"}"#;
    let splits = testing::plan::<ParquetExtract>(config, None)
        .unwrap()
        .splits;
    testing::put_object("a.parquet", parquet(vec![("n", numbers(0..999))], 10));
    let error = testing::extract_split::<ParquetExtract>(config, splits[0].clone()).unwrap_err();
    assert_eq!(error.to_string(), "\"a.parquet\" changed while the job ran");
}
