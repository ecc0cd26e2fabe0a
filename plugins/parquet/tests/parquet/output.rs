//! What the load writes, read again by the extract and by the parquet crate.

use std::sync::Arc;

use bubbles_plugin_parquet::{ParquetExtract, ParquetLoad};
use bubbles_sdk::arrow::array::{
    ArrayRef, Int64Array, ListArray, RecordBatch, StringArray, StructArray, types::Int64Type,
};
use bubbles_sdk::arrow::schema::{DataType, Field, Schema};
use bubbles_sdk::{Context, arrow, testing};
use bytes::Bytes;
use parquet::basic::Compression;
use parquet::file::reader::{FileReader, SerializedFileReader};

use super::json;

fn batch(rows: std::ops::Range<i64>) -> RecordBatch {
    let names = rows
        .clone()
        .map(|n| (n % 3 != 0).then(|| format!("name-{}", n % 100)));
    let lists = rows
        .clone()
        .map(|n| (n % 5 != 0).then(|| (0..n % 4).map(Some)));
    let lists = ListArray::from_iter_primitive::<Int64Type, _, _>(lists);
    let inner: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.clone()));
    let pair = StructArray::from(vec![(
        Arc::new(Field::new("n", DataType::Int64, true)),
        inner,
    )]);
    let columns: Vec<(&str, ArrayRef, bool)> = vec![
        ("id", Arc::new(Int64Array::from_iter_values(rows)), true),
        ("name", Arc::new(names.collect::<StringArray>()), true),
        ("list", Arc::new(lists), true),
        ("pair", Arc::new(pair), true),
    ];
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

fn part(number: u32, of: u32) -> Context {
    Context {
        split: number,
        splits: of,
        task: "out".to_owned(),
        ..Context::default()
    }
}

fn read(path: &str) -> Vec<serde_json::Value> {
    let config = serde_json::json!({ "path": path }).to_string();
    json(
        &testing::extract::<ParquetExtract>(&config)
            .unwrap()
            .batches(),
    )
}

fn file(url: &str) -> SerializedFileReader<Bytes> {
    SerializedFileReader::new(Bytes::from(testing::object(url).unwrap())).unwrap()
}

#[test]
fn every_codec_comes_back() {
    let rows = batch(0..5000);
    for (codec, written) in [
        ("snappy", Compression::SNAPPY),
        ("zstd", Compression::ZSTD(Default::default())),
        ("gzip", Compression::GZIP(Default::default())),
        ("lz4", Compression::LZ4_RAW),
        ("none", Compression::UNCOMPRESSED),
    ] {
        let config = format!(r#"{{"path": "out.parquet", "compression": "{codec}"}}"#);
        let chunks = [
            arrow::encode(&rows.slice(0, 3000)),
            arrow::encode(&rows.slice(3000, 2000)),
        ];
        testing::load::<ParquetLoad>(&config, chunks).unwrap();
        assert!(
            read("out.parquet") == json(std::slice::from_ref(&rows)),
            "{codec}"
        );
        let column = file("out.parquet")
            .metadata()
            .row_group(0)
            .column(0)
            .compression();
        assert_eq!(
            std::mem::discriminant(&column),
            std::mem::discriminant(&written),
            "{codec}"
        );
    }
}

#[test]
fn a_part_for_every_split_that_has_chunks() {
    testing::put_object("out/part-00007.parquet", b"of an earlier job".to_vec());
    let config = r#"{"path": "out/"}"#;
    let receipts: Vec<Vec<u8>> = [
        vec![arrow::encode(&batch(0..10))],
        vec![],
        vec![arrow::encode(&batch(10..20)), arrow::encode(&batch(20..30))],
    ]
    .into_iter()
    .zip(0..)
    .map(|(chunks, split)| testing::prepare::<ParquetLoad>(config, part(split, 3), chunks).unwrap())
    .collect();
    assert_eq!(
        testing::objects(),
        ["out/part-00007.parquet"],
        "nothing shows before the commit"
    );
    for _ in 0..2 {
        testing::commit::<ParquetLoad>(config, receipts.clone()).unwrap();
        assert_eq!(
            testing::objects(),
            ["out/part-00000.parquet", "out/part-00002.parquet"]
        );
    }
    assert_eq!(read("out/*.parquet").len(), 30);
}

#[test]
fn columns_without_rows_are_a_file_without_rows() {
    let schema = Schema::new(vec![Field::new("id", DataType::Int64, true)]);
    let chunk = arrow::encode_all(&schema, &[]);
    testing::load::<ParquetLoad>(r#"{"path": "out.parquet"}"#, [chunk]).unwrap();
    assert_eq!(file("out.parquet").metadata().file_metadata().num_rows(), 0);
    assert!(read("out.parquet").is_empty());
}

#[test]
fn no_chunk_is_no_file() {
    testing::load::<ParquetLoad>(r#"{"path": "out.parquet"}"#, []).unwrap();
    assert_eq!(testing::objects(), [""; 0]);
}

#[test]
fn row_groups_are_bounded() {
    // 2.5 million rows: three groups by rows.
    let rows = 2_500_000;
    let chunks = (0..rows).step_by(100_000).map(|start| {
        let column: ArrayRef = Arc::new(Int64Array::from_iter_values(start..start + 100_000));
        arrow::encode(&RecordBatch::try_from_iter([("n", column)]).unwrap())
    });
    testing::load::<ParquetLoad>(r#"{"path": "out.parquet", "compression": "none"}"#, chunks)
        .unwrap();
    let file = file("out.parquet");
    let groups: Vec<i64> = file
        .metadata()
        .row_groups()
        .iter()
        .map(|group| group.num_rows())
        .collect();
    assert_eq!(groups.iter().sum::<i64>(), rows);
    assert!(
        groups.len() >= 3 && groups.iter().all(|&rows| rows <= 1 << 20),
        "{groups:?}"
    );
}

#[test]
fn a_chunk_that_does_not_fit_is_refused_and_the_rest_goes_on() {
    use bubbles_sdk::Load;
    let config = serde_json::from_str(r#"{"path": "out.parquet"}"#).unwrap();
    let mut load = ParquetLoad::open(config, Context::default()).unwrap();
    load.write(arrow::encode(&batch(0..10))).unwrap();
    let other: ArrayRef = Arc::new(StringArray::from(vec!["x"]));
    let other = RecordBatch::try_from_iter([("id", other)]).unwrap();
    let error = load.write(arrow::encode(&other)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "column \"id\" is Utf8 in a chunk and Int64 in the file's first chunk: give it one type"
    );
    load.write(arrow::encode(&batch(10..20))).unwrap();
    let receipt = load.prepare().unwrap();
    testing::commit::<ParquetLoad>(r#"{"path": "out.parquet"}"#, vec![receipt]).unwrap();
    assert_eq!(read("out.parquet").len(), 20);
}

#[test]
fn one_file_of_several_partitions_is_an_error() {
    let error = testing::prepare::<ParquetLoad>(r#"{"path": "out.parquet"}"#, part(0, 2), []);
    assert!(error.unwrap_err().to_string().contains("gather = true"));
}
