//! Bulk from node to node: chunks, rejects and plugins, pulled by who needs them.

mod pull;
mod serve;

pub(super) use pull::{Puller, pull_plugin};
pub(super) use serve::{HaulError, serve};

use std::time::Duration;

/// Silence in the middle of a transfer after which it is given up. A node that answers heartbeats
/// and sends nothing for so long is as good as gone.
const SILENCE: Duration = Duration::from_secs(10);

/// Rejects of one attempt that travel: the records beyond are counted.
const REJECT_BYTES: usize = 64 << 20;

/// The largest block: a chunk of 64 MiB, or a pack of small ones.
const BLOCK_BYTES: usize = 65 << 20;

/// The largest plugin, as the engine has it.
const PLUGIN_BYTES: u64 = 256 << 20;
