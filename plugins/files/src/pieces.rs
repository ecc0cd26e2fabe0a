//! The bytes of one file, in order, in big pieces.

use std::io::{self, BufRead, Read};

use bubbles_sdk::Error;

use crate::SourceFile;
use crate::failure::into_io;

/// How much is read in one call: big, so that calls cost nothing and the runtime reads ahead;
/// small, so that a piece stays in the processor's cache while it is parsed.
pub const PIECE_BYTES: u64 = 1 << 20;

/// Reads a byte range of a file.
pub(crate) struct Pieces {
    file: SourceFile,
    position: u64,
    end: u64,
    piece: Vec<u8>,
    taken: usize,
}

impl Pieces {
    pub(crate) fn new(file: &SourceFile, start: u64, end: u64) -> Self {
        let end = end.min(file.size);
        Self {
            file: file.clone(),
            position: start,
            end,
            piece: Vec::new(),
            taken: 0,
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.file.url
    }

    /// The next piece; none at the end of the range.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        if self.position >= self.end {
            return Ok(None);
        }
        let piece = self
            .file
            .read_some(self.position, PIECE_BYTES.min(self.end - self.position))?;
        if piece.is_empty() {
            return Err(self.file.changed());
        }
        self.position += piece.len() as u64;
        Ok(Some(piece))
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(buffer.len());
        buffer[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Pieces {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.taken == self.piece.len() {
            self.piece = self.next().map_err(into_io)?.unwrap_or_default();
            self.taken = 0;
        }
        Ok(&self.piece[self.taken..])
    }

    fn consume(&mut self, count: usize) {
        self.taken += count;
    }
}
