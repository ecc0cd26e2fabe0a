//! What a plugin says of itself, and the values that its calls take and give.

use std::fmt;

use wasmtime::component::{ComponentType, Lift, Lower};

use crate::contract::WitDescription;

/// A kind of task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
pub enum Kind {
    /// Reads a source.
    #[component(name = "extract")]
    Extract,
    /// Turns chunks into chunks.
    #[component(name = "transform")]
    Transform,
    /// Writes a destination.
    #[component(name = "load")]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
pub enum Format {
    /// Opaque.
    #[component(name = "bytes")]
    Bytes,
    /// Newline-delimited JSON.
    #[component(name = "json")]
    Json,
    /// One Arrow IPC stream.
    #[component(name = "arrow")]
    Arrow,
}

/// Which part of its work a combinable transform does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ComponentType, Lower)]
#[component(enum)]
#[repr(u8)]
pub enum Phase {
    /// All of it.
    #[component(name = "whole")]
    Whole,
    /// Before the exchange.
    #[component(name = "partial")]
    Partial,
    /// After the exchange.
    #[component(name = "final")]
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

/// A schema is a page or two; it is shown, parsed and kept.
const MAX_SCHEMA_BYTES: usize = 256 << 10;

/// A summary is one line.
const MAX_SUMMARY_BYTES: usize = 1 << 10;

/// Takes a plugin at its word, if that makes sense.
pub(crate) fn checked(
    said: Vec<WitDescription>,
    kinds: &[Kind],
) -> Result<Vec<Description>, String> {
    let mut descriptions: Vec<Description> = Vec::new();
    for one in said {
        let description = check(one)?;
        let kind = description.kind;
        if descriptions.iter().any(|known| known.kind == kind) {
            return Err(format!("the plugin describes {kind} twice"));
        }
        if !kinds.contains(&kind) {
            return Err(format!(
                "the plugin describes {kind}, which it does not export"
            ));
        }
        descriptions.push(description);
    }
    let missing = kinds
        .iter()
        .find(|kind| !descriptions.iter().any(|one| one.kind == **kind));
    match missing {
        Some(kind) => Err(format!(
            "the plugin exports {kind} and does not describe it"
        )),
        None => Ok(descriptions),
    }
}

fn check(said: WitDescription) -> Result<Description, String> {
    let kind = said.kind;
    if said.config_schema.len() > MAX_SCHEMA_BYTES {
        return Err(format!(
            "the configuration schema of {kind} is over {MAX_SCHEMA_BYTES} bytes"
        ));
    }
    let config_schema: serde_json::Value = serde_json::from_str(&said.config_schema)
        .map_err(|error| format!("the configuration schema of {kind} is not JSON: {error}"))?;
    if !config_schema.is_object() && !config_schema.is_boolean() {
        return Err(format!(
            "the configuration schema of {kind} is not a JSON Schema"
        ));
    }
    let (accepts, produces) = (said.accepts, said.produces);
    match kind {
        Kind::Extract if !accepts.is_empty() => return Err("an extract accepts nothing".to_owned()),
        Kind::Transform | Kind::Load if accepts.is_empty() => {
            return Err(format!("{kind} accepts no format"));
        }
        Kind::Load if produces.is_some() => return Err("a load produces nothing".to_owned()),
        Kind::Extract | Kind::Transform if produces.is_none() => {
            return Err(format!("{kind} produces no format"));
        }
        _ => {}
    }
    let mut summary = crate::log::harmless(&said.summary);
    summary.truncate(summary.floor_char_boundary(MAX_SUMMARY_BYTES));
    Ok(Description {
        kind,
        summary,
        accepts,
        produces,
        config_schema,
        deterministic: said.deterministic,
        combinable: said.combinable && kind == Kind::Transform,
    })
}
