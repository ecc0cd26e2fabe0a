//! Partitions of json: lines move as they are, only their keys are read.

use std::num::NonZeroU32;

use bubbles_pipeline::hash::{KeyHasher, partition};
use memchr::memchr;
use serde_json::{Map, Value};

use super::fields::Fields;
use super::{PartitionError, Taker};
use crate::formats::{FormatError, lines};

/// A key that so many rows do not have is taken for misspelt. In fewer it may
/// be a field that is often left out.
const ROWS_WITHOUT_KEY: u64 = 10_000;

/// Lines, by partition.
#[derive(Debug)]
pub(super) struct JsonRows {
    keys: Vec<Key>,
    partitions: NonZeroU32,
    chunk_bytes: usize,
    hasher: KeyHasher,
    waiting: Vec<Vec<u8>>,
    rows: u64,
    /// Names of the first row's fields, for messages.
    names: Vec<String>,
}

#[derive(Debug)]
struct Key {
    name: String,
    /// Of the row at hand.
    value: Value,
    /// Whether any row has had it.
    seen: bool,
}

impl JsonRows {
    pub(super) fn new(keys: Vec<String>, partitions: NonZeroU32, chunk_bytes: usize) -> Self {
        let key = |name| Key {
            name,
            value: Value::Null,
            seen: false,
        };
        Self {
            keys: keys.into_iter().map(key).collect(),
            partitions,
            chunk_bytes,
            hasher: KeyHasher::new(),
            waiting: vec![Vec::new(); partitions.get() as usize],
            rows: 0,
            names: Vec::new(),
        }
    }

    pub(super) fn push<E>(
        &mut self,
        chunk: &[u8],
        out: &mut Taker<'_, E>,
    ) -> Result<(), PartitionError<E>> {
        for (number, line) in lines(chunk) {
            let partition = self.partition(number, line)?;
            let waiting = &mut self.waiting[partition];
            if !waiting.is_empty() && waiting.len() + line.len() >= self.chunk_bytes {
                out(partition, waiting).map_err(PartitionError::Out)?;
                waiting.clear();
                waiting.shrink_to(self.chunk_bytes);
            }
            waiting.extend_from_slice(line);
            waiting.push(b'\n');
        }
        if self.rows >= ROWS_WITHOUT_KEY {
            self.check()?;
        }
        Ok(())
    }

    pub(super) fn finish<E>(&mut self, out: &mut Taker<'_, E>) -> Result<(), PartitionError<E>> {
        if self.rows > 0 {
            self.check()?;
        }
        for (partition, waiting) in self.waiting.iter_mut().enumerate() {
            if !waiting.is_empty() {
                out(partition, waiting).map_err(PartitionError::Out)?;
                *waiting = Vec::new();
            }
        }
        Ok(())
    }

    fn partition(&mut self, number: u64, line: &[u8]) -> Result<usize, FormatError> {
        let malformed = |error| FormatError::json(number, line, error);
        if self.rows == 0 {
            let fields: Map<String, Value> = serde_json::from_slice(line).map_err(malformed)?;
            self.names = fields.into_iter().map(|(name, _)| name).collect();
        }
        self.rows += 1;
        let mut fields = Fields::of(line);
        for field in &mut fields {
            if let Some(key) = self.keys.iter_mut().find(|key| key.is_named(field.name)) {
                key.value = serde_json::from_slice(field.value).map_err(malformed)?;
                key.seen = true;
            }
        }
        if !fields.is_whole() {
            serde_json::from_slice::<Map<String, Value>>(line).map_err(malformed)?;
        }
        for key in &mut self.keys {
            self.hasher.json(&key.value);
            key.value = Value::Null;
        }
        let hash = self.hasher.finish();
        Ok(partition(hash, self.partitions) as usize)
    }

    fn check<E>(&self) -> Result<(), PartitionError<E>> {
        match self.keys.iter().find(|key| !key.seen) {
            None => Ok(()),
            Some(key) => {
                let (column, columns) = (key.name.clone(), self.names.clone());
                Err(PartitionError::MissingColumn { column, columns })
            }
        }
    }
}

impl Key {
    /// Whether a field's name, as it is written, is this key.
    fn is_named(&self, written: &[u8]) -> bool {
        if memchr(b'\\', written).is_none() {
            return self.name.as_bytes() == written;
        }
        let quoted = [b"\"", written, b"\""].concat();
        serde_json::from_slice::<String>(&quoted).is_ok_and(|name| name == self.name)
    }
}
