//! The commands of the log: everything that changes what is agreed.

use std::fmt;
use std::ops::AddAssign;

use bubbles_pipeline::{NodeId, StageId, TaskIndex};
use serde::{Deserialize, Serialize};

use crate::job_spec::JobSpec;
use crate::registry::{Fingerprint, NodeRecord, PluginRecord};

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

/// A piece of a source, as its extract planned it: any node can read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceSplit {
    /// What the extract will know of it.
    pub payload: Vec<u8>,
    /// Its size, for progress; 0 where the extract does not know.
    pub bytes: u64,
}

/// What one task of an attempt did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Records that reached it.
    pub rows_in: u64,
    /// Records that it emitted, or wrote.
    pub rows_out: u64,
    /// Records that it put aside.
    pub rejected: u64,
    /// Bytes that reached it.
    pub bytes_in: u64,
    /// Bytes that it emitted.
    pub bytes_out: u64,
    /// Time that its guest ran.
    pub cpu_nanos: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.rows_in += other.rows_in;
        self.rows_out += other.rows_out;
        self.rejected += other.rejected;
        self.bytes_in += other.bytes_in;
        self.bytes_out += other.bytes_out;
        self.cpu_nanos += other.cpu_nanos;
    }
}

/// What an attempt that ended well leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// One for each load of the stage.
    pub receipts: Vec<Prepared>,
    /// One for each step of the stage.
    pub counts: Vec<Counts>,
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
        spec: Box<JobSpec>,
    },
    /// A source said which splits it has, and where the next job starts.
    FixSplits {
        /// The job.
        job: JobId,
        /// The stage whose first task is the source.
        stage: StageId,
        /// Its splits.
        splits: Vec<SourceSplit>,
        /// Kept when, and only when, the job commits.
        bookmark: Option<Vec<u8>>,
    },
    /// A node is to make an attempt.
    Assign {
        /// The job.
        job: JobId,
        /// At what.
        work: Work,
        /// Who.
        node: NodeId,
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
        /// What it left.
        outcome: Outcome,
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
    /// What these splits stored for their readers is gone, with the node that had it.
    Lose {
        /// The job.
        job: JobId,
        /// Whose output.
        works: Vec<Work>,
    },
    /// Commit or abort, once.
    Decide {
        /// The job.
        job: JobId,
        /// Which.
        decision: Decision,
        /// Why it aborts, for the report.
        reason: Option<Vec<u8>>,
    },
    /// A load's part of the decision has been carried out.
    Settle {
        /// The job.
        job: JobId,
        /// The load.
        task: TaskIndex,
        /// What it made visible.
        published: Vec<String>,
    },
    /// The decision has been carried out.
    Finish {
        /// The job.
        job: JobId,
        /// What is told of it from now on.
        report: Vec<u8>,
    },
    /// The job's record is no longer needed.
    Forget {
        /// The job.
        job: JobId,
    },
    /// A node is a member, or has moved or changed what it offers.
    Register {
        /// Which.
        node: NodeId,
        /// What is known of it.
        record: NodeRecord,
    },
    /// A node is no longer a member.
    Unregister {
        /// Which.
        node: NodeId,
    },
    /// A one-time invitation has been used.
    Spend {
        /// Whose certificate it held.
        invitation: Fingerprint,
    },
    /// A certificate is good no longer.
    Revoke {
        /// Which.
        certificate: Fingerprint,
    },
    /// A plugin is in the catalogue.
    Publish {
        /// Its name.
        name: String,
        /// What it is.
        record: PluginRecord,
    },
}
