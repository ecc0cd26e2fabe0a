//! The configuration of both tasks.

use bubbles_files::{ByteSize, Compression, IfExists, Output, OutputPath, Paths};
use schemars::JsonSchema;
use serde::Deserialize;

/// How JSON lines are read.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ReadConfig {
    /// The files: a path, URL or pattern, or a list of them.
    pub(crate) path: Paths,
    /// About how much of a file is read by one attempt.
    #[serde(default = "usual_split_size")]
    pub(crate) split_size: ByteSize,
    /// The longest line there may be: at most 32 MiB.
    #[serde(default = "usual_max_record")]
    pub(crate) max_record: ByteSize,
}

/// A chunk must hold the longest line, and a chunk may have at most 64 MiB.
pub(crate) const LONGEST_RECORD: ByteSize = ByteSize::mebibytes(32);

/// How JSON lines are written.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WriteConfig {
    /// A folder (ending in "/") for a part of every partition, or one file.
    pub(crate) path: OutputPath,
    /// Leaves out the keys of columns that have no value in a row, instead of writing null.
    #[serde(default)]
    pub(crate) omit_nulls: bool,
    /// Packs the output. If not given, the end of the path of a single file decides.
    #[serde(default)]
    pub(crate) compression: Option<Compression>,
    /// What happens to earlier output in the same place.
    #[serde(default)]
    pub(crate) if_exists: IfExists,
}

impl WriteConfig {
    pub(crate) fn output(&self) -> Output {
        Output::new(&self.path, "jsonl", self.if_exists, self.compression)
    }
}

fn usual_split_size() -> ByteSize {
    ByteSize::mebibytes(16)
}

fn usual_max_record() -> ByteSize {
    ByteSize::mebibytes(8)
}
