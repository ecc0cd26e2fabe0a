//! What a parquet file says about itself at its end.

use std::ops::Range;
use std::sync::Arc;

use bubbles_files::SourceFile;
use bubbles_sdk::Error;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};

const MAGIC: &[u8] = b"PAR1";
const ENCRYPTED_MAGIC: &[u8] = b"PARE";

/// The length of the metadata and the magic bytes, which end every file.
const TAIL_BYTES: u64 = 8;

/// How much is read at first: the whole footer of most files.
const FIRST_READ_BYTES: u64 = 64 << 10;

/// A footer takes a multiple of this when it is decoded; real ones have a few MiB at most.
const MAX_FOOTER_BYTES: u64 = 32 << 20;

/// The metadata of one file: never anything that lies outside the file.
#[derive(Debug, Clone)]
pub struct Footer {
    metadata: Arc<ParquetMetaData>,
}

impl Footer {
    /// Reads the footer of a file.
    ///
    /// # Errors
    /// The file is no parquet file, is cut short, damaged or encrypted, or cannot be read.
    pub fn read(file: &SourceFile) -> Result<Self, Error> {
        if file.size == 0 {
            return Err(bad(file, "it is empty, which a parquet file never is"));
        }
        let mut tail = read_tail(file, FIRST_READ_BYTES.min(file.size))?;
        let length = metadata_bytes(file, &tail)?;
        if length + TAIL_BYTES > tail.len() as u64 {
            tail = read_tail(file, length + TAIL_BYTES)?;
        }
        let end = tail.len() - TAIL_BYTES as usize;
        let metadata = ParquetMetaDataReader::decode_metadata(&tail[end - length as usize..end])
            .map_err(|error| bad(file, format_args!("its footer is damaged: {error}")))?;
        let footer = Self {
            metadata: Arc::new(metadata),
        };
        footer.check(file)?;
        Ok(footer)
    }

    /// As the decoder wants it.
    pub fn metadata(&self) -> &Arc<ParquetMetaData> {
        &self.metadata
    }

    /// How many row groups the file has.
    pub fn groups(&self) -> usize {
        self.metadata.num_row_groups()
    }

    /// Where the file has the values of a leaf column of a row group.
    pub fn chunk(&self, group: usize, leaf: usize) -> Range<u64> {
        let (start, length) = self.metadata.row_group(group).column(leaf).byte_range();
        start..start + length
    }

    /// What the decoder takes for granted, and a damaged file need not have.
    fn check(&self, file: &SourceFile) -> Result<(), Error> {
        let leaves = self.metadata.file_metadata().schema_descr().num_columns();
        for (index, group) in self.metadata.row_groups().iter().enumerate() {
            let damaged = |what: &str| {
                bad(
                    file,
                    format_args!("its footer is damaged: row group {index} {what}"),
                )
            };
            if group.num_rows() < 0 {
                return Err(damaged("has a negative number of rows"));
            }
            if group.columns().len() != leaves {
                return Err(damaged("has not the columns of the schema"));
            }
            for column in group.columns() {
                let start = column
                    .dictionary_page_offset()
                    .unwrap_or(column.data_page_offset());
                let range = u64::try_from(start)
                    .ok()
                    .zip(u64::try_from(column.compressed_size()).ok());
                let end = range.and_then(|(start, length)| start.checked_add(length));
                if end.is_none_or(|end| end > file.size) {
                    return Err(damaged("lies outside the file"));
                }
            }
        }
        Ok(())
    }
}

fn read_tail(file: &SourceFile, length: u64) -> Result<Vec<u8>, Error> {
    file.read_exact(file.size - length, length)
}

/// The length of the metadata before the tail.
fn metadata_bytes(file: &SourceFile, tail: &[u8]) -> Result<u64, Error> {
    let Some((_, [a, b, c, d, magic @ ..])) = tail.split_last_chunk::<8>() else {
        return Err(bad(file, "it is too short for one"));
    };
    if magic == ENCRYPTED_MAGIC {
        return Err(bad(file, "it is encrypted, which cannot be read"));
    }
    if magic != MAGIC {
        let starts_well = file.read_exact(0, MAGIC.len() as u64)? == MAGIC;
        return Err(if starts_well {
            bad(file, "it is cut short: it does not end in \"PAR1\"")
        } else {
            bad(file, "it neither starts nor ends with \"PAR1\"")
        });
    }
    let length = u64::from(u32::from_le_bytes([*a, *b, *c, *d]));
    if length + TAIL_BYTES > file.size {
        return Err(bad(
            file,
            "its footer is damaged: it would be longer than the file",
        ));
    }
    if length > MAX_FOOTER_BYTES {
        return Err(bad(
            file,
            format_args!(
                "its footer has {length} bytes, and {MAX_FOOTER_BYTES} is the most that is read"
            ),
        ));
    }
    Ok(length)
}

/// The error of a file that cannot be read as parquet.
pub(super) fn bad(file: &SourceFile, why: impl std::fmt::Display) -> Error {
    Error::fatal(format!("cannot read {:?} as parquet: {why}", file.url))
}
