//! The load: chunks into a parquet file for every split, or into one.

use bubbles_files::{IfExists, Output, OutputPath, Sink};
use bubbles_sdk::{Context, Error, Format, Load, arrow};
use schemars::JsonSchema;
use serde::Deserialize;

pub mod file;
pub mod fit;
mod widen;

use file::{Codec, ParquetFile};

/// What is configured.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// A folder (it ends in `/`) for a part of every split, or one file.
    path: OutputPath,
    /// How pages are compressed.
    #[serde(default)]
    compression: Codec,
    /// What happens to an earlier job's output in the same place.
    #[serde(default)]
    if_exists: IfExists,
}

impl Config {
    /// The compression is inside the file: to the outside it is plain.
    fn output(&self) -> Output {
        let plain = Some(bubbles_files::Compression::None);
        Output::new(&self.path, "parquet", self.if_exists, plain)
    }
}

/// Writes parquet files.
///
/// The first chunk's columns are the file's. A split without a chunk writes no file: without
/// columns there is none, and what an earlier job left in its place goes away.
pub struct Parquet {
    codec: Codec,
    stage: Stage,
}

enum Stage {
    /// No chunk so far.
    Waiting(Sink),
    Writing(Box<ParquetFile>),
    /// Prepared, or failed on the way.
    Done,
}

impl Load for Parquet {
    type Config = Config;
    const SUMMARY: &'static str = "writes parquet: a part of every split, or one file";
    const ACCEPTS: &'static [Format] = &[Format::Arrow];

    fn open(config: Config, context: Context) -> Result<Self, Error> {
        let sink = Sink::create(&config.output(), &context)?;
        Ok(Self {
            codec: config.compression,
            stage: Stage::Waiting(sink),
        })
    }

    fn write(&mut self, chunk: Vec<u8>) -> Result<(), Error> {
        let (schema, batches) = arrow::decode_with_schema(chunk)?;
        let mut file = match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Waiting(sink) => Box::new(ParquetFile::create(sink, schema, self.codec)?),
            Stage::Writing(file) => file,
            Stage::Done => return Err(Error::fatal("the output is finished")),
        };
        // A chunk that does not fit may be rejected and the rest go on.
        let fitted = batches
            .iter()
            .map(|batch| file.fit(batch))
            .collect::<Result<Vec<_>, _>>();
        let written = fitted.and_then(|batches| file.write(&batches));
        self.stage = Stage::Writing(file);
        written
    }

    fn prepare(&mut self) -> Result<Vec<u8>, Error> {
        match std::mem::replace(&mut self.stage, Stage::Done) {
            Stage::Waiting(sink) => Ok(sink.prepare_nothing()),
            Stage::Writing(file) => file.finish()?.prepare(),
            Stage::Done => Err(Error::fatal("the output is finished")),
        }
    }

    fn commit(config: Config, receipts: Vec<Vec<u8>>) -> Result<(), Error> {
        config.output().commit(&receipts)
    }

    fn abort(config: Config, receipts: Vec<Vec<u8>>) -> Result<(), Error> {
        config.output().abort(&receipts)
    }
}
