//! Reads an arrow stream that is there as a whole.
//!
//! As `arrow_ipc`'s decoder does, which cannot be used here: it concatenates any kind of array, and
//! with it all of arrow's code for joining and comparing comes into a plugin, some two megabytes.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_buffer::Buffer;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::read_record_batch;
use arrow_ipc::{DictionaryBatch, Message, MessageHeader, MetadataVersion, root_as_message};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};

use super::join::join;

/// Begins a message, in streams written since 2019.
const CONTINUATION: u32 = u32::MAX;

/// What is read so far.
#[derive(Default)]
struct Reader {
    schema: Option<SchemaRef>,
    dictionaries: HashMap<i64, ArrayRef>,
    batches: Vec<RecordBatch>,
}

/// The schema and the batches, whose columns are the stream's own memory.
pub(super) fn read(stream: Buffer) -> Result<(SchemaRef, Vec<RecordBatch>), ArrowError> {
    let mut rest = stream;
    let mut reader = Reader::default();
    while !rest.is_empty() {
        let mut length = word(&mut rest)?;
        if length == CONTINUATION {
            length = word(&mut rest)?;
        }
        if length == 0 {
            break;
        }
        let message = bytes(&mut rest, length as usize)?;
        let message = root_as_message(&message)
            .map_err(|error| ArrowError::ParseError(format!("a message's head: {error}")))?;
        let body = usize::try_from(message.bodyLength()).map_err(|_| cut_off())?;
        let body = bytes(&mut rest, body)?;
        reader.take(&message, &body)?;
    }
    if !rest.is_empty() {
        return Err(ArrowError::ParseError("bytes after its end".to_owned()));
    }
    let none = || ArrowError::ParseError("it has no schema".to_owned());
    Ok((reader.schema.ok_or_else(none)?, reader.batches))
}

impl Reader {
    fn take(&mut self, message: &Message<'_>, body: &Buffer) -> Result<(), ArrowError> {
        let version = message.version();
        if let Some(schema) = message.header_as_schema() {
            if self.schema.is_some() {
                return Err(ArrowError::ParseError("a second schema".to_owned()));
            }
            self.schema = Some(Arc::new(try_fb_to_schema(schema)?));
            return Ok(());
        }
        let schema = self.schema.clone().ok_or_else(|| {
            ArrowError::ParseError("it does not begin with its schema".to_owned())
        })?;
        if let Some(dictionary) = message.header_as_dictionary_batch() {
            return self.dictionary(&schema, dictionary, body, &version);
        }
        if let Some(batch) = message.header_as_record_batch() {
            let batch = read_record_batch(body, batch, schema, &self.dictionaries, None, &version)?;
            self.batches.push(batch);
            return Ok(());
        }
        match message.header_type() {
            MessageHeader::NONE => Ok(()),
            other => Err(ArrowError::ParseError(format!("a message of {other:?}"))),
        }
    }

    /// Keeps the values that columns with this dictionary have, or adds to them.
    fn dictionary(
        &mut self,
        schema: &Schema,
        dictionary: DictionaryBatch<'_>,
        body: &Buffer,
        version: &MetadataVersion,
    ) -> Result<(), ArrowError> {
        let id = dictionary.id();
        let unknown = || ArrowError::ParseError(format!("no column has the dictionary {id}"));
        #[expect(deprecated, reason = "arrow-ipc's own reader finds them so as well")]
        let fields = schema.fields_with_dict_id(id);
        let Some(DataType::Dictionary(_, ty)) = fields.first().map(|field| field.data_type())
        else {
            return Err(unknown());
        };
        let values = Schema::new(vec![Field::new("", ty.as_ref().clone(), true)]);
        let data = dictionary.data().ok_or_else(unknown)?;
        let values = read_record_batch(
            body,
            data,
            Arc::new(values),
            &self.dictionaries,
            None,
            version,
        )?;
        let mut values = Arc::clone(values.column(0));
        if dictionary.isDelta()
            && let Some(known) = self.dictionaries.get(&id)
        {
            values = join(&[Arc::clone(known), values])?;
        }
        self.dictionaries.insert(id, values);
        Ok(())
    }
}

fn word(rest: &mut Buffer) -> Result<u32, ArrowError> {
    let word = bytes(rest, size_of::<u32>())?;
    let word = <[u8; 4]>::try_from(word.as_slice()).expect("as many as asked for");
    Ok(u32::from_le_bytes(word))
}

/// The next bytes of the stream, which they stay in.
fn bytes(rest: &mut Buffer, count: usize) -> Result<Buffer, ArrowError> {
    if rest.len() < count {
        return Err(cut_off());
    }
    let bytes = rest.slice_with_length(0, count);
    rest.advance(count);
    Ok(bytes)
}

fn cut_off() -> ArrowError {
    ArrowError::ParseError("it is cut off".to_owned())
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray as _;
    use arrow_array::types::Int8Type;
    use arrow_array::{Array as _, DictionaryArray};
    use arrow_ipc::writer::{DictionaryHandling, IpcWriteOptions, StreamWriter};

    use super::*;

    fn words(words: &[&str]) -> ArrayRef {
        Arc::new(words.iter().copied().collect::<DictionaryArray<Int8Type>>())
    }

    fn stream(columns: &[ArrayRef], handling: DictionaryHandling) -> Vec<u8> {
        let field = Field::new("w", columns[0].data_type().clone(), true);
        let schema = Arc::new(Schema::new(vec![field]));
        let options = IpcWriteOptions::default().with_dictionary_handling(handling);
        let mut writer = StreamWriter::try_new_with_options(Vec::new(), &schema, options).unwrap();
        for column in columns {
            let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::clone(column)]);
            writer.write(&batch.unwrap()).unwrap();
        }
        writer.into_inner().unwrap()
    }

    fn read_words(stream: Vec<u8>) -> Vec<Vec<String>> {
        let (_, batches) = read(Buffer::from_vec(stream)).unwrap();
        let words = |batch: &RecordBatch| {
            let column = batch.column(0).as_dictionary::<Int8Type>();
            let column = column.downcast_dict::<arrow_array::StringArray>().unwrap();
            column
                .into_iter()
                .map(|word| word.unwrap().to_owned())
                .collect()
        };
        batches.iter().map(words).collect()
    }

    #[test]
    fn a_dictionary_is_replaced_or_grows() {
        let columns = [words(&["a", "b", "a"]), words(&["a", "b", "c"])];
        for handling in [DictionaryHandling::Resend, DictionaryHandling::Delta] {
            let read = read_words(stream(&columns, handling));
            assert_eq!(read, [["a", "b", "a"], ["a", "b", "c"]]);
        }
    }

    #[test]
    fn bytes_after_the_end_are_an_error() {
        let mut stream = stream(&[words(&["a"])], DictionaryHandling::Resend);
        read(Buffer::from_vec(stream.clone())).unwrap();
        stream.push(0);
        assert!(read(Buffer::from_vec(stream)).is_err());
    }
}
