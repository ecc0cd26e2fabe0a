//! The commands of the log: everything that changes what is agreed.

use std::fmt;

use bubbles_pipeline::{Plan, StageId, TaskIndex};
use serde::{Deserialize, Serialize};

/// A job's name in the log: unique, and made by whoever submits it, so that a
/// submission said twice is one job.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct JobId(pub String);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One split of one stage: what an attempt is made at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Work {
    /// The stage.
    pub stage: StageId,
    /// Which of its splits, from 0.
    pub split: u32,
}

/// A receipt and the load task that gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    /// The load.
    pub task: TaskIndex,
    /// What `commit` and `abort` will know of the output.
    pub receipt: Vec<u8>,
}

/// How a failed attempt counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureClass {
    /// The task's own: an error, a trap, a limit. Four of them fail the job.
    Own,
    /// A busy server or a lost connection: tried again, not counted.
    Transient,
    /// The node went away: tried again, not counted.
    Lost,
}

/// The one record that ends a job's undecided life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// Everything is prepared: from here there is only forward.
    Commit,
    /// Nothing will be visible.
    Abort,
}

/// A change of what is agreed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// A job begins.
    Submit {
        /// Its id.
        job: JobId,
        /// What it will run.
        plan: Box<Plan>,
    },
    /// A source said which splits it has, and where the next job starts.
    FixSplits {
        /// The job.
        job: JobId,
        /// The stage whose first task is the source.
        stage: StageId,
        /// How many splits.
        splits: u32,
        /// Kept when, and only when, the job commits.
        bookmark: Option<Vec<u8>>,
    },
    /// A node is to make an attempt.
    Assign {
        /// The job.
        job: JobId,
        /// At what.
        work: Work,
        /// Fences the node: what it reports under another epoch is refused.
        epoch: u64,
    },
    /// An attempt ended well; its output is prepared.
    Complete {
        /// The job.
        job: JobId,
        /// At what.
        work: Work,
        /// Which try.
        attempt: u32,
        /// As assigned.
        epoch: u64,
        /// One for each load of the stage.
        receipts: Vec<Prepared>,
    },
    /// An attempt failed.
    Fail {
        /// The job.
        job: JobId,
        /// At what.
        work: Work,
        /// Which try.
        attempt: u32,
        /// As assigned.
        epoch: u64,
        /// How it counts.
        class: FailureClass,
    },
    /// Commit or abort, once.
    Decide {
        /// The job.
        job: JobId,
        /// Which.
        decision: Decision,
    },
    /// The decision has been carried out.
    Finish {
        /// The job.
        job: JobId,
    },
    /// The job's record is no longer needed.
    Forget {
        /// The job.
        job: JobId,
    },
}
