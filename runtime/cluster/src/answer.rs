//! What comes of a command.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Decision;

/// What came of a command that fits the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// It holds; saying it again changes nothing.
    Accepted,
    /// The attempt's number.
    Assigned {
        /// 1 for the first try.
        attempt: u32,
    },
    /// Another attempt was recorded first, or this one was fenced: what it
    /// prepared is to be aborted, what it stored is not needed.
    Superseded,
    /// The split was run again for what it stores. An earlier attempt's receipts
    /// stay in force: what this one prepared is to be aborted.
    Restored,
}

/// Why a command changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum Refusal {
    /// No such job.
    #[error("no such job")]
    NoSuchJob,
    /// No such stage or split, or its splits are not known yet.
    #[error("no such split")]
    NoSuchSplit,
    /// What it would read is not complete, or the split is.
    #[error("the split is not ready to be worked on")]
    NotReady,
    /// A source's splits are fixed once.
    #[error("the splits of this stage are fixed already")]
    SplitsFixed,
    /// Commit needs every split prepared.
    #[error("not all splits are prepared")]
    Incomplete,
    /// The other decision stands.
    #[error("the job is decided already")]
    Decided(Decision),
    /// Only a decided job ends.
    #[error("the job is not decided yet")]
    Undecided,
    /// Another node has this name.
    #[error("another node has this name")]
    NameTaken,
    /// An invitation is good once.
    #[error("the token has been used already; ask for a new one")]
    Spent,
    /// The log does not take a command of this size.
    #[error("this is more than the log takes at once")]
    TooLarge,
    /// A version is one plugin for ever.
    #[error("this version is there already, with other content; give the new one another version")]
    VersionTaken,
}
