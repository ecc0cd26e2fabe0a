//! What a leader and a worker say to each other: the same on one machine and on many.

use std::sync::Arc;

use bubbles_cluster::{Counts, JobId, JobSpec, Outcome, SourceSplit, Work};
use bubbles_pipeline::{ExchangeId, NodeId, TaskIndex};
use serde::{Deserialize, Serialize};

use crate::attempt::Fault;

/// An order's name: of the leader that gave it, and counted by that leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct OrderId {
    pub(crate) epoch: u64,
    pub(crate) number: u64,
}

/// What a leader says to a worker. In this order it arrives.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum ToWorker {
    /// A job that orders will be about. Said again, it changes nothing.
    Begin { job: JobId, spec: Arc<JobSpec> },
    /// Something to do, on a slot of its own.
    Order { id: OrderId, order: Order },
    /// What was agreed of an attempt that ended well.
    Recorded {
        id: OrderId,
        attempt: AttemptKey,
        keep: Keep,
    },
    /// What came of this order has been heard: it need not be told again.
    Heard(OrderId),
    /// Nobody wants what the job's attempts make.
    Stop { job: JobId },
    /// Nobody reads these chunks any more: of one split, or of all.
    Release {
        job: JobId,
        exchange: ExchangeId,
        split: Option<u32>,
    },
    /// The job is over. Attempts at it that went with their node may have left something staged.
    End { job: JobId, lost: bool },
}

/// What a worker says to its leader.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum FromWorker {
    /// The first thing it says to a leader.
    Ready(Ready),
    /// What came of an order.
    Done { id: OrderId, done: Done },
    /// What running attempts did so far.
    Progress(Vec<(OrderId, Vec<Counts>)>),
    /// It takes no more work.
    Draining,
    /// It goes, and what it has goes with it.
    Bye,
}

/// How a worker stands when it reports to a leader, the first or another one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Ready {
    /// Orders under way, of whichever leader.
    pub(crate) under_way: Vec<UnderWay>,
    /// What came of orders and may not have been heard.
    pub(crate) untold: Vec<(OrderId, Done)>,
    /// Jobs that it knows: what their attempts stored here is here still.
    pub(crate) jobs: Vec<JobId>,
    /// Whether it takes no more work.
    pub(crate) draining: bool,
}

/// An order that a worker has and has not carried out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct UnderWay {
    pub(crate) id: OrderId,
    pub(crate) job: JobId,
    /// Where it is an attempt.
    pub(crate) attempt: Option<AttemptKey>,
}

/// An attempt's name in the log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct AttemptKey {
    pub(crate) job: JobId,
    pub(crate) work: Work,
    pub(crate) attempt: u32,
    pub(crate) epoch: u64,
}

/// What is kept of an attempt; the worker removes the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Keep {
    /// What it stored and what it prepared.
    All,
    /// What it stored: another attempt's receipts are in force.
    Chunks,
    /// Another attempt won.
    Nothing,
}

/// What a slot is given to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Order {
    /// Ask a source for its splits.
    Plan {
        job: JobId,
        task: TaskIndex,
        bookmark: Option<Vec<u8>>,
    },
    /// Make an attempt.
    Attempt(AttemptOrder),
    /// Make a load's output visible.
    Commit {
        job: JobId,
        task: TaskIndex,
        receipts: Vec<Vec<u8>>,
    },
    /// Remove a load's prepared output.
    Abort {
        job: JobId,
        task: TaskIndex,
        receipts: Vec<Vec<u8>>,
    },
    /// Gather the job's rejects in its file.
    Rejects { job: JobId, spools: Vec<SpoolPlace> },
}

/// An attempt to be made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AttemptOrder {
    pub(crate) key: AttemptKey,
    /// How many splits the stage has.
    pub(crate) splits: u32,
    pub(crate) input: InputOrder,
}

/// What the first task of a stage reads, and where it lies.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum InputOrder {
    /// A piece of a source.
    Source(SourceSplit),
    /// For each input in the order of `from`.
    Exchanges(Vec<ExchangeInput>),
}

/// One input of a stage.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ExchangeInput {
    pub(crate) exchange: ExchangeId,
    pub(crate) partition: u32,
    /// Of each split that stored something for it, in order.
    pub(crate) from: Vec<StoredPlace>,
}

/// Where a split's output lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredPlace {
    pub(crate) node: NodeId,
    pub(crate) split: u32,
    pub(crate) attempt: u32,
}

/// Where an attempt's rejects lie.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct SpoolPlace {
    pub(crate) node: NodeId,
    pub(crate) work: Work,
    pub(crate) attempt: u32,
    /// How many there are.
    pub(crate) rejected: u64,
}

/// What came of an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Done {
    Planned(Result<Planned, Fault>),
    Attempted(AttemptKey, Result<Outcome, Fault>),
    /// The URLs that are visible now.
    Committed(Result<Vec<String>, Fault>),
    Aborted(Result<(), Fault>),
    /// Whether there were any.
    Rejects(Result<bool, Fault>),
}

/// What a source said.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Planned {
    pub(crate) splits: Vec<SourceSplit>,
    pub(crate) bookmark: Option<Vec<u8>>,
}

impl Done {
    /// Why it was not done, if it was not.
    pub(crate) fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Planned(result) => result.as_ref().err(),
            Self::Attempted(_, result) => result.as_ref().err(),
            Self::Committed(result) => result.as_ref().err(),
            Self::Aborted(result) => result.as_ref().err(),
            Self::Rejects(result) => result.as_ref().err(),
        }
    }
}

impl Order {
    /// Whose it is.
    pub(crate) fn job(&self) -> &JobId {
        match self {
            Self::Attempt(order) => &order.key.job,
            Self::Plan { job, .. }
            | Self::Commit { job, .. }
            | Self::Abort { job, .. }
            | Self::Rejects { job, .. } => job,
        }
    }

    /// What is told where it cannot even begin.
    pub(crate) fn failed(&self, fault: Fault) -> Done {
        match self {
            Self::Plan { .. } => Done::Planned(Err(fault)),
            Self::Attempt(order) => Done::Attempted(order.key.clone(), Err(fault)),
            Self::Commit { .. } => Done::Committed(Err(fault)),
            Self::Abort { .. } => Done::Aborted(Err(fault)),
            Self::Rejects { .. } => Done::Rejects(Err(fault)),
        }
    }
}
