//! A column of text while it grows.

use arrow_array::StringArray;
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::ArrowError;

/// How many bytes are copied at once: a few fixed copies beat a call for a short text.
const STEP: usize = 16;

/// Texts, one behind the other, and where each ends.
pub(crate) struct Text {
    /// Filled up to the last offset; behind it is room.
    bytes: Vec<u8>,
    offsets: Vec<i32>,
}

impl Text {
    pub(crate) fn new() -> Self {
        Self {
            bytes: Vec::new(),
            offsets: vec![0],
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// How many bytes of text there are.
    pub(crate) fn bytes(&self) -> usize {
        self.filled()
    }

    pub(crate) fn reserve(&mut self, texts: usize) {
        self.offsets.reserve(texts);
    }

    #[inline]
    pub(crate) fn push(&mut self, text: &[u8]) {
        let start = self.filled();
        self.make_room(start + text.len());
        let mut copied = 0;
        while let Some(step) = text[copied..].first_chunk::<STEP>() {
            self.bytes[start + copied..start + copied + STEP].copy_from_slice(step);
            copied += STEP;
        }
        for (to, from) in self.bytes[start + copied..].iter_mut().zip(&text[copied..]) {
            *to = *from;
        }
        self.offsets.push((start + text.len()) as i32);
    }

    /// Adds `text[at..end]`. Where the buffer goes on behind `end`, a short text is one copy.
    #[inline]
    pub(crate) fn push_part(&mut self, buffer: &[u8], at: usize, end: usize) {
        let start = self.filled();
        match buffer[at..].first_chunk::<STEP>() {
            Some(step) if end - at <= STEP => {
                self.make_room(start + STEP);
                self.bytes[start..start + STEP].copy_from_slice(step);
                self.offsets.push((start + (end - at)) as i32);
            }
            _ => self.push(&buffer[at..end]),
        }
    }

    /// The text of row `n`.
    pub(crate) fn get(&self, row: usize) -> &[u8] {
        &self.bytes[self.offsets[row] as usize..self.offsets[row + 1] as usize]
    }

    /// Whether all of the rows from `row` on are ASCII.
    pub(crate) fn is_ascii_from(&self, row: usize) -> bool {
        self.bytes[self.offsets[row] as usize..self.filled()].is_ascii()
    }

    pub(crate) fn truncate(&mut self, rows: usize) {
        self.offsets.truncate(rows + 1);
    }

    /// The finished column; an error if a text is not UTF-8.
    pub(crate) fn finish(self, nulls: Option<NullBuffer>) -> Result<StringArray, ArrowError> {
        let filled = self.filled();
        let bytes = Buffer::from_vec(self.bytes).slice_with_length(0, filled);
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets));
        StringArray::try_new(offsets, bytes, nulls)
    }

    fn filled(&self) -> usize {
        self.offsets[self.offsets.len() - 1] as usize
    }

    #[inline]
    fn make_room(&mut self, end: usize) {
        if self.bytes.len() < end + STEP {
            self.grow(end + STEP);
        }
    }

    #[cold]
    fn grow(&mut self, end: usize) {
        self.bytes.resize((end * 2).max(64 << 10), 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_every_length_come_back() {
        let buffer: Vec<u8> = (0..100).map(|n| b'a' + n % 26).collect();
        let mut text = Text::new();
        for length in 0..=100 {
            text.push(&buffer[..length]);
            text.push_part(&buffer, 100 - length, 100);
        }
        for length in 0..=100 {
            assert_eq!(text.get(2 * length), &buffer[..length]);
            assert_eq!(text.get(2 * length + 1), &buffer[100 - length..]);
        }
        text.truncate(3);
        assert_eq!(text.len(), 3);
        let array = text.finish(None).unwrap();
        assert_eq!((array.value(1), array.value(2)), ("", "a"));
    }
}
