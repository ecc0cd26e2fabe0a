//! One parquet file while it is written: bounded in memory, whatever its length.

use std::io;

use bubbles_files::Sink;
use bubbles_sdk::Error;
use bubbles_sdk::arrow::array::RecordBatch;
use bubbles_sdk::arrow::schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use schemars::JsonSchema;
use serde::Deserialize;

use super::fit;

/// A row group is held in memory until it is whole. This many encoded bytes are few enough for the
/// 256 MiB a task gets unless told otherwise, and enough to be read at full speed.
const GROUP_BYTES: usize = 64 << 20;

/// What most readers take as a unit of work.
const GROUP_ROWS: usize = 1 << 20;

/// All that is held of a row group, pages in the making included. It is written early when it has
/// grown to this: a table of very many columns may.
const GROUP_MEMORY_BYTES: usize = 112 << 20;

/// The pages in the making of all columns together, and as much again for their dictionaries.
const PAGES_BYTES: usize = 32 << 20;

/// How pages are compressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Codec {
    /// Fast, and read by everything.
    #[default]
    Snappy,
    /// Smaller: about level 1 of zstd.
    Zstd,
    /// Smaller, slow to write.
    Gzip,
    /// The fastest to read.
    Lz4,
    /// As they are.
    None,
}

impl Codec {
    fn compression(self) -> Compression {
        match self {
            Self::Snappy => Compression::SNAPPY,
            Self::Zstd => Compression::ZSTD(ZstdLevel::default()),
            Self::Gzip => Compression::GZIP(GzipLevel::default()),
            Self::Lz4 => Compression::LZ4_RAW,
            Self::None => Compression::UNCOMPRESSED,
        }
    }
}

/// A parquet file in the making.
pub struct ParquetFile {
    schema: SchemaRef,
    writer: ArrowWriter<Drain>,
}

impl ParquetFile {
    /// Starts a file with these columns.
    ///
    /// # Errors
    /// Parquet has no form for a type, or the file cannot be written.
    pub fn create(sink: Sink, schema: SchemaRef, codec: Codec) -> Result<Self, Error> {
        let columns = schema.flattened_fields().len().max(1);
        let page_bytes = (PAGES_BYTES / columns).clamp(4 << 10, 1 << 20);
        let properties = WriterProperties::builder()
            .set_compression(codec.compression())
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_max_row_group_bytes(Some(GROUP_BYTES))
            .set_data_page_size_limit(page_bytes)
            .set_dictionary_page_size_limit(page_bytes)
            .build();
        let drain = Drain {
            sink: Some(sink),
            failure: None,
        };
        let writer = ArrowWriter::try_new(drain, SchemaRef::clone(&schema), Some(properties))
            .map_err(|error| {
                Error::fatal(format!("the columns cannot be written as parquet: {error}"))
            })?;
        Ok(Self { schema, writer })
    }

    /// The batch with the columns of the file.
    ///
    /// # Errors
    /// It has others.
    pub fn fit(&self, batch: &RecordBatch) -> Result<RecordBatch, Error> {
        fit::fit(batch, &self.schema)
    }

    /// Adds rows that [fit](Self::fit).
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&mut self, batches: &[RecordBatch]) -> Result<(), Error> {
        for batch in batches {
            let written = self.writer.write(batch);
            self.check(written)?;
        }
        if self.writer.memory_size() > GROUP_MEMORY_BYTES {
            let flushed = self.writer.flush();
            self.check(flushed)?;
        }
        Ok(())
    }

    /// Writes what is left, and gives the sink that has the whole file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn finish(mut self) -> Result<Sink, Error> {
        let finished = self.writer.finish();
        self.check(finished)?;
        Ok(self
            .writer
            .inner_mut()
            .sink
            .take()
            .expect("the sink is taken once"))
    }

    /// The sink's own error, if there is one: it tells what may work later from what will not.
    fn check<T>(&mut self, result: Result<T, ParquetError>) -> Result<T, Error> {
        result.map_err(|error| {
            let failure = self.writer.inner_mut().failure.take();
            failure.unwrap_or_else(|| Error::fatal(format!("cannot write as parquet: {error}")))
        })
    }
}

/// Where the writer's bytes go.
struct Drain {
    sink: Option<Sink>,
    failure: Option<Error>,
}

impl io::Write for Drain {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(sink) = &mut self.sink else {
            return Err(io::Error::other("the file is finished"));
        };
        sink.write(bytes).map_err(|error| {
            let told = io::Error::other(error.to_string());
            self.failure = Some(error);
            told
        })?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
