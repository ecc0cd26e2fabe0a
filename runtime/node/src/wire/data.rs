//! Bulk: chunks, rejects and plugins.

use bubbles_cluster::{JobId, Work};
use bubbles_pipeline::ExchangeId;
use bubbles_transport::{Frame, Role};
use serde::{Deserialize, Serialize};

use super::Denial;

/// What a stream of a data connection is for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Haul {
    /// Towards the asker.
    Fetch(Fetch),
    /// From the asker.
    Put(Put),
}

/// What is asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Fetch {
    /// What an attempt stored for a partition: [`Load::Blocks`], then for each block a
    /// [`BlockHead`] and as many raw bytes; the stream ends after the last.
    Chunks {
        /// The job.
        job: JobId,
        /// The exchange.
        exchange: ExchangeId,
        /// The split that was worked on.
        split: u32,
        /// Which try.
        attempt: u32,
        /// For whom.
        partition: u32,
    },
    /// What an attempt put aside: [`Load::Bytes`], then as many raw bytes, lines of json.
    Rejects {
        /// The job.
        job: JobId,
        /// What was worked on.
        work: Work,
        /// Which try.
        attempt: u32,
    },
    /// A plugin's component from this byte on: [`Load::Bytes`], then as many raw bytes.
    Plugin {
        /// BLAKE3 of all of it.
        digest: [u8; 32],
        /// How much of it the asker has.
        offset: u64,
    },
}

/// What is brought.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Put {
    /// A plugin's component: [`Load::Ready`], then as many raw bytes to the node, then [`Load::Done`].
    Plugin {
        /// BLAKE3 of all of it.
        digest: [u8; 32],
        /// Its size.
        size_bytes: u64,
    },
}

/// An answer on a data connection.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Load {
    /// It is not here, and never will be.
    Gone,
    /// It is not done.
    No(Denial),
    /// So many blocks follow.
    Blocks(u64),
    /// So many raw bytes follow, and how many there are in all.
    Bytes {
        /// To come.
        left: u64,
        /// Of the whole.
        total: u64,
    },
    /// Send it.
    Ready,
    /// It is here, whole and as it should be.
    Done,
}

/// What is known of a block before its bytes come.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct BlockHead {
    /// Whether it is many small chunks, each behind its length.
    pub packed: bool,
    /// Whether it is compressed (LZ4, block format).
    pub compressed: bool,
    /// Bytes that follow.
    pub stored_bytes: u32,
    /// Bytes that they make.
    pub raw_bytes: u32,
}

impl Haul {
    /// The role that may ask it.
    #[must_use]
    pub fn needs(&self) -> Role {
        match self {
            Self::Fetch(Fetch::Chunks { .. } | Fetch::Rejects { .. }) => Role::Node,
            Self::Fetch(Fetch::Plugin { .. }) | Self::Put(Put::Plugin { .. }) => Role::Submit,
        }
    }
}

impl Frame for Haul {
    const KIND: u8 = 16;
    const LIMIT: usize = 1 << 10;
}

impl Frame for Load {
    const KIND: u8 = 17;
    const LIMIT: usize = 4 << 10;
}

impl Frame for BlockHead {
    const KIND: u8 = 18;
    const LIMIT: usize = 32;
}
