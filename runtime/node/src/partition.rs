//! Spreads rows over partitions by their key.
//!
//! Rows with equal keys get the same partition on every node and in either
//! format: the hash is the one of [`bubbles_pipeline::hash`], and a value is
//! hashed as the json that the runtime would convert it to. So a date is its
//! text, and a decimal its number.

mod arrow;
mod fields;
mod json;
mod keys;

use std::num::NonZeroU32;

use bubbles_pipeline::Format;
use thiserror::Error;

use crate::formats::{CHUNK_BYTES, FormatError};

/// Rows that wait for their chunk to fill, over all partitions of an attempt:
/// enough for full chunks in sixteen partitions, and smaller ones in more.
const WAITING_BYTES: usize = 16 << 20;

/// Chunks of fewer bytes than this cost more to hand on than they hold, however
/// many partitions there are.
const SMALLEST_CHUNK_BYTES: usize = 16 << 10;

/// Why rows cannot be partitioned; `E` is the failure of whoever takes them.
#[derive(Debug, Error)]
pub(crate) enum PartitionError<E> {
    /// The rows were not taken.
    #[error("the rows of a partition were not taken")]
    Out(E),
    /// The key is not among the columns.
    #[error("no column `{column}` to partition by; there {}", these(columns))]
    MissingColumn {
        /// The key.
        column: String,
        /// What there is instead.
        columns: Vec<String>,
    },
    /// Opaque bytes have no columns.
    #[error("chunks of bytes have no columns to partition by; emit json or arrow")]
    NoColumns,
    /// A chunk is malformed.
    #[error(transparent)]
    Format(#[from] FormatError),
}

/// Takes a chunk of the partition of that number.
pub(crate) type Taker<'a, E> = dyn FnMut(usize, &[u8]) -> Result<(), E> + 'a;

/// Partitions the output of one attempt.
#[derive(Debug)]
pub(crate) struct Partitioner {
    rows: Rows,
}

#[derive(Debug)]
enum Rows {
    Arrow(arrow::ArrowRows),
    Json(json::JsonRows),
    Opaque,
}

impl Partitioner {
    /// A partitioner that holds no rows yet, of one or more partitions.
    pub(crate) fn new(format: Format, keys: Vec<String>, partitions: usize) -> Self {
        let partitions = u32::try_from(partitions).ok().and_then(NonZeroU32::new);
        let partitions = partitions.expect("a stage has a partition, and they are numbered in u32");
        let chunk_bytes = chunk_bytes(partitions);
        let rows = match format {
            Format::Arrow => Rows::Arrow(arrow::ArrowRows::new(keys, partitions, chunk_bytes)),
            Format::Json => Rows::Json(json::JsonRows::new(keys, partitions, chunk_bytes)),
            Format::Bytes => Rows::Opaque,
        };
        Self { rows }
    }

    /// Takes the rows of a chunk, and hands chunks that are full, with their
    /// partition, to `out`. After an error the partitioner is of no more use.
    pub(crate) fn push<E>(
        &mut self,
        chunk: &[u8],
        out: &mut Taker<'_, E>,
    ) -> Result<(), PartitionError<E>> {
        match &mut self.rows {
            Rows::Arrow(rows) => rows.push(chunk, out),
            Rows::Json(rows) => rows.push(chunk, out),
            Rows::Opaque => Err(PartitionError::NoColumns),
        }
    }

    /// Hands out the rows that still wait.
    pub(crate) fn finish<E>(&mut self, out: &mut Taker<'_, E>) -> Result<(), PartitionError<E>> {
        match &mut self.rows {
            Rows::Arrow(rows) => rows.flush(out),
            Rows::Json(rows) => rows.finish(out),
            Rows::Opaque => Ok(()),
        }
    }
}

fn chunk_bytes(partitions: NonZeroU32) -> usize {
    (WAITING_BYTES / partitions.get() as usize).clamp(SMALLEST_CHUNK_BYTES, CHUNK_BYTES)
}

fn these(columns: &[String]) -> String {
    match columns {
        [] => "are none".into(),
        [one] => format!("is `{one}`"),
        many => format!("are `{}`", many.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};
    use std::convert::Infallible;
    use std::num::NonZeroU32;
    use std::sync::Arc;

    use arrow_array::cast::AsArray;
    use arrow_array::types::{Int8Type, Int64Type};
    use arrow_array::{
        ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array,
        Int64Array, RecordBatch, StringArray, StringViewArray,
    };
    use bubbles_pipeline::{Conversion, Format};
    use proptest::prelude::{Strategy, any, prop, prop_assert, prop_assert_eq, proptest};
    use serde_json::Value;

    use super::{PartitionError, Partitioner};
    use crate::formats::{CHUNK_BYTES, Converter, ipc, lines};

    type Chunks = Vec<(usize, Vec<u8>)>;
    type Row = (Option<i64>, Option<String>, bool, Option<i32>);

    fn partitioned(
        format: Format,
        keys: &[&str],
        partitions: u32,
        chunks: &[Vec<u8>],
    ) -> Result<Chunks, PartitionError<Infallible>> {
        let keys: Vec<_> = keys.iter().map(|key| (*key).to_owned()).collect();
        let mut partitioner = Partitioner::new(format, keys, partitions as usize);
        let mut output = Chunks::new();
        let mut keep = |partition, chunk: &[u8]| {
            output.push((partition, chunk.to_vec()));
            Ok(())
        };
        for chunk in chunks {
            partitioner.push(chunk, &mut keep)?;
        }
        partitioner.finish(&mut keep)?;
        Ok(output)
    }

    fn converted(conversion: Conversion, chunk: &[u8]) -> Vec<Vec<u8>> {
        let mut chunks = Vec::new();
        let mut keep = |chunk: &[u8]| {
            chunks.push(chunk.to_vec());
            Ok::<_, Infallible>(())
        };
        Converter::new(conversion)
            .convert(chunk, &mut keep)
            .unwrap();
        chunks
    }

    fn json_rows(format: Format, chunk: &[u8]) -> Vec<Value> {
        let json = match format {
            Format::Arrow => converted(Conversion::ArrowToJson, chunk).concat(),
            _ => chunk.to_vec(),
        };
        lines(&json)
            .map(|(_, line)| serde_json::from_slice(line).unwrap())
            .collect()
    }

    /// Every row with its partition, sorted.
    fn placed(format: Format, chunks: &Chunks) -> Vec<(String, usize)> {
        let rows = chunks.iter().flat_map(|(partition, chunk)| {
            json_rows(format, chunk)
                .into_iter()
                .map(|row| (row.to_string(), *partition))
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort();
        rows
    }

    fn batch(rows: &[Row]) -> RecordBatch {
        let columns: [(_, ArrayRef, _); 8] = [
            (
                "number",
                Arc::new(rows.iter().map(|row| row.0).collect::<Int64Array>()),
                true,
            ),
            (
                "half",
                Arc::new(
                    rows.iter()
                        .map(|row| row.0.map(|n| (n % 100) as f64 / 2.0))
                        .collect::<Float64Array>(),
                ),
                true,
            ),
            (
                "text",
                Arc::new(
                    rows.iter()
                        .map(|row| row.1.clone())
                        .collect::<StringArray>(),
                ),
                true,
            ),
            (
                "view",
                Arc::new(
                    rows.iter()
                        .map(|row| row.1.clone())
                        .collect::<StringViewArray>(),
                ),
                true,
            ),
            (
                "word",
                Arc::new(
                    rows.iter()
                        .map(|row| row.3.map(|n| ["UA", "AA", "B6"][n as usize % 3]))
                        .collect::<DictionaryArray<Int8Type>>(),
                ),
                true,
            ),
            (
                "flag",
                Arc::new(BooleanArray::from_iter(rows.iter().map(|row| Some(row.2)))),
                true,
            ),
            (
                "day",
                Arc::new(
                    rows.iter()
                        .map(|row| row.3.map(|n| n % 10))
                        .collect::<Date32Array>(),
                ),
                true,
            ),
            (
                "price",
                Arc::new(
                    rows.iter()
                        .map(|row| row.3.map(i128::from))
                        .collect::<Decimal128Array>()
                        .with_precision_and_scale(20, 2)
                        .unwrap(),
                ),
                true,
            ),
        ];
        RecordBatch::try_from_iter_with_nullable(columns).unwrap()
    }

    fn batches() -> impl Strategy<Value = Vec<RecordBatch>> {
        let row = (
            any::<Option<i64>>(),
            any::<Option<String>>(),
            any::<bool>(),
            prop::option::of(0..100_000i32),
        );
        let rows = prop::collection::vec(row, 0..60);
        prop::collection::vec(rows.prop_map(|rows| batch(&rows)), 1..5)
    }

    const KEYS: [&str; 8] = [
        "number", "half", "text", "view", "word", "flag", "day", "price",
    ];

    proptest! {
        #[test]
        fn rows_stay_the_same_and_so_do_their_partitions(
            batches in batches(),
            keys in prop::sample::subsequence(&KEYS[..], 1..4),
            partitions in 1u32..20,
        ) {
            let schema = batches[0].schema();
            let arrow = vec![
                ipc::encode(&schema, &batches).unwrap(),
                ipc::encode(&schema, &batches[..1]).unwrap(),
            ];
            let json: Vec<_> = arrow.iter().flat_map(|chunk| converted(Conversion::ArrowToJson, chunk)).collect();
            let by_arrow = partitioned(Format::Arrow, &keys, partitions, &arrow).unwrap();
            let by_json = partitioned(Format::Json, &keys, partitions, &json).unwrap();
            let placed = placed(Format::Arrow, &by_arrow);
            prop_assert_eq!(&placed, &super::tests::placed(Format::Json, &by_json));
            let mut all: Vec<_> = json.iter().flat_map(|chunk| json_rows(Format::Json, chunk)).map(|row| row.to_string()).collect();
            all.sort();
            prop_assert_eq!(placed.iter().map(|(row, _)| row.clone()).collect::<Vec<_>>(), all);
            let mut homes = HashMap::new();
            for (row, partition) in placed {
                let row: Value = serde_json::from_str(&row).unwrap();
                let key: Vec<_> = keys.iter().map(|key| row[*key].to_string()).collect();
                prop_assert!(*homes.entry(key).or_insert(partition) == partition);
                prop_assert!(partition < partitions as usize);
            }
        }
    }

    #[test]
    fn equal_numbers_meet_whatever_they_are_written_as() {
        let rows = [
            "{\"k\":3}",
            "{\"k\":3.0}",
            "{\"k\":30e-1}",
            "{\"x\":0,\"k\":3}\r",
            "{\"\\u006b\":3}",
        ];
        let chunk = rows.join("\n").into_bytes();
        let arrow: ArrayRef = Arc::new(
            Decimal128Array::from(vec![300])
                .with_precision_and_scale(5, 2)
                .unwrap(),
        );
        let batch = RecordBatch::try_from_iter([("k", arrow)]).unwrap();
        let arrow = ipc::encode(&batch.schema(), &[batch]).unwrap();
        let by_json = partitioned(Format::Json, &["k"], 1_000, &[chunk]).unwrap();
        let by_arrow = partitioned(Format::Arrow, &["k"], 1_000, &[arrow]).unwrap();
        assert_eq!((by_json.len(), by_arrow.len()), (1, 1));
        assert_eq!(by_json[0].0, by_arrow[0].0);
    }

    #[test]
    fn nulls_and_missing_fields_meet() {
        let chunk = b"{\"k\":null}\n{\"x\":1}\n{\"k\":1}\n".to_vec();
        let output = partitioned(Format::Json, &["k"], 1_000, &[chunk]).unwrap();
        let sizes: Vec<_> = output
            .iter()
            .map(|(_, chunk)| lines(chunk).count())
            .collect();
        assert!(sizes == [1, 2] || sizes == [2, 1], "{sizes:?}");
    }

    #[test]
    fn a_key_that_is_no_column_is_named() {
        let expected = "no column `carier` to partition by; there are `carrier`, `delay`";
        let json = b"{\"carrier\":\"UA\",\"delay\":1}\n".to_vec();
        let arrow = converted(Conversion::JsonToArrow, &json);
        let error = partitioned(Format::Json, &["carier"], 4, &[json]).unwrap_err();
        assert_eq!(error.to_string(), expected);
        let error = partitioned(Format::Arrow, &["carier"], 4, &arrow).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(partitioned(Format::Json, &["k"], 4, &[b"nonsense".to_vec()]).is_err());
        assert!(partitioned(Format::Arrow, &["k"], 4, &[b"nonsense".to_vec()]).is_err());
        assert!(partitioned(Format::Bytes, &["k"], 4, &[b"x".to_vec()]).is_err());
        assert_eq!(partitioned(Format::Json, &["k"], 4, &[]).unwrap(), []);
    }

    #[test]
    fn chunks_are_large_and_bounded() {
        let text: String = (0..400_000)
            .map(|n| format!("{{\"k\":{n},\"text\":\"some text of the row {n}\"}}\n"))
            .collect();
        let json: Vec<_> = text
            .as_bytes()
            .split_inclusive(|byte| *byte == b'\n')
            .collect::<Vec<_>>()
            .chunks(20_000)
            .map(|rows| rows.concat())
            .collect();
        let arrow: Vec<_> = json
            .iter()
            .flat_map(|chunk| converted(Conversion::JsonToArrow, chunk))
            .collect();
        for (format, chunks) in [(Format::Json, json), (Format::Arrow, arrow)] {
            for partitions in [4, 256] {
                let most = super::chunk_bytes(NonZeroU32::new(partitions).unwrap());
                let output = partitioned(format, &["k"], partitions, &chunks).unwrap();
                assert!(
                    output
                        .iter()
                        .all(|(_, chunk)| chunk.len() < most + CHUNK_BYTES / 2)
                );
                let expected = chunks.concat().len() / most + 2 * partitions as usize;
                assert!(
                    output.len() <= expected,
                    "{} of {expected} chunks",
                    output.len()
                );
            }
        }
    }

    #[test]
    fn columns_may_change_between_chunks() {
        let chunks = [
            "{\"k\":1}\n{\"k\":2}\n",
            "{\"k\":1,\"new\":\"x\"}\n",
            "{\"k\":1}\n",
        ];
        let chunks: Vec<_> = chunks
            .iter()
            .flat_map(|chunk| converted(Conversion::JsonToArrow, chunk.as_bytes()))
            .collect();
        let output = partitioned(Format::Arrow, &["k"], 8, &chunks).unwrap();
        let rows: BTreeMap<_, _> = placed(Format::Arrow, &output).into_iter().collect();
        assert_eq!(
            rows.keys().collect::<Vec<_>>(),
            ["{\"k\":1,\"new\":\"x\"}", "{\"k\":1}", "{\"k\":2}"]
        );
        assert_eq!(rows["{\"k\":1}"], rows["{\"k\":1,\"new\":\"x\"}"]);
    }

    #[test]
    fn a_piece_carries_only_its_own_words_and_views() {
        let words: Vec<_> = (0..100)
            .map(|n| format!("a word of more than twelve bytes {n}"))
            .collect();
        let dictionary: DictionaryArray<Int8Type> = words.iter().map(String::as_str).collect();
        let views: StringViewArray = words.iter().map(Some).collect();
        let numbers: Int64Array = (0..100).map(Some).collect();
        let columns: [(_, ArrayRef); 3] = [
            ("word", Arc::new(dictionary)),
            ("view", Arc::new(views)),
            ("k", Arc::new(numbers)),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let chunk = ipc::encode(&batch.schema(), &[batch]).unwrap();
        // More chunks than one dictionary of i8 could index without merging.
        let output = partitioned(Format::Arrow, &["k"], 100, &vec![chunk.clone(); 3]).unwrap();
        for (_, piece) in output {
            for batch in ipc::decode(&piece).unwrap().batches {
                let distinct: std::collections::BTreeSet<_> = batch["k"]
                    .as_primitive::<Int64Type>()
                    .values()
                    .iter()
                    .collect();
                assert_eq!(
                    batch["word"].as_any_dictionary().values().len(),
                    distinct.len()
                );
                let views = batch["view"].as_string_view();
                let bytes: usize = views.data_buffers().iter().map(|buffer| buffer.len()).sum();
                assert!(bytes <= 40 * batch.num_rows());
            }
        }
    }

    #[test]
    fn dictionaries_too_large_for_their_keys_stay_apart() {
        let chunks: Vec<_> = (0..5)
            .map(|chunk| {
                let words: Vec<_> = (0..100).map(|n| format!("{chunk}-{n}")).collect();
                let dictionary: DictionaryArray<Int8Type> =
                    words.iter().map(String::as_str).collect();
                let batch =
                    RecordBatch::try_from_iter([("word", Arc::new(dictionary) as ArrayRef)])
                        .unwrap();
                ipc::encode(&batch.schema(), &[batch]).unwrap()
            })
            .collect();
        let output = partitioned(Format::Arrow, &["word"], 2, &chunks).unwrap();
        assert_eq!(placed(Format::Arrow, &output).len(), 500);
    }
}
