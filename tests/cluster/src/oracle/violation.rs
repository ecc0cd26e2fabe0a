//! What can be wrong with the output of a ledger job.

use std::collections::BTreeSet;
use std::fmt;

use ledger::Identity;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// A row that must be there is not.
    Lost(Identity),
    /// A row is there more than once.
    Doubled {
        /// The row.
        id: Identity,
        /// Which attempts read and wrote it, each time.
        attempts: Vec<(u32, u32)>,
    },
    /// A row is there that no source ever had.
    Phantom(Identity),
    /// A row is not what it was when it was read.
    Altered(Identity),
    /// A file is made of several attempts at its partition.
    MixedPart {
        /// The file.
        name: String,
        /// The attempts.
        writers: BTreeSet<u32>,
    },
    /// Several attempts at a split are in the output, and no two of them are alike.
    MixedSplit {
        /// The split.
        split: u32,
        /// The attempts, and the number that each drew.
        attempts: BTreeSet<(u32, u64)>,
    },
    /// Rows that are equal in the key of the exchange did not meet.
    ScatteredKey {
        /// The key.
        key: String,
        /// The files.
        names: Vec<String>,
    },
    /// A row came before one that it must come after.
    Disordered {
        /// The file.
        name: String,
        /// The later row.
        id: Identity,
    },
    /// A file that was staged, and was neither published nor removed.
    Staging(String),
    /// A file that is no part of any output.
    Foreign(String),
    /// A line that is no row.
    Unreadable {
        /// The file.
        name: String,
        /// The line, from 1.
        line: usize,
    },
}

/// Which wrong it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(
    missing_docs,
    reason = "each is explained at the violation of its name"
)]
pub enum Kind {
    Lost,
    Doubled,
    Phantom,
    Altered,
    MixedPart,
    MixedSplit,
    ScatteredKey,
    Disordered,
    Staging,
    Foreign,
    Unreadable,
}

impl Violation {
    /// Which wrong it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Lost(_) => Kind::Lost,
            Self::Doubled { .. } => Kind::Doubled,
            Self::Phantom(_) => Kind::Phantom,
            Self::Altered(_) => Kind::Altered,
            Self::MixedPart { .. } => Kind::MixedPart,
            Self::MixedSplit { .. } => Kind::MixedSplit,
            Self::ScatteredKey { .. } => Kind::ScatteredKey,
            Self::Disordered { .. } => Kind::Disordered,
            Self::Staging(_) => Kind::Staging,
            Self::Foreign(_) => Kind::Foreign,
            Self::Unreadable { .. } => Kind::Unreadable,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lost => "lost",
            Self::Doubled => "doubled",
            Self::Phantom => "phantom",
            Self::Altered => "altered",
            Self::MixedPart => "mixed parts",
            Self::MixedSplit => "mixed splits",
            Self::ScatteredKey => "scattered keys",
            Self::Disordered => "disordered",
            Self::Staging => "left in staging",
            Self::Foreign => "foreign files",
            Self::Unreadable => "unreadable lines",
        })
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(id) => write!(f, "lost: {id}"),
            Self::Doubled { id, attempts } => {
                write!(f, "{} times: {id}, by", attempts.len())?;
                attempts.iter().try_for_each(|(read, written)| {
                    write!(f, " (read by attempt {read}, written by {written})")
                })
            }
            Self::Phantom(id) => write!(f, "no row of the ledger: {id}"),
            Self::Altered(id) => write!(f, "not what was read: {id}"),
            Self::MixedPart { name, writers } => write!(f, "{name} is of attempts {writers:?}"),
            Self::MixedSplit { split, attempts } => {
                write!(f, "split {split} was read by unlike attempts {attempts:?}")
            }
            Self::ScatteredKey { key, names } => write!(f, "key {key} is in {names:?}"),
            Self::Disordered { name, id } => write!(f, "in {name} too late: {id}"),
            Self::Staging(name) => write!(f, "left in staging: {name}"),
            Self::Foreign(name) => write!(f, "no part of the output: {name}"),
            Self::Unreadable { name, line } => write!(f, "no row: line {line} of {name}"),
        }
    }
}
