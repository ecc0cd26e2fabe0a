//! Which rows a split has.

use std::fmt::Write as _;

use crate::mix::mix;
use crate::row::Row;

/// How large a ledger is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Splits of the source.
    pub splits: u32,
    /// Rows of each split.
    pub rows: u64,
    /// Different keys.
    pub keys: u32,
    /// About how many bytes a row carries besides.
    pub payload_bytes: u32,
}

/// So that payloads differ in length.
const PAYLOAD_SPREAD: u64 = 8;

impl Shape {
    /// A row as the source has it.
    #[must_use]
    pub fn row(self, split: u32, seq: u64) -> Row {
        let number = mix(&[split.into(), seq]);
        let length = u64::from(self.payload_bytes) + number % PAYLOAD_SPREAD;
        Row {
            split,
            seq,
            copy: 0,
            key: format!("k{}", mix(&[number]) % u64::from(self.keys.max(1))),
            payload: payload(number, usize::try_from(length).unwrap_or(usize::MAX)),
            checksum: 0,
            attempt: 0,
            noise: 0,
            writer: 0,
        }
        .sealed()
    }

    /// All rows of a split, in order.
    pub fn rows_of(self, split: u32) -> impl Iterator<Item = Row> + use<> {
        (0..self.rows).map(move |seq| self.row(split, seq))
    }

    /// All rows of all splits.
    pub fn all(self) -> impl Iterator<Item = Row> {
        (0..self.splits).flat_map(move |split| self.rows_of(split))
    }
}

/// Text of so many bytes that hardly compresses.
fn payload(seed: u64, length: usize) -> String {
    let mut text = String::with_capacity(length + 16);
    let mut number = seed;
    while text.len() < length {
        number = mix(&[number]);
        write!(text, "{number:016x}").expect("text takes text");
    }
    text.truncate(length);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_row_comes_again_and_is_sound() {
        let shape = Shape {
            splits: 2,
            rows: 100,
            keys: 7,
            payload_bytes: 20,
        };
        assert_eq!(shape.all().count(), 200);
        assert!(shape.all().all(|row| row.is_sound()));
        assert_eq!(shape.row(1, 50), shape.row(1, 50));
        let mut changed = shape.row(1, 50);
        changed.payload.push('!');
        assert!(!changed.is_sound());
    }
}
