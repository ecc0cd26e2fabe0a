//! A row of the ledger.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::mix::{mix, mix_text};

/// What goes through the pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The split that it was read from.
    pub split: u32,
    /// Its number in the split, from 0.
    pub seq: u64,
    /// Which of the rows that one row was mangled to, from 0.
    pub copy: u32,
    /// What the exchange partitions by.
    pub key: String,
    /// Weight to carry.
    pub payload: String,
    /// Over all that is above.
    pub checksum: u64,
    /// Which attempt at the split read it: no part of what the row is.
    pub attempt: u32,
    /// A number of that attempt alone where the source is not deterministic, else 0.
    pub noise: u64,
    /// Which attempt at a partition wrote it; 0 before the exchange.
    pub writer: u32,
}

/// What tells one row from all others, whoever made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The split that it was read from.
    pub split: u32,
    /// Its number in the split.
    pub seq: u64,
    /// Which of the rows that one row was mangled to.
    pub copy: u32,
}

impl Row {
    /// What tells it from all others.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let Self {
            split, seq, copy, ..
        } = *self;
        Identity { split, seq, copy }
    }

    /// The same row with the checksum that it has to have.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.checksum = self.expected_checksum();
        self
    }

    /// Whether the checksum is that of the rest.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.checksum == self.expected_checksum()
    }

    fn expected_checksum(&self) -> u64 {
        mix(&[
            self.split.into(),
            self.seq,
            self.copy.into(),
            mix_text(&self.key),
            mix_text(&self.payload),
        ])
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { split, seq, copy } = self;
        write!(f, "row {seq} of split {split}, copy {copy}")
    }
}
