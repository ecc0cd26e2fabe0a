//! The extract task.

use bubbles_files::{Compression, Reader};
use bubbles_sdk::{Context, Error, Extract, Format, Source, Split};

use crate::batch::{Place, Records};
use crate::config::ReadConfig;
use crate::plan::{self, Piece};

/// Reads csv files as typed columns.
pub struct CsvExtract;

impl Extract for CsvExtract {
    type Config = ReadConfig;
    const SUMMARY: &'static str = "reads csv files as typed columns";
    const PRODUCES: Format = Format::Arrow;

    fn plan(config: ReadConfig, _bookmark: Option<Vec<u8>>) -> Result<Source, Error> {
        plan::plan(&config)
    }

    fn run(config: ReadConfig, split: Split, _context: Context) -> Result<(), Error> {
        let piece: Piece = serde_json::from_slice(&split.payload)
            .map_err(|error| Error::fatal(format!("a split cannot be read: {error}")))?;
        read(&config, &piece)
    }
}

fn read(config: &ReadConfig, piece: &Piece) -> Result<(), Error> {
    let Piece {
        file,
        compression,
        start,
        end,
        table,
    } = piece;
    file.check_unchanged()?;
    let mut records = Records::new(&file.url, config, table.clone())?;
    let (mut reader, mut skip) = match compression {
        Compression::None => (Reader::range(file, *start, end.unwrap_or(file.size)), 0),
        packed => (Reader::whole(file, *packed), *start),
    };
    let mut offset = *start;
    let mut buffer: Vec<u8> = Vec::new();
    while let Some(mut bytes) = reader.next_piece()? {
        if skip > 0 {
            let skipped = skip.min(bytes.len() as u64);
            bytes.drain(..skipped as usize);
            skip -= skipped;
        }
        if buffer.is_empty() {
            buffer = bytes;
        } else {
            buffer.extend_from_slice(&bytes);
        }
        let taken = records.read(Place {
            bytes: &buffer,
            offset,
        })?;
        buffer.drain(..taken);
        offset += taken as u64;
    }
    let rest = Place {
        bytes: &buffer,
        offset,
    };
    match end {
        None => records.finish(rest),
        Some(_) if buffer.is_empty() => records.emit(),
        Some(_) => Err(Error::Fatal(format!(
            "{:?}: the quotes around byte {offset} do not match, so that it cannot be read in \
             pieces: set split-size over the size of the file",
            file.url
        ))),
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Float64Type, Int64Type};
    use arrow_array::{Array, RecordBatch};
    use arrow_schema::DataType;
    use bubbles_sdk::arrow::select::concat::concat_batches;
    use bubbles_sdk::testing::{self, Outcome};
    use proptest::prelude::*;

    use super::*;

    fn extract(config: &str) -> Outcome {
        testing::extract::<CsvExtract>(config).unwrap()
    }

    fn message(config: &str) -> String {
        testing::take();
        let error = testing::extract::<CsvExtract>(config).unwrap_err();
        assert!(matches!(error, Error::Fatal(_)), "{error:?}");
        error.to_string()
    }

    fn rows(outcome: &Outcome) -> usize {
        outcome.batches().iter().map(RecordBatch::num_rows).sum()
    }

    fn one(outcome: &Outcome) -> RecordBatch {
        let batches = outcome.batches();
        concat_batches(&batches[0].schema(), &batches).unwrap()
    }

    const FLIGHTS: &str = "year,dep_time,arr_delay,carrier,tailnum,dist,time_hour,day\r\n\
        2013,517,11,UA,N14228,1400.5,2013-01-01T10:00:00Z,2013-01-01\r\n\
        2013,NA,NA,AA,NA,1089,2013-01-01T10:00:00Z,\r\n\
        2013,554,-25,\"DL, \"\"Inc\"\"\",\"\",762,2013-01-01T11:00:00Z,2013-01-02\r\n";

    #[test]
    fn types_are_inferred_and_nulls_are_none() {
        testing::put_object("flights.csv", FLIGHTS);
        let outcome = extract(r#"{"path": "flights.csv"}"#);
        assert_eq!(outcome.rejects, []);
        let batch = one(&outcome);
        let schema = batch.schema();
        let types: Vec<_> = schema
            .fields()
            .iter()
            .map(|field| field.data_type())
            .collect();
        let utc = crate::table::ColumnType::TimestampUtc.data_type();
        let (int, text) = (&DataType::Int64, &DataType::Utf8);
        let expected = [
            int,
            int,
            int,
            text,
            text,
            &DataType::Float64,
            &utc,
            &DataType::Date32,
        ];
        assert_eq!(types, expected);
        let dep_time: Vec<_> = batch.column(1).as_primitive::<Int64Type>().iter().collect();
        assert_eq!(dep_time, [Some(517), None, Some(554)]);
        let carriers: Vec<_> = batch.column(3).as_string::<i32>().iter().collect();
        assert_eq!(carriers, [Some("UA"), Some("AA"), Some("DL, \"Inc\"")]);
        // What is quoted is a text, though an empty one.
        let tails: Vec<_> = batch.column(4).as_string::<i32>().iter().collect();
        assert_eq!(tails, [Some("N14228"), None, Some("")]);
        assert_eq!(
            batch.column(5).as_primitive::<Float64Type>().values(),
            &[1400.5, 1089.0, 762.0]
        );
        assert_eq!(batch.column(7).null_count(), 1);
    }

    #[test]
    fn only_the_columns_asked_for_are_read() {
        testing::put_object("flights.csv", FLIGHTS);
        let config =
            r#"{"path": "flights.csv", "columns": ["day", "year"], "schema": {"year": "string"}}"#;
        let batch = one(&extract(config));
        let schema = batch.schema();
        let names: Vec<_> = schema
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .collect();
        assert_eq!(names, ["day", "year"]);
        assert_eq!(batch.column(1).as_string::<i32>().value(0), "2013");
    }

    #[test]
    fn files_without_header_and_with_other_separators() {
        testing::put_object("a.tsv", "1\t'x\ty'\n2\t'it''s'\n");
        let config = r#"{"path": "a.tsv", "delimiter": "\t", "quote": "'", "header": false, "names": ["n", "t"]}"#;
        let batch = one(&extract(config));
        let texts: Vec<_> = batch
            .column(1)
            .as_string::<i32>()
            .iter()
            .flatten()
            .collect();
        assert_eq!(texts, ["x\ty", "it's"]);
        let config = r#"{"path": "a.tsv", "delimiter": "\t", "quote": "", "header": false}"#;
        let batch = one(&extract(config));
        assert_eq!(batch.schema().field(0).name(), "column_1");
        assert_eq!(testing::take().rejects, []);
    }

    #[test]
    fn bad_rows_are_rejected_with_the_reason_and_the_rest_goes_on() {
        let mut text = b"n,t\n1,a\nx,b\n2\n3,c,d\n4,\"e\"f\n5,\xff\n\n6,g\n7,\"torn".to_vec();
        testing::put_object("bad.csv", text.clone());
        let config = r#"{"path": "bad.csv", "schema": {"n": "int"}}"#;
        let outcome = extract(config);
        assert_eq!(rows(&outcome), 2);
        let rejects: Vec<(String, String)> = outcome
            .rejects
            .iter()
            .map(|reject| {
                (
                    String::from_utf8_lossy(&reject.record).into_owned(),
                    reject.reason.clone(),
                )
            })
            .collect();
        let has = |record: &str, reason: &str| {
            assert!(
                rejects
                    .iter()
                    .any(|(bytes, why)| bytes == record && why.contains(reason)),
                "{record:?}, {reason:?}: {rejects:?}"
            );
        };
        assert_eq!(rejects.len(), 6);
        has(
            "x,b",
            "\"bad.csv\", record at byte 8: column \"n\": \"x\" is not an int",
        );
        has("2", "1 field where there should be 2");
        has("3,c,d", "3 fields where there should be 2");
        has(
            "4,\"e\"f",
            "column \"t\": the quotes of \"\\\"e\\\"f\" do not match",
        );
        has("5,\u{fffd}", "column \"t\": \"\u{fffd}\" is not UTF-8");
        has("7,\"torn", "a quote is not closed before the file ends");
        // The same in a big file: in = out + rejected.
        text.truncate(text.len() - "7,\"torn".len());
        let block = text.split_off(4);
        testing::put_object(
            "bad.csv",
            [b"n,t\n".to_vec(), block.repeat(20_000)].concat(),
        );
        let outcome =
            extract(r#"{"path": "bad.csv", "schema": {"n": "int"}, "split-size": "100kB"}"#);
        assert_eq!((rows(&outcome), outcome.rejects.len()), (40_000, 100_000));
    }

    #[test]
    fn what_is_not_there_is_named() {
        assert_eq!(message(r#"{"path": "no.csv"}"#), "no such file \"no.csv\"");
        assert_eq!(
            message(r#"{"path": ["no/*.csv"]}"#),
            "no file matches \"no/*.csv\""
        );
        testing::put_object("empty.csv", "");
        assert!(message(r#"{"path": "empty.csv"}"#).starts_with("\"empty.csv\" is empty"));
        testing::put_object("a.csv", "x,y\n1,2\n");
        testing::put_object("b.csv", "x,z\n1,2\n");
        let mismatch =
            "\"b.csv\" has not the columns of \"a.csv\": it has [\"z\"] instead of [\"y\"]";
        assert_eq!(message(r#"{"path": ["a.csv", "b.csv"]}"#), mismatch);
        let unknown = "columns names \"q\"; the columns are [\"x\", \"y\"]";
        assert_eq!(message(r#"{"path": "a.csv", "columns": ["q"]}"#), unknown);
        testing::put_object("c.csv", "x,x\n1,2\n");
        assert_eq!(
            message(r#"{"path": "c.csv"}"#),
            "\"c.csv\" has two columns called \"x\""
        );
    }

    #[test]
    fn a_header_alone_is_a_table_without_rows() {
        testing::put_object("a.csv", "x,y");
        let outcome = extract(r#"{"path": "a.csv"}"#);
        assert_eq!((outcome.chunks.len(), outcome.rejects.len()), (0, 0));
        testing::put_object("b.csv", "");
        testing::put_object("c.csv", "\u{feff}x,y\n1,2");
        assert_eq!(rows(&extract(r#"{"path": "?.csv"}"#)), 1);
    }

    #[test]
    fn a_file_that_changes_is_noticed() {
        testing::put_object("a.csv", "x,y\n1,2\n");
        let source = testing::plan::<CsvExtract>(r#"{"path": "a.csv"}"#, None).unwrap();
        testing::put_object("a.csv", "x,y\n1,2\n3,4\n");
        let split = source.splits[0].clone();
        let error =
            testing::extract_split::<CsvExtract>(r#"{"path": "a.csv"}"#, split).unwrap_err();
        assert_eq!(error.to_string(), "\"a.csv\" changed while the job ran");
    }

    #[test]
    fn a_line_without_end_is_an_error_that_says_where() {
        let long = ["n,t\n1,a\n2,".as_bytes(), &vec![b'x'; 3 << 20], b"\n3,b\n"].concat();
        testing::put_object("long.csv", long);
        let error = message(r#"{"path": "long.csv"}"#);
        assert!(
            error.starts_with("\"long.csv\": the record at byte 8 is longer than 1 MiB"),
            "{error}"
        );
        assert_eq!(
            rows(&extract(r#"{"path": "long.csv", "max-record": "4 MiB"}"#)),
            3
        );
    }

    #[test]
    fn packed_files_are_read_too() {
        let text = "n,t\n".to_owned() + &"1,\"a\nb\"\n".repeat(200_000);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut gzip, text.as_bytes()).unwrap();
        testing::put_object("a.csv.gz", gzip.finish().unwrap());
        let level = ruzstd::encoding::CompressionLevel::Fastest;
        testing::put_object(
            "b.csv.zst",
            ruzstd::encoding::compress_to_vec(text.as_bytes(), level),
        );
        let source =
            testing::plan::<CsvExtract>(r#"{"path": "*.csv.*", "split-size": 1000}"#, None);
        assert_eq!(source.unwrap().splits.len(), 2);
        assert_eq!(rows(&extract(r#"{"path": "*.csv.*"}"#)), 400_000);
        testing::put_object("c.csv.gz", text);
        assert!(message(r#"{"path": "c.csv.gz"}"#).contains("is named as gzip"));
    }

    #[test]
    fn csv_inside_csv_is_not_mistaken() {
        // Every quoted text is itself csv of the right width.
        let inner = "1,2,3\n".repeat(50);
        let text = "a,b,c\n".to_owned() + &format!("7,\"{inner}\",8\n").repeat(100);
        testing::put_object("nested.csv", text);
        for size in ["1000", "1111", "5000"] {
            let config =
                format!(r#"{{"path": "nested.csv", "max-record": 500, "split-size": {size}}}"#);
            let outcome = extract(&config);
            assert_eq!((rows(&outcome), outcome.rejects.len()), (100, 0), "{size}");
        }
    }

    #[test]
    fn big_files_are_cut_by_what_is_seen_from_the_middle() {
        let quoted = |n: usize| format!("{n},\"text of {n}\n, \"\"so\"\" it is\",{}\n", n * 7);
        let plain = |n: usize| format!("{n},text of {n},{}\n", n * 7);
        let files: [Vec<String>; 3] = [
            (0..40_000).map(quoted).collect(),
            (0..40_000).map(plain).collect(),
            (0..40_000)
                .map(|n| if n % 5000 < 2500 { quoted(n) } else { plain(n) })
                .collect(),
        ];
        for rows in files {
            testing::put_object("big.csv", format!("n,text,m\n{}", rows.concat()));
            let whole = one(&extract(r#"{"path": "big.csv"}"#));
            let config = r#"{"path": "big.csv", "split-size": "100 kB", "max-record": "4 kB"}"#;
            let splits = testing::plan::<CsvExtract>(config, None).unwrap().splits;
            assert!(splits.len() >= 8, "{}", splits.len());
            let outcome = extract(config);
            assert_eq!(outcome.rejects, []);
            assert_eq!(one(&outcome), whole);
            assert_eq!(whole.num_rows(), 40_000);
        }
    }

    fn cell() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "[a-z0-9]{0,6}",
            1 => "\"([a-z,\n]|\"\"){0,12}\"",
            1 => "\"([0-9],[0-9]\n){0,3}\"",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn any_split_size_gives_the_same_rows(
            cells in prop::collection::vec((cell(), cell()), 1..60),
            newline in "\r?\n",
            last_newline: bool,
            split_size in 1_u64..400,
            max_record in 100_u64..300,
        ) {
            let mut text = format!("a,b{newline}");
            for (a, b) in &cells {
                text += &format!("{a},{b}{newline}");
            }
            if !last_newline {
                text.truncate(text.len() - newline.len());
            }
            testing::put_object("p.csv", text);
            let settings = r#""path": "p.csv", "schema": {"a": "string", "b": "string"}"#;
            let whole = extract(&format!("{{{settings}}}"));
            let split = extract(&format!(
                r#"{{{settings}, "split-size": {split_size}, "max-record": {max_record}}}"#
            ));
            prop_assert_eq!(&whole.rejects, &[]);
            prop_assert_eq!(&split.rejects, &[]);
            prop_assert_eq!(one(&whole), one(&split));
            prop_assert_eq!(rows(&whole), cells.len());
        }
    }
}
