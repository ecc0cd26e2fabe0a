//! The bytes of a row group's columns, a window of each at a time.
//!
//! The decoder takes page after page of every column in turn. Reads are few and big: a row group
//! that is small is read whole, gaps between its columns left out; of a big one every column has
//! a window that moves on.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};

use bubbles_files::SourceFile;
use bubbles_sdk::Error;
use bytes::Bytes;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

/// The windows of all columns together: with what is decoded it has to fit into the memory a task
/// gets unless told otherwise, 256 MiB.
const BUDGET_BYTES: u64 = 32 << 20;

/// A window has at least this, so that a table of very many columns is not read in crumbs.
const MIN_WINDOW_BYTES: u64 = 64 << 10;

/// What is not worth a read of its own: columns this close together are read in one.
const GAP_BYTES: u64 = 128 << 10;

/// How much a page header is given at first. It takes more if the file has long statistics.
const HEADER_BYTES: u64 = 256;

/// The columns of one row group as the decoder reads them.
#[derive(Debug, Clone)]
pub struct Windows {
    file: SourceFile,
    window_bytes: u64,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    /// In the order of the file.
    columns: Vec<Column>,
    /// Why a read failed: the decoder hands on no more than a text.
    failure: Option<Error>,
}

#[derive(Debug)]
struct Column {
    range: Range<u64>,
    start: u64,
    bytes: Bytes,
}

impl Windows {
    /// Over the given ranges, each that of one column. Reads a small row group at once.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn open(
        file: &SourceFile,
        ranges: impl IntoIterator<Item = Range<u64>>,
    ) -> std::result::Result<Self, Error> {
        let mut ranges: Vec<Range<u64>> = ranges.into_iter().collect();
        ranges.sort_by_key(|range| range.start);
        let total: u64 = ranges.iter().map(|range| range.end - range.start).sum();
        let window_bytes = (BUDGET_BYTES / (ranges.len() as u64).max(1)).max(MIN_WINDOW_BYTES);
        let column = |range: Range<u64>| Column {
            start: range.start,
            bytes: Bytes::new(),
            range,
        };
        let mut columns: Vec<Column> = ranges.into_iter().map(column).collect();
        if total <= BUDGET_BYTES {
            read_whole(file, &mut columns)?;
        }
        let state = Arc::new(Mutex::new(State {
            columns,
            failure: None,
        }));
        Ok(Self {
            file: file.clone(),
            window_bytes,
            state,
        })
    }

    /// Why a read failed, if one did.
    pub fn failure(&self) -> Option<Error> {
        self.lock().failure.take()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("nothing panics while it holds the windows")
    }

    /// At least one byte from `start`, and `wanted` of them where the column goes on so far.
    fn from(&self, start: u64, wanted: u64) -> Result<Bytes> {
        let mut state = self.lock();
        let State { columns, failure } = &mut *state;
        let after = columns.partition_point(|column| column.range.start <= start);
        let column = after.checked_sub(1).map(|at| &mut columns[at]);
        let Some(column) = column.filter(|column| start < column.range.end) else {
            return Err(ParquetError::General(format!(
                "a page at {start} is in no column"
            )));
        };
        let wanted = wanted.min(column.range.end - start);
        let held = column.start..column.start + column.bytes.len() as u64;
        if start < held.start || start + wanted > held.end {
            let length = self.window_bytes.max(wanted).min(column.range.end - start);
            // Let go of the old window before there is a new one.
            column.bytes = Bytes::new();
            column.start = start;
            match self.file.read_exact(start, length) {
                Ok(bytes) => column.bytes = bytes.into(),
                Err(error) => {
                    let text = error.to_string();
                    *failure = Some(error);
                    return Err(ParquetError::General(text));
                }
            }
        }
        let at = (start - column.start) as usize;
        Ok(column.bytes.slice(at..))
    }
}

/// Reads all columns, those close together at once.
fn read_whole(file: &SourceFile, columns: &mut [Column]) -> std::result::Result<(), Error> {
    let mut rest = columns;
    while let Some(first) = rest.first() {
        let start = first.range.start;
        let mut end = first.range.end;
        let near = |column: &&Column| {
            let joins = column.range.start <= end + GAP_BYTES;
            if joins {
                end = end.max(column.range.end);
            }
            joins
        };
        let count = rest.iter().take_while(near).count();
        let bytes = Bytes::from(file.read_exact(start, end - start)?);
        let (together, others) = rest.split_at_mut(count);
        for column in together {
            let Range {
                start: from,
                end: to,
            } = column.range;
            column.bytes = bytes.slice((from - start) as usize..(to - start) as usize);
        }
        rest = others;
    }
    Ok(())
}

impl Length for Windows {
    fn len(&self) -> u64 {
        self.file.size
    }
}

impl ChunkReader for Windows {
    type T = Forward;

    fn get_read(&self, start: u64) -> Result<Forward> {
        Ok(Forward {
            windows: self.clone(),
            position: start,
            bytes: Bytes::new(),
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        if length == 0 {
            return Ok(Bytes::new());
        }
        let bytes = self.from(start, length as u64)?;
        if bytes.len() < length {
            return Err(ParquetError::EOF(format!(
                "a page at {start} goes past its column"
            )));
        }
        Ok(bytes.slice(..length))
    }
}

/// Reads forward in one column: page headers, whose length is known once they are read.
#[derive(Debug)]
pub struct Forward {
    windows: Windows,
    position: u64,
    bytes: Bytes,
}

impl Read for Forward {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.bytes.is_empty() {
            self.bytes = self
                .windows
                .from(self.position, HEADER_BYTES)
                .map_err(io::Error::other)?;
        }
        let length = buffer.len().min(self.bytes.len());
        buffer[..length].copy_from_slice(&self.bytes.split_to(length));
        self.position += length as u64;
        Ok(length)
    }
}
