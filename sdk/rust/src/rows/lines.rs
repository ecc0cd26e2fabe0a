//! JSON chunks: a value a line.

use serde::Serialize;

use crate::output::CHUNK_BYTES;
use crate::{Error, output};

/// Whether a chunk is arrow and not JSON: a stream begins with a byte that no JSON text holds.
pub(crate) fn is_arrow(chunk: &[u8]) -> bool {
    chunk.starts_with(&[0xff; 4])
}

/// The lines that hold a value.
pub(crate) fn lines(chunk: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = chunk;
    let all = std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = &rest[..end];
        rest = rest.get(end + 1..).unwrap_or_default();
        Some(line.trim_ascii())
    });
    all.filter(|line| !line.is_empty())
}

/// Emits rows as JSON lines in chunks of a good size.
#[derive(Debug, Default)]
pub(crate) struct LineWriter {
    chunk: Vec<u8>,
}

impl LineWriter {
    pub(crate) fn push<R: Serialize>(&mut self, row: &R) -> Result<(), Error> {
        let before = self.chunk.len();
        if let Err(error) = serde_json::to_writer(&mut self.chunk, row) {
            self.chunk.truncate(before);
            return Err(Error::fatal(format!(
                "a row of the output has no JSON form: {error}"
            )));
        }
        self.chunk.push(b'\n');
        if self.chunk.len() >= CHUNK_BYTES {
            self.finish();
        }
        Ok(())
    }

    /// Emits what was held back.
    pub(crate) fn finish(&mut self) {
        if !self.chunk.is_empty() {
            output::emit(&self.chunk);
            self.chunk.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_lines_hold_no_value() {
        let found: Vec<_> = lines(b"{}\n\n 1 \r\n2").collect();
        assert_eq!(found, [&b"{}"[..], b"1", b"2"]);
    }
}
