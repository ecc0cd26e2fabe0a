//! What is told of a job: its progress while it runs, its report when it ended.

use std::path::PathBuf;

use bubbles_pipeline::Kind;
use serde::{Deserialize, Serialize};

/// What a job is doing now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobPhase {
    /// Sources say which splits they have.
    Planning,
    /// Attempts run.
    Running,
    /// All output is prepared and being made visible.
    Committing,
    /// Prepared output is being removed.
    Aborting,
    /// Over: see the report.
    Done,
}

/// A job as it stands now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What the job is doing.
    pub phase: JobPhase,
    /// One for each stage, in the order of the plan.
    pub stages: Vec<StageProgress>,
    /// What it waits for, beyond its turn.
    pub waiting: Option<String>,
}

/// A stage as it stands now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageProgress {
    /// Names of its tasks.
    pub tasks: Vec<String>,
    /// Splits that are complete.
    pub splits_done: u32,
    /// All splits, once known.
    pub splits: Option<u32>,
    /// Attempts that run now.
    pub running: u32,
    /// Bytes read by the source, or received from exchanges.
    pub bytes: u64,
    /// All bytes there are to read, where known.
    pub bytes_total: Option<u64>,
    /// Rows that left the first task, or reached it from exchanges.
    pub rows: u64,
    /// Attempts that failed and were tried again.
    pub retries: u32,
}

/// How a job ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JobReport {
    /// The job's id.
    pub job: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// Committed, failed or cancelled.
    pub outcome: Outcome,
    /// From submission to the end, wall time.
    pub elapsed_seconds: f64,
    /// Splits of all stages that are complete.
    #[serde(default)]
    pub splits_done: u64,
    /// Splits of all stages.
    #[serde(default)]
    pub splits: u64,
    /// One for each task, in the order of the pipeline.
    pub tasks: Vec<TaskReport>,
    /// The node that keeps the files below; none: this one.
    pub node: Option<String>,
    /// File of the rejected records, if there are any.
    pub rejects: Option<PathBuf>,
    /// File of what the plugins logged, if they did.
    pub log: Option<PathBuf>,
}

/// The end of a job.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// All output is visible.
    Committed,
    /// No output is visible.
    Failed(JobFailure),
    /// Stopped on request: no output is visible.
    Cancelled,
}

/// Why a job failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JobFailure {
    /// The task at fault, if one is.
    pub task: Option<String>,
    /// The split it worked on.
    pub split: Option<u32>,
    /// How often it was tried.
    pub attempts: u32,
    /// What went wrong.
    pub kind: FailureKind,
    /// The plugin's own message, or the runtime's.
    pub message: String,
    /// What to change.
    pub help: Option<String>,
}

/// Whose fault a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// A record was rejected and the task's `on-error` is `fail`.
    Rejected,
    /// The plugin said that its input is bad.
    Invalid,
    /// The plugin said that the job cannot go on.
    Fatal,
    /// The plugin said to try later, for too long.
    Transient,
    /// The plugin trapped.
    Trap,
    /// The plugin hit a limit.
    Limit,
    /// A task's output does not have the form it declared.
    Data,
    /// This machine failed: disk full, a folder not writable.
    Environment,
}

/// What one task did, over all splits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TaskReport {
    /// Its name.
    pub name: String,
    /// Extract, transform or load.
    pub kind: Kind,
    /// Records that reached it. For an extract: emitted and rejected together.
    /// None where the format has no rows.
    pub rows_in: Option<u64>,
    /// Records it emitted; for a load: records written.
    pub rows_out: Option<u64>,
    /// Records put aside.
    pub rejected: u64,
    /// Bytes that reached it; for an extract: bytes read from its source.
    pub bytes_in: u64,
    /// Bytes it emitted.
    pub bytes_out: u64,
    /// Time its guest ran, over all attempts that counted.
    pub cpu_seconds: f64,
    /// What a load made visible.
    pub outputs: Vec<String>,
}

impl Outcome {
    /// How a job ended, in a word that follows `the job`.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::Failed(_) => "failed",
            Self::Cancelled => "was cancelled",
        }
    }
}

impl JobFailure {
    /// As the log keeps it.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("names, numbers and strings are json")
    }
}

impl JobFailure {
    /// What [`JobFailure::to_bytes`] wrote; none if it is of another version.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

impl JobReport {
    /// What [`JobReport::to_bytes`] wrote; none if it is of another version.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// As the log keeps it.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("names, numbers and strings are json")
    }
}
