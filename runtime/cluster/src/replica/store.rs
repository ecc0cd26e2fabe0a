//! The store: one redb file in the node's folder, written by one thread.
//!
//! What is read often (entries, the vote) is kept in memory as well: the log is
//! short, because a snapshot takes its place every so many records.

mod load;
mod log;
mod seal;
mod snapshots;
mod write;
mod writer;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use openraft::entry::RaftEntry;
use redb::TableDefinition;
use serde::{Deserialize, Serialize};

use super::config::ReplicaConfig;
use super::open::OpenError;
use super::raft::{SnapshotBytes, SnapshotMeta};
use super::stop::Halt;
pub(crate) use log::LogStore;
pub(crate) use snapshots::Snapshots;
pub(crate) use writer::Writer;

/// Sealed entries by their index.
const LOG: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("log");
/// Sealed single values by their name.
const FACTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("facts");
/// Sealed pieces of snapshots, by the snapshot's number and the piece's.
const PIECES: TableDefinition<'_, (u64, u32), &[u8]> = TableDefinition::new("snapshots");

const NODE: &str = "node";
const OPENS: &str = "opens";
const VOTE: &str = "vote";
const COMMITTED: &str = "committed";
const PURGED: &str = "purged";
const SNAPSHOT: &str = "snapshot";

/// What [`SNAPSHOT`] says: which pieces are the current one.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Current {
    number: u64,
    pieces: u32,
    bytes: u64,
    meta: SnapshotMeta,
}

fn place_of_entry(index: u64) -> String {
    format!("log/{index}")
}

fn place_of_piece(number: u64, piece: u32) -> String {
    format!("snapshot/{number}/{piece}")
}

/// A store that was opened and read through.
pub(crate) struct Store {
    pub(crate) log: LogStore,
    pub(crate) snapshots: Snapshots,
    pub(crate) writer: Writer,
    /// The newest snapshot, to begin from.
    pub(crate) snapshot: Option<(SnapshotMeta, SnapshotBytes)>,
    /// How often the folder has been opened, this time included.
    pub(crate) opens: u64,
}

impl Store {
    /// Opens the file and reads all of it, on the thread that will write it.
    pub(crate) async fn open(config: &ReplicaConfig, halt: Halt) -> Result<Self, OpenError> {
        let (writer, loaded) = Writer::start(config.folder.clone(), config.id.0, halt).await?;
        let snapshots = Snapshots {
            writes: writer.writes(),
            next: Arc::new(AtomicU64::new(loaded.next_snapshot)),
        };
        let (snapshot, opens) = (loaded.snapshot.clone(), loaded.opens);
        let log = LogStore::new(loaded, writer.writes());
        Ok(Self {
            log,
            snapshots,
            writer,
            snapshot,
            opens,
        })
    }
}

fn index(entry: &super::raft::Entry) -> u64 {
    entry.log_id().index
}
