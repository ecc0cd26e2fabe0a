//! The load task.

use bubbles_files::Sink;
use bubbles_sdk::{Context, Error, Format, Load, arrow};

use crate::config::WriteConfig;
use crate::rows;

/// Writes rows as JSON lines.
pub struct JsonlLoad {
    /// None once it is prepared.
    sink: Option<Sink>,
    omit_nulls: bool,
    buffer: Vec<u8>,
}

impl Load for JsonlLoad {
    type Config = WriteConfig;
    const SUMMARY: &'static str = "writes JSON lines: a part for each partition, or one file";
    const ACCEPTS: &'static [Format] = &[Format::Arrow, Format::Json];

    fn open(config: WriteConfig, context: Context) -> Result<Self, Error> {
        let sink = Sink::create(&config.output(), &context)?;
        Ok(Self {
            sink: Some(sink),
            omit_nulls: config.omit_nulls,
            buffer: Vec::new(),
        })
    }

    fn write(&mut self, mut chunk: Vec<u8>) -> Result<(), Error> {
        let sink = self.sink.as_mut().ok_or_else(prepared)?;
        if !is_arrow(&chunk) {
            if chunk.last().is_some_and(|last| *last != b'\n') {
                chunk.push(b'\n');
            }
            return sink.write(&chunk);
        }
        self.buffer.clear();
        for batch in arrow::decode(chunk)? {
            rows::write(&batch, self.omit_nulls, &mut self.buffer)?;
        }
        sink.write(&self.buffer)
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

/// An arrow stream begins with four bytes of ones, which no UTF-8 does.
fn is_arrow(chunk: &[u8]) -> bool {
    chunk.starts_with(&[0xff; 4])
}

fn prepared() -> Error {
    Error::fatal("nothing can be written once the output is prepared")
}

#[cfg(test)]
mod tests {
    use bubbles_sdk::testing;

    use super::*;

    #[test]
    fn arrow_and_json_are_both_written() {
        let arrow = testing::arrow_chunk(&[(1_i64, "a".to_owned()), (2, "b".to_owned())]);
        let chunks = [arrow, b"{\"c\": 3}".to_vec(), b"[4]\n".to_vec()];
        testing::load::<JsonlLoad>(r#"{"path": "out/"}"#, chunks).unwrap();
        assert_eq!(testing::objects(), ["out/part-00000.jsonl"]);
        let text = String::from_utf8(testing::object("out/part-00000.jsonl").unwrap()).unwrap();
        assert_eq!(
            text,
            "{\"0\":1,\"1\":\"a\"}\n{\"0\":2,\"1\":\"b\"}\n{\"c\": 3}\n[4]\n"
        );
    }

    #[test]
    fn an_aborted_output_leaves_nothing() {
        let config = r#"{"path": "out.jsonl"}"#;
        let receipt =
            testing::prepare::<JsonlLoad>(config, Context::default(), [b"1\n".to_vec()]).unwrap();
        for _ in 0..2 {
            testing::abort::<JsonlLoad>(config, vec![receipt.clone()]).unwrap();
        }
        assert_eq!(testing::objects(), Vec::<String>::new());
    }
}
