//! Arrow IPC streams: rows counted from the headers, batches read and written.

use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::RecordBatch;
use arrow_buffer::Buffer as Bytes;
use arrow_ipc::reader::StreamDecoder;
use arrow_ipc::writer::StreamWriter;
use arrow_ipc::{Buffer, Message, MessageHeader, root_as_message};
use arrow_schema::{ArrowError, Schema, SchemaRef};

use super::FormatError;

/// Begins a message, in streams written since 2019.
const CONTINUATION: u32 = u32::MAX;

/// Rows of a chunk. As many as the largest chunk has bytes: those of a column of nulls take none,
/// and a header could claim more of them than can ever be walked through.
const ROWS_MAX: u64 = 64 << 20;

/// What a stream holds.
#[derive(Debug)]
pub(crate) struct Stream {
    /// Its schema.
    pub(crate) schema: SchemaRef,
    /// Its record batches, in order.
    pub(crate) batches: Vec<RecordBatch>,
}

/// How many rows the batches of a stream have together, by their headers.
pub(super) fn rows(stream: &[u8]) -> Result<u64, FormatError> {
    let mut rows = 0u64;
    let mut messages = Messages { rest: stream };
    while let Some((message, _)) = messages.next()? {
        if let Some(batch) = message.header_as_record_batch() {
            let length = u64::try_from(batch.length());
            let length = length.map_err(|_| FormatError::arrow("a batch of negative length"))?;
            rows = rows.saturating_add(length);
        }
    }
    if rows > ROWS_MAX {
        let reason = format!("{rows} rows in one chunk, of which {ROWS_MAX} are the most");
        return Err(FormatError::arrow(reason));
    }
    Ok(rows)
}

/// Reads a whole stream: its bytes are copied once and then shared by all columns.
pub(crate) fn decode(stream: &[u8]) -> Result<Stream, FormatError> {
    rows(stream)?;
    check(stream)?;
    let mut bytes = Bytes::from(stream);
    // The checks above leave little that could make the reader panic, but its
    // input is a guest's, and a panic here would take the slot with it.
    let decoded = catch_unwind(AssertUnwindSafe(|| decode_messages(&mut bytes)));
    match decoded {
        Ok(stream) => stream.map_err(FormatError::arrow),
        Err(_) => Err(FormatError::arrow(
            "its lengths or offsets contradict each other",
        )),
    }
}

/// Writes one whole stream.
pub(crate) fn encode(schema: &Schema, batches: &[RecordBatch]) -> Result<Vec<u8>, ArrowError> {
    let bytes: usize = batches.iter().map(RecordBatch::get_array_memory_size).sum();
    let mut writer = StreamWriter::try_new(Vec::with_capacity(bytes + 1_024), schema)?;
    for batch in batches {
        writer.write(batch)?;
    }
    writer.into_inner()
}

fn decode_messages(bytes: &mut Bytes) -> Result<Stream, ArrowError> {
    let mut decoder = StreamDecoder::new();
    let mut batches = Vec::new();
    while let Some(batch) = decoder.decode(bytes)? {
        batches.push(batch);
    }
    decoder.finish()?;
    let missing = || ArrowError::IpcError("it has no schema".into());
    Ok(Stream {
        schema: decoder.schema().ok_or_else(missing)?,
        batches,
    })
}

/// Looks at everything that the reader takes on trust: where bodies and buffers lie.
fn check(stream: &[u8]) -> Result<(), FormatError> {
    let mut messages = Messages { rest: stream };
    while let Some((message, body)) = messages.next()? {
        let batch = match message.header_type() {
            MessageHeader::RecordBatch => message.header_as_record_batch(),
            MessageHeader::DictionaryBatch => message
                .header_as_dictionary_batch()
                .and_then(|dictionary| dictionary.data()),
            _ => None,
        };
        let buffers = batch.and_then(|batch| batch.buffers());
        if !buffers
            .into_iter()
            .flatten()
            .all(|buffer| lies_within(buffer, body.len()))
        {
            return Err(FormatError::arrow("a buffer lies outside of its message"));
        }
    }
    Ok(())
}

fn lies_within(buffer: &Buffer, body_bytes: usize) -> bool {
    let end = buffer.offset().checked_add(buffer.length());
    let end = end.and_then(|end| usize::try_from(end).ok());
    buffer.offset() >= 0 && buffer.length() >= 0 && end.is_some_and(|end| end <= body_bytes)
}

/// Goes from message to message without touching the bodies.
struct Messages<'a> {
    rest: &'a [u8],
}

impl<'a> Messages<'a> {
    /// The next message and its body; none at the end of the stream, which is
    /// the end of the chunk: bytes after it would be lost.
    fn next(&mut self) -> Result<Option<(Message<'a>, &'a [u8])>, FormatError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let mut length = self.length()?;
        if length == CONTINUATION {
            length = self.length()?;
        }
        if length == 0 {
            return match self.rest.len() {
                0 => Ok(None),
                bytes => Err(FormatError::arrow(format!(
                    "{bytes} bytes follow its end; a chunk holds one stream"
                ))),
            };
        }
        let header = self.take(i64::from(length))?;
        let message = root_as_message(header).map_err(FormatError::arrow)?;
        let body = self.take(message.bodyLength())?;
        Ok(Some((message, body)))
    }

    fn length(&mut self) -> Result<u32, FormatError> {
        let (length, rest) = self
            .rest
            .split_first_chunk()
            .ok_or_else(|| self.cut_off(4))?;
        self.rest = rest;
        Ok(u32::from_le_bytes(*length))
    }

    fn take(&mut self, length: i64) -> Result<&'a [u8], FormatError> {
        let taken = usize::try_from(length)
            .ok()
            .and_then(|length| self.rest.split_at_checked(length));
        let (taken, rest) = taken.ok_or_else(|| self.cut_off(length))?;
        self.rest = rest;
        Ok(taken)
    }

    fn cut_off(&self, wanted: i64) -> FormatError {
        let left = self.rest.len();
        FormatError::arrow(format!("a message of {wanted} bytes where {left} are left"))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::types::Int8Type;
    use arrow_array::{
        ArrayRef, BooleanArray, DictionaryArray, Int64Array, ListArray, NullArray, RecordBatch,
        StringArray, StringViewArray,
    };
    use proptest::prelude::{any, prop, proptest};

    use super::{ROWS_MAX, decode, encode, rows};

    fn batch() -> RecordBatch {
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]));
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), Some("bc"), None]));
        let views: ArrayRef = Arc::new(StringViewArray::from(vec![
            "short",
            "longer than twelve bytes",
            "",
        ]));
        let flags: ArrayRef = Arc::new(BooleanArray::from(vec![true, false, true]));
        let words: DictionaryArray<Int8Type> = ["x", "y", "x"].into_iter().collect();
        let lists = ListArray::from_iter_primitive::<Int8Type, _, _>([
            Some(vec![Some(1), None]),
            None,
            Some(vec![]),
        ]);
        RecordBatch::try_from_iter_with_nullable([
            ("numbers", numbers, true),
            ("texts", texts, true),
            ("views", views, true),
            ("flags", flags, true),
            ("words", Arc::new(words) as ArrayRef, true),
            ("lists", Arc::new(lists) as ArrayRef, true),
        ])
        .unwrap()
    }

    fn stream() -> Vec<u8> {
        encode(&batch().schema(), &[batch(), batch().slice(1, 2)]).unwrap()
    }

    #[test]
    fn batches_come_back() {
        let read = decode(&stream()).unwrap();
        assert_eq!(read.batches, [batch(), batch().slice(1, 2)]);
        assert_eq!(read.schema, batch().schema());
        assert_eq!(rows(&stream()).unwrap(), 5);
        assert_eq!(rows(&encode(&batch().schema(), &[]).unwrap()).unwrap(), 0);
    }

    #[test]
    fn rows_that_take_no_bytes_are_bounded() {
        let nothing = |rows| {
            let column: ArrayRef = Arc::new(NullArray::new(rows));
            RecordBatch::try_from_iter_with_nullable([("n", column, true)]).unwrap()
        };
        let stream = |batches: &[RecordBatch]| encode(&batches[0].schema(), batches).unwrap();
        let most = usize::try_from(ROWS_MAX).unwrap();
        assert_eq!(rows(&stream(&[nothing(most)])).unwrap(), ROWS_MAX);
        for too_many in [&[nothing(most + 1)][..], &[nothing(most), nothing(1)]] {
            let (counted, read) = (rows(&stream(too_many)), decode(&stream(too_many)));
            assert!(counted.unwrap_err().to_string().contains("in one chunk"));
            assert!(read.unwrap_err().to_string().contains("in one chunk"));
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let whole = stream();
        let cases: [(&[u8], &str); 4] = [
            (b"", "no schema"),
            (b"{\"a\":1}\n", "where 4 are left"),
            (&whole[..whole.len() - 100], "are left"),
            (&[whole.clone(), whole.clone()].concat(), "one stream"),
        ];
        for (bytes, expected) in cases {
            let message = decode(bytes).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
        assert!(rows(&whole[..whole.len() - 100]).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
            let mut bytes = stream();
            for (at, byte) in edits {
                *at.get_mut(&mut bytes) = byte;
            }
            // Either answer is right for damaged bytes; that there is one is the point.
            let (counted, read) = (rows(&bytes).is_ok(), decode(&bytes).is_ok());
            assert!(counted || !read);
        }
    }
}
