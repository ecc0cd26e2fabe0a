//! What a plugin says of one of its tasks, in the runtime's words.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What one kind of task of a plugin is and needs: the contract's `description`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// The kind described.
    pub kind: Kind,
    /// One line for people.
    pub summary: String,
    /// Formats it reads, best first. Empty for an extract.
    pub accepts: Vec<Format>,
    /// The format it emits. `None` for a load.
    pub produces: Option<Format>,
    /// JSON Schema of its configuration, with `x-grant` where a value needs a grant.
    #[serde(with = "crate::task::json_text")]
    pub config_schema: serde_json::Value,
    /// Equal input and configuration always give equal output.
    pub deterministic: bool,
    /// It can work in two phases, `partial` before an exchange and `final` after it.
    pub combinable: bool,
}

/// What a task does with data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Reads a source.
    Extract,
    /// Turns chunks into chunks.
    Transform,
    /// Writes a destination.
    Load,
}

impl Kind {
    /// Every kind, in the order that data meets them.
    pub const ALL: [Self; 3] = [Self::Extract, Self::Transform, Self::Load];

    /// The word for it, which is also its key in a pipeline file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Extract => "extract",
            Self::Transform => "transform",
            Self::Load => "load",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How the bytes of a chunk are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Opaque to the runtime.
    Bytes,
    /// Newline-delimited JSON.
    Json,
    /// One Arrow IPC stream a chunk.
    Arrow,
}

impl Format {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Json => "json",
            Self::Arrow => "arrow",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
