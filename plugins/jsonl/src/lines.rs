//! Lines of JSON are checked and handed on.

use std::ops::Range;

use bubbles_files::ByteSize;
use bubbles_sdk::{Error, output, rejects};
use memchr::{memchr, memrchr};
use serde::de::IgnoredAny;

/// Reads the lines of a split.
pub(crate) struct Lines<'a> {
    url: &'a str,
    max_record: ByteSize,
    /// The start of a line whose end has not come yet.
    buffer: Vec<u8>,
    /// Where in the file `buffer` begins.
    offset: u64,
}

impl<'a> Lines<'a> {
    /// Lines of the file at `url`, the first of which starts at `offset`.
    pub(crate) fn new(url: &'a str, offset: u64, max_record: ByteSize) -> Self {
        Self {
            url,
            max_record,
            buffer: Vec::new(),
            offset,
        }
    }

    /// Whether a line has begun and not ended.
    pub(crate) fn is_open(&self) -> bool {
        !self.buffer.is_empty()
    }

    /// Adds bytes of the file and emits the lines they end.
    pub(crate) fn push(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
        let whole = memrchr(b'\n', &bytes).map(|last| self.buffer.len() + last + 1);
        if self.buffer.is_empty() {
            self.buffer = bytes;
        } else {
            self.buffer.extend_from_slice(&bytes);
        }
        if let Some(whole) = whole {
            self.emit(whole)?;
        }
        if self.buffer.len() as u64 > self.max_record.0 {
            return Err(self.too_long(self.offset));
        }
        Ok(())
    }

    /// Adds the bytes of the open line up to its end, and leaves those behind it. True if it ended.
    pub(crate) fn close(&mut self, bytes: &[u8]) -> Result<bool, Error> {
        let end = memchr(b'\n', bytes);
        self.push(bytes[..end.map_or(bytes.len(), |end| end + 1)].to_vec())?;
        Ok(end.is_some())
    }

    /// Emits the last line of a file, which need not be ended.
    pub(crate) fn finish(&mut self) -> Result<(), Error> {
        if self.is_open() {
            self.buffer.push(b'\n');
            self.emit(self.buffer.len())?;
        }
        Ok(())
    }

    /// Emits the good ones of the first `whole` bytes, which end with a line.
    fn emit(&mut self, whole: usize) -> Result<(), Error> {
        let text = &self.buffer[..whole];
        let all_utf8 = std::str::from_utf8(text).is_ok();
        let mut bad = Vec::new();
        let mut start = 0;
        while let Some(length) = memchr(b'\n', &text[start..]) {
            let line = start..start + length;
            if length as u64 > self.max_record.0 {
                return Err(self.too_long(self.offset + start as u64));
            }
            if !self.check(&text[line.clone()], all_utf8, line.start) {
                bad.push(line.start..line.end + 1);
            }
            start += length + 1;
        }
        emit_without(text, &bad);
        self.buffer.drain(..whole);
        self.offset += whole as u64;
        Ok(())
    }

    /// Whether the line goes on. An empty one is nothing; a bad one is rejected.
    fn check(&self, line: &[u8], is_utf8: bool, start: usize) -> bool {
        let is_utf8 = is_utf8 || std::str::from_utf8(line).is_ok();
        let why = match serde_json::from_slice::<IgnoredAny>(line) {
            Ok(_) if is_utf8 => return true,
            Ok(_) => "it is not UTF-8".to_owned(),
            Err(_) if line.trim_ascii().is_empty() => return false,
            Err(_) if !is_utf8 => "it is not UTF-8".to_owned(),
            Err(error) => format!("it is not JSON: {}", cause(&error)),
        };
        let offset = self.offset + start as u64;
        rejects::reject(
            line,
            &format!("{:?}, line at byte {offset}: {why}", self.url),
        );
        false
    }

    fn too_long(&self, offset: u64) -> Error {
        let Self {
            url, max_record, ..
        } = self;
        Error::Fatal(format!(
            "{url:?}: the line at byte {offset} is longer than {max_record}: set max-record higher, \
             or see whether the file is one of JSON lines"
        ))
    }
}

/// What the parser says, with the column only: it counts lines within what it was given.
fn cause(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or(&text);
    format!("{message} at column {}", error.column())
}

fn emit_without(text: &[u8], bad: &[Range<usize>]) {
    if bad.is_empty() {
        return output::emit(text);
    }
    let mut good = Vec::with_capacity(text.len());
    let mut start = 0;
    for range in bad {
        good.extend_from_slice(&text[start..range.start]);
        start = range.end;
    }
    good.extend_from_slice(&text[start..]);
    if !good.is_empty() {
        output::emit(&good);
    }
}
