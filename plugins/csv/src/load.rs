//! The load task.

use bubbles_files::Sink;
use bubbles_sdk::{Context, Error, Format, Load, arrow};

use crate::config::WriteConfig;
use crate::write::Writer;

/// Writes rows as csv.
pub struct CsvLoad {
    /// None once it is prepared.
    sink: Option<Sink>,
    writer: Writer,
    buffer: Vec<u8>,
}

impl Load for CsvLoad {
    type Config = WriteConfig;
    const SUMMARY: &'static str = "writes csv: a part for each partition, or one file";
    const ACCEPTS: &'static [Format] = &[Format::Arrow];

    fn open(config: WriteConfig, context: Context) -> Result<Self, Error> {
        let sink = Sink::create(&config.output(), &context)?;
        let writer = Writer::new(config.delimiter.0, config.null, config.header);
        Ok(Self {
            sink: Some(sink),
            writer,
            buffer: Vec::new(),
        })
    }

    fn write(&mut self, chunk: Vec<u8>) -> Result<(), Error> {
        let batches = arrow::decode(chunk)?;
        self.buffer.clear();
        for batch in &batches {
            self.writer.write(batch, &mut self.buffer)?;
        }
        self.sink.as_mut().ok_or_else(prepared)?.write(&self.buffer)
    }

    fn prepare(&mut self) -> Result<Vec<u8>, Error> {
        self.sink.take().ok_or_else(prepared)?.prepare()
    }

    fn commit(config: WriteConfig, receipts: Vec<Vec<u8>>) -> Result<(), Error> {
        config.output().commit(&receipts)
    }

    fn abort(config: WriteConfig, receipts: Vec<Vec<u8>>) -> Result<(), Error> {
        config.output().abort(&receipts)
    }
}

fn prepared() -> Error {
    Error::fatal("nothing can be written once the output is prepared")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::types::Int32Type;
    use arrow_array::{ArrayRef, Float64Array, Int64Array, ListArray, RecordBatch, StringArray};
    use bubbles_sdk::testing;

    use super::*;
    use crate::CsvExtract;

    fn chunk() -> Vec<u8> {
        let names = StringArray::from(vec![
            Some("a,b"),
            Some(""),
            None,
            Some("x \"y\"\n"),
            Some("NA"),
        ]);
        let columns: Vec<(&str, ArrayRef)> = vec![
            (
                "n",
                Arc::new(Int64Array::from(vec![
                    Some(1),
                    None,
                    Some(-3),
                    Some(4),
                    Some(5),
                ])),
            ),
            ("the name", Arc::new(names)),
            (
                "x",
                Arc::new(Float64Array::from(vec![0.5, 1.0, 1e300, -2.0, 0.1])),
            ),
        ];
        arrow::encode(&RecordBatch::try_from_iter(columns).unwrap())
    }

    #[test]
    fn rows_come_back_as_they_were() {
        testing::load::<CsvLoad>(r#"{"path": "out.csv"}"#, [chunk(), chunk()]).unwrap();
        let text = String::from_utf8(testing::object("out.csv").unwrap()).unwrap();
        let start = "n,the name,x\n1,\"a,b\",0.5\n,\"\",1.0\n-3,,1e+300\n4,\"x \"\"y\"\"\n\",-2.0\n5,\"NA\",0.1\n1,";
        assert!(text.replace("1e300", "1e+300").starts_with(start), "{text}");
        let outcome = testing::extract::<CsvExtract>(r#"{"path": "out.csv"}"#).unwrap();
        let batches = outcome.batches();
        let again = batches[0].slice(5, 5);
        assert_eq!(
            again.columns(),
            arrow::decode(chunk()).unwrap()[0].columns()
        );
    }

    #[test]
    fn parts_replace_those_of_an_earlier_job() {
        for name in ["out/part-00000.csv", "out/part-00007.csv", "out/notes.txt"] {
            testing::put_object(name, "old");
        }
        let config = r#"{"path": "out/"}"#;
        let receipts: Vec<_> = (0..2)
            .map(|split| {
                let context = Context {
                    split,
                    splits: 2,
                    ..Context::default()
                };
                testing::prepare::<CsvLoad>(config, context, [chunk()]).unwrap()
            })
            .collect();
        assert_eq!(testing::object("out/part-00000.csv").unwrap(), b"old");
        for _ in 0..2 {
            testing::commit::<CsvLoad>(config, receipts.clone()).unwrap();
            let expected = ["out/notes.txt", "out/part-00000.csv", "out/part-00001.csv"];
            assert_eq!(testing::objects(), expected);
        }
        assert_ne!(testing::object("out/part-00000.csv").unwrap(), b"old");
    }

    #[test]
    fn what_cannot_be_written_is_said_before_anything_is() {
        let many = Context {
            splits: 3,
            task: "out".to_owned(),
            ..Context::default()
        };
        let error = testing::prepare::<CsvLoad>(r#"{"path": "a.csv"}"#, many, []).unwrap_err();
        assert!(
            error
                .message()
                .contains("set gather = true on task \"out\""),
            "{error}"
        );
        testing::put_object("a.csv", "old");
        let config = r#"{"path": "a.csv", "if-exists": "fail"}"#;
        let error = testing::load::<CsvLoad>(config, []).unwrap_err();
        assert_eq!(
            error.message(),
            "\"a.csv\" exists, and if-exists is \"fail\""
        );
        let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)])]);
        let batch = RecordBatch::try_from_iter([("l", Arc::new(lists) as ArrayRef)]).unwrap();
        let error = testing::load::<CsvLoad>(r#"{"path": "b.csv"}"#, [arrow::encode(&batch)]);
        assert!(
            error
                .unwrap_err()
                .message()
                .starts_with("column \"l\" is List")
        );
        assert_eq!(testing::objects(), ["a.csv"]);
    }

    #[test]
    fn packed_output_is_read_back() {
        for path in ["out.csv.gz", "out.csv.zst"] {
            let config = format!(r#"{{"path": "{path}"}}"#);
            testing::load::<CsvLoad>(&config, vec![chunk(); 1000]).unwrap();
            let outcome = testing::extract::<CsvExtract>(&config).unwrap();
            let rows: usize = outcome.batches().iter().map(RecordBatch::num_rows).sum();
            assert_eq!(rows, 5000, "{path}");
        }
    }
}
