//! What a job runs: all that a node needs to know of it, but for the bytes of plugins.

use bubbles_pipeline::{Pipeline, Plan};
use serde::{Deserialize, Serialize};

/// A job as it was submitted. It never changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JobSpec {
    /// Its tasks.
    pub pipeline: Pipeline,
    /// How they are run.
    pub plan: Plan,
    /// BLAKE3 of each task's plugin, in the order of the tasks.
    pub plugins: Vec<[u8; 32]>,
    /// Whether each task gives the same output for the same input.
    pub deterministic: Vec<bool>,
    /// Whose bookmarks it reads and leaves.
    pub bookmarks: String,
    /// When it was submitted, in milliseconds since 1970, as the submitting node's clock said.
    pub submitted_ms: u64,
}

/// A pipeline is equal to another if its tasks are; where they were read from does not matter.
impl PartialEq for JobSpec {
    fn eq(&self, other: &Self) -> bool {
        self.pipeline.name() == other.pipeline.name()
            && self.pipeline.base() == other.pipeline.base()
            && self.pipeline.tasks() == other.pipeline.tasks()
            && self.plan == other.plan
            && self.plugins == other.plugins
            && self.deterministic == other.deterministic
            && self.bookmarks == other.bookmarks
            && self.submitted_ms == other.submitted_ms
    }
}
