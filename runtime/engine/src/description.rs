//! What a plugin says of itself, and the values that its calls take and give.

use std::fmt;

/// A kind of task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Reads a source.
    Extract,
    /// Turns chunks into chunks.
    Transform,
    /// Writes a destination.
    Load,
}

impl Kind {
    /// All kinds, in the order of a pipeline.
    pub const ALL: [Self; 3] = [Self::Extract, Self::Transform, Self::Load];

    /// The word for it in pipelines and in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Extract => "extract",
            Self::Transform => "transform",
            Self::Load => "load",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How the bytes of a chunk are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Opaque.
    Bytes,
    /// Newline-delimited JSON.
    Json,
    /// One Arrow IPC stream.
    Arrow,
}

/// Which part of its work a combinable transform does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// All of it.
    Whole,
    /// Before the exchange.
    Partial,
    /// After the exchange.
    Final,
}

/// What a plugin says of one kind of task that it offers.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    /// The kind.
    pub kind: Kind,
    /// One line for people.
    pub summary: String,
    /// Formats it reads, best first. Empty for an extract.
    pub accepts: Vec<Format>,
    /// The format it emits. None for a load.
    pub produces: Option<Format>,
    /// JSON Schema of its configuration.
    pub config_schema: serde_json::Value,
    /// Equal input and configuration always give equal output.
    pub deterministic: bool,
    /// A transform that can work in two phases.
    pub combinable: bool,
}

/// Where a task runs. In a retry all of it is the same again, but `attempt`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The job.
    pub job: String,
    /// The task's name in the pipeline.
    pub task: String,
    /// The part of the work to do.
    pub phase: Phase,
    /// Which split or partition, from 0.
    pub split: u32,
    /// How many there are.
    pub splits: u32,
    /// 1 for the first try.
    pub attempt: u32,
}

/// A piece of a source that can be read apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// For the plugin's own eyes.
    pub payload: Vec<u8>,
    /// About how much there is to read. 0 if unknown.
    pub bytes: u64,
}

/// What `plan` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The pieces.
    pub splits: Vec<Split>,
    /// Where the next job is to start.
    pub bookmark: Option<Vec<u8>>,
}
