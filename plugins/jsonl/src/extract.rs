//! The extract task.

use bubbles_files::{Compression, Reader, SourceFile, ranges};
use bubbles_sdk::{Context, Error, Extract, Format, Source, Split};
use memchr::memchr;
use serde::{Deserialize, Serialize};

use crate::config::{LONGEST_RECORD, ReadConfig};
use crate::lines::Lines;

/// Reads JSON lines as they are.
pub struct JsonlExtract;

/// What an attempt reads: the lines that begin in a range of a file.
#[derive(Debug, Serialize, Deserialize)]
struct Piece {
    file: SourceFile,
    compression: Compression,
    start: u64,
    end: u64,
}

impl Extract for JsonlExtract {
    type Config = ReadConfig;
    const SUMMARY: &'static str = "reads JSON lines as they are";
    const PRODUCES: Format = Format::Json;

    fn plan(config: ReadConfig, _bookmark: Option<Vec<u8>>) -> Result<Source, Error> {
        if config.max_record > LONGEST_RECORD {
            return Err(Error::fatal(format!("max-record is over {LONGEST_RECORD}")));
        }
        let mut splits = Vec::new();
        for file in bubbles_files::find(&config.path)? {
            let compression = Compression::detect(&file)?;
            let ranges = match compression {
                Compression::None if file.size > 0 => ranges(file.size, config.split_size.0),
                _ => std::iter::once(0..file.size).collect(),
            };
            for range in ranges {
                let (start, end) = (range.start, range.end);
                let piece = Piece {
                    file: file.clone(),
                    compression,
                    start,
                    end,
                };
                let payload = serde_json::to_vec(&piece).expect("a piece is plain data");
                splits.push(Split {
                    payload,
                    bytes: end - start,
                });
            }
        }
        Ok(Source {
            splits,
            bookmark: None,
        })
    }

    fn run(config: ReadConfig, split: Split, _context: Context) -> Result<(), Error> {
        let piece: Piece = serde_json::from_slice(&split.payload)
            .map_err(|error| Error::fatal(format!("a split cannot be read: {error}")))?;
        piece.file.check_unchanged()?;
        match piece.compression {
            Compression::None => read_range(&config, &piece),
            packed => read_whole(&config, &piece.file, packed),
        }
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

fn read_whole(
    config: &ReadConfig,
    file: &SourceFile,
    compression: Compression,
) -> Result<(), Error> {
    let mut reader = Reader::whole(file, compression);
    let mut lines = Lines::new(&file.url, 0, config.max_record);
    let mut is_first = true;
    while let Some(mut bytes) = reader.next_piece()? {
        if std::mem::take(&mut is_first) && bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        lines.push(bytes)?;
    }
    lines.finish()
}

/// The lines that begin between `start` and `end`: the one over the first border belongs to the
/// range before, the one over the last border belongs to this.
fn read_range(config: &ReadConfig, piece: &Piece) -> Result<(), Error> {
    let Piece {
        file, start, end, ..
    } = piece;
    let Some((mut reader, first, bytes)) = first_line(file, *start, *end)? else {
        return Ok(());
    };
    let mut lines = Lines::new(&file.url, first, config.max_record);
    lines.push(bytes)?;
    while let Some(bytes) = reader.next_piece()? {
        lines.push(bytes)?;
    }
    let mut at = *end;
    while lines.is_open() && at < file.size {
        let bytes = file.read_exact(at, OVERRUN_BYTES.min(file.size - at))?;
        at += bytes.len() as u64;
        if lines.close(&bytes)? {
            return Ok(());
        }
    }
    lines.finish()
}

/// How much is read at a time to end the last line.
const OVERRUN_BYTES: u64 = 64 << 10;

/// Where the first line of the range begins, the bytes from there on, and the reader of the rest.
/// None if no line begins in it.
fn first_line(
    file: &SourceFile,
    start: u64,
    end: u64,
) -> Result<Option<(Reader, u64, Vec<u8>)>, Error> {
    if start == 0 {
        let mut reader = Reader::range(file, 0, end);
        let Some(mut bytes) = reader.next_piece()? else {
            return Ok(None);
        };
        let mark = if bytes.starts_with(BYTE_ORDER_MARK) {
            BYTE_ORDER_MARK.len()
        } else {
            0
        };
        bytes.drain(..mark);
        return Ok(Some((reader, mark as u64, bytes)));
    }
    // From one byte before, so that a line that begins exactly at `start` is seen to.
    let mut at = start - 1;
    let mut reader = Reader::range(file, at, end);
    while let Some(mut bytes) = reader.next_piece()? {
        match memchr(b'\n', &bytes) {
            Some(newline) => {
                bytes.drain(..=newline);
                return Ok(Some((reader, at + newline as u64 + 1, bytes)));
            }
            None => at += bytes.len() as u64,
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use bubbles_sdk::testing;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bad_lines_are_rejected_and_the_rest_goes_on_as_it_is() {
        let text =
            b"{\"a\": {\"b\": [1]}}\n\n{\"a\": \r\n[1, 2]\n\"\xff\"\n  \n{\"a\": 1} x\n\"last\"";
        testing::put_object("a.jsonl", *text);
        let outcome = testing::extract::<JsonlExtract>(r#"{"path": "a.jsonl"}"#).unwrap();
        assert_eq!(
            outcome.bytes(),
            b"{\"a\": {\"b\": [1]}}\n[1, 2]\n\"last\"\n"
        );
        let reasons: Vec<_> = outcome
            .rejects
            .iter()
            .map(|reject| &*reject.reason)
            .collect();
        assert_eq!(
            reasons,
            [
                "\"a.jsonl\", line at byte 19: it is not JSON: EOF while parsing a value at column 7",
                "\"a.jsonl\", line at byte 34: it is not UTF-8",
                "\"a.jsonl\", line at byte 41: it is not JSON: trailing characters at column 10",
            ]
        );
        assert_eq!(outcome.rejects[2].record, b"{\"a\": 1} x");
    }

    #[test]
    fn a_line_without_end_is_an_error_that_says_where() {
        let long = [b"1\n\"".to_vec(), vec![b'x'; 9 << 20], b"\"\n2\n".to_vec()].concat();
        testing::put_object("long.jsonl", long);
        let error = testing::extract::<JsonlExtract>(r#"{"path": "long.jsonl"}"#).unwrap_err();
        let start = "\"long.jsonl\": the line at byte 2 is longer than 8 MiB";
        assert!(error.message().starts_with(start), "{error}");
    }

    #[test]
    fn an_empty_file_has_no_lines() {
        testing::put_object("e.jsonl", "");
        let outcome = testing::extract::<JsonlExtract>(r#"{"path": "e.jsonl"}"#).unwrap();
        assert_eq!(outcome, testing::Outcome::default());
    }

    proptest! {
        #[test]
        fn any_split_size_gives_the_same_lines(
            lines in prop::collection::vec("[1-9][0-9]{0,29}|\"[a-z]{0,30}\"|", 0..40),
            last_newline: bool,
            split_size in 1_u64..99,
        ) {
            let mut text = lines.join("\n");
            if last_newline {
                text.push('\n');
            }
            testing::put_object("p.jsonl", text);
            let config = format!(r#"{{"path": "p.jsonl", "split-size": {split_size}}}"#);
            let bytes = testing::extract::<JsonlExtract>(&config).unwrap().bytes();
            let expected: String =
                lines.iter().filter(|line| !line.is_empty()).map(|line| line.clone() + "\n").collect();
            prop_assert_eq!(String::from_utf8(bytes).unwrap(), expected);
        }
    }
}
