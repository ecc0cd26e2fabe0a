//! Runs tasks in a plain `cargo test`, with no sandbox: what they emit, reject, log and write is
//! written down, apart for each thread.
//!
//! ```no_run
//! # use bubbles_sdk::{Context, Error, Format, NoConfig, Transform, output, testing};
//! # struct Shout;
//! # impl Transform for Shout {
//! #     type Config = NoConfig;
//! #     const SUMMARY: &'static str = "shouts";
//! #     const ACCEPTS: &'static [Format] = &[Format::Bytes];
//! #     const PRODUCES: Format = Format::Bytes;
//! #     fn open(_: NoConfig, _: Context) -> Result<Self, Error> { Ok(Self) }
//! #     fn process(&mut self, _: u32, chunk: Vec<u8>) -> Result<(), Error> {
//! #         output::emit(&chunk.to_ascii_uppercase());
//! #         Ok(())
//! #     }
//! # }
//! let outcome = testing::transform::<Shout>("{}", [b"hey".to_vec()]).unwrap();
//! assert_eq!(outcome.bytes(), b"HEY");
//! ```

use std::path::Path;

use arrow_array::RecordBatch;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::host::recorded;
use crate::log::Level;
use crate::objects::ObjectError;
use crate::{Context, Error, Extract, Load, Source, Split, Transform, arrow, configuration, rows};

mod pattern;
pub(crate) mod store;

/// A record that was put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The record as it was rejected.
    pub record: Vec<u8>,
    /// Why.
    pub reason: String,
}

/// A line a task logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// How much it matters.
    pub level: Level,
    /// What it says.
    pub message: String,
}

/// What a task has done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The chunks it emitted, in order.
    pub chunks: Vec<Vec<u8>>,
    /// The records it rejected, in order.
    pub rejects: Vec<Reject>,
    /// The lines it logged, in order.
    pub log: Vec<LogLine>,
}

impl Outcome {
    /// All chunks, one after the other.
    pub fn bytes(&self) -> Vec<u8> {
        self.chunks.concat()
    }

    /// The emitted lines of JSON, read as `T`.
    ///
    /// # Panics
    /// When a line does not read as `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Vec<T> {
        let bytes = self.bytes();
        let lines = serde_json::Deserializer::from_slice(&bytes).into_iter();
        lines
            .map(|line| line.expect("the task emitted lines that read as the type"))
            .collect()
    }

    /// The emitted arrow chunks as batches.
    ///
    /// # Panics
    /// When a chunk is not one arrow stream.
    pub fn batches(&self) -> Vec<RecordBatch> {
        let decode = |chunk: &Vec<u8>| arrow::decode(chunk.clone());
        let batches = self
            .chunks
            .iter()
            .map(decode)
            .collect::<Result<Vec<_>, _>>();
        batches.expect("the task emitted arrow chunks").concat()
    }

    /// The rows of the emitted arrow chunks, read as `T`.
    ///
    /// # Panics
    /// When a chunk is not one arrow stream or its rows do not read as `T`.
    pub fn rows<T: DeserializeOwned>(&self) -> Vec<T> {
        let read = |batch: &RecordBatch| serde_arrow::from_record_batch::<Vec<T>>(batch);
        let rows = self
            .batches()
            .iter()
            .map(read)
            .collect::<Result<Vec<_>, _>>();
        rows.expect("the rows read as the type")
            .into_iter()
            .flatten()
            .collect()
    }
}

/// Rows as one arrow chunk: what an extract would hand to the task under test.
///
/// # Panics
/// When the type has no arrow form.
pub fn arrow_chunk<T: Serialize + DeserializeOwned>(of: &[T]) -> Vec<u8> {
    let fields = rows::fields::<T>().expect("the type has arrow columns");
    let batch = serde_arrow::to_record_batch(&fields, &of).expect("the rows fit their schema");
    arrow::encode(&batch)
}

/// Rows as one chunk of JSON lines.
///
/// # Panics
/// When a row has no JSON form.
pub fn json_chunk<T: Serialize>(rows: &[T]) -> Vec<u8> {
    let mut chunk = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut chunk, row).expect("the row has a JSON form");
        chunk.push(b'\n');
    }
    chunk
}

/// Runs a transform over the chunks of its one input, from `open` to `finish`. `config` is JSON.
///
/// # Errors
/// The first one of the task.
pub fn transform<T: Transform>(
    config: &str,
    chunks: impl IntoIterator<Item = Vec<u8>>,
) -> Result<Outcome, Error> {
    transform_inputs::<T>(
        config,
        Context::default(),
        chunks.into_iter().map(|chunk| (0, chunk)),
    )
}

/// Runs a transform over chunks of several inputs, each with the number of its input.
///
/// # Errors
/// The first one of the task.
pub fn transform_inputs<T: Transform>(
    config: &str,
    context: Context,
    chunks: impl IntoIterator<Item = (u32, Vec<u8>)>,
) -> Result<Outcome, Error> {
    take();
    let mut task = T::open(configuration::parse(config)?, context)?;
    for (input, chunk) in chunks {
        task.process(input, chunk)?;
    }
    task.finish()?;
    Ok(take())
}

/// Runs an extract over all its splits, one after the other. `config` is JSON.
///
/// # Errors
/// The first one of the task.
pub fn extract<T: Extract>(config: &str) -> Result<Outcome, Error> {
    take();
    let splits = plan::<T>(config, None)?.splits;
    let count = u32::try_from(splits.len()).unwrap_or(u32::MAX);
    for (split, number) in splits.into_iter().zip(0..) {
        let context = Context {
            split: number,
            splits: count,
            ..Context::default()
        };
        T::run(configuration::parse(config)?, split, context)?;
    }
    Ok(take())
}

/// Lets an extract plan. `config` is JSON.
///
/// # Errors
/// That of the task.
pub fn plan<T: Extract>(config: &str, bookmark: Option<Vec<u8>>) -> Result<Source, Error> {
    T::plan(configuration::parse(config)?, bookmark)
}

/// Runs an extract over one split.
///
/// # Errors
/// That of the task.
pub fn extract_split<T: Extract>(config: &str, split: Split) -> Result<Outcome, Error> {
    take();
    T::run(configuration::parse(config)?, split, Context::default())?;
    Ok(take())
}

/// Runs a load over the chunks of one split, to the end of its commit. `config` is JSON.
///
/// # Errors
/// The first one of the task.
pub fn load<T: Load>(
    config: &str,
    chunks: impl IntoIterator<Item = Vec<u8>>,
) -> Result<Outcome, Error> {
    take();
    let receipt = prepare::<T>(config, Context::default(), chunks)?;
    T::commit(configuration::parse(config)?, vec![receipt])?;
    Ok(take())
}

/// Runs a load over the chunks of one split, to its receipt.
///
/// # Errors
/// The first one of the task.
pub fn prepare<T: Load>(
    config: &str,
    context: Context,
    chunks: impl IntoIterator<Item = Vec<u8>>,
) -> Result<Vec<u8>, Error> {
    let mut task = T::open(configuration::parse(config)?, context)?;
    for chunk in chunks {
        task.write(chunk)?;
    }
    task.prepare()
}

/// Lets a load commit.
///
/// # Errors
/// That of the task.
pub fn commit<T: Load>(config: &str, receipts: Vec<Vec<u8>>) -> Result<(), Error> {
    T::commit(configuration::parse(config)?, receipts)
}

/// Lets a load abort.
///
/// # Errors
/// That of the task.
pub fn abort<T: Load>(config: &str, receipts: Vec<Vec<u8>>) -> Result<(), Error> {
    T::abort(configuration::parse(config)?, receipts)
}

/// Takes what this thread's tasks have done since the last time; objects stay.
pub fn take() -> Outcome {
    recorded(|recorder| Outcome {
        chunks: std::mem::take(&mut recorder.chunks),
        rejects: std::mem::take(&mut recorder.rejects),
        log: std::mem::take(&mut recorder.log),
    })
}

/// Lets relative URLs lead into a folder from here on; until then objects are in memory.
pub fn use_folder(folder: impl AsRef<Path>) {
    recorded(|recorder| recorder.store = store::Store::in_folder(folder.as_ref()));
}

/// Puts an object where tasks find it.
///
/// # Panics
/// When the folder cannot be written.
pub fn put_object(url: &str, bytes: impl Into<Vec<u8>>) {
    recorded(|recorder| recorder.store.put(url, bytes.into())).expect("the object is stored");
}

/// The bytes of a visible object.
///
/// # Errors
/// When there is none.
pub fn object(url: &str) -> Result<Vec<u8>, ObjectError> {
    recorded(|recorder| recorder.store.all(url))
}

/// The URLs of all visible objects, sorted.
///
/// # Panics
/// When the folder cannot be read.
pub fn objects() -> Vec<String> {
    let found = recorded(|recorder| recorder.store.find("**")).expect("the store can be read");
    found.into_iter().map(|object| object.url).collect()
}
