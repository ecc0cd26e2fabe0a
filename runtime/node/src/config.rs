//! How a node is set up: its slots, its folders, its budgets.

use std::path::PathBuf;

/// What a node is started with.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// How many attempts run at once, each on a thread of its own.
    pub slots: usize,
    /// Where jobs leave their log, rejects and bookmarks.
    pub state: PathBuf,
    /// Where compiled plugins are kept.
    pub cache: PathBuf,
    /// Where chunks go that do not fit into memory. Nothing stays there after a job.
    pub scratch: PathBuf,
    /// Bytes of chunks kept in memory before they go to `scratch`.
    pub memory_bytes: u64,
}

impl NodeConfig {
    /// Chunks that wait for their readers, in memory: enough that a job of
    /// ordinary size never touches the disk, small beside the instances.
    pub const MEMORY_BYTES: u64 = 64 << 20;

    /// A node with a slot per core and the default budget.
    #[must_use]
    pub fn new(state: PathBuf, cache: PathBuf, scratch: PathBuf) -> Self {
        let slots = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            slots,
            state,
            cache,
            scratch,
            memory_bytes: Self::MEMORY_BYTES,
        }
    }
}
