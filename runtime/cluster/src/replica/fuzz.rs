//! What `tests/fuzz` reaches of this crate, and nobody else.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::apply::restore;
use super::raft::SnapshotMeta;
use super::{Machine, Record, message};

/// What a replica asks of another.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct Request(message::Request);

/// What it answers.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reply(message::Reply);

/// Reads a [`Request`] or a [`Reply`].
pub fn message<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    message::decode(bytes).ok()
}

/// Reads what stands in the log.
pub fn record(bytes: &[u8]) -> Option<Record> {
    Record::decode(bytes).ok()
}

/// Reads a snapshot.
pub fn snapshot(bytes: &[u8]) -> Option<Machine> {
    let applied = restore(&SnapshotMeta::default(), bytes);
    applied.ok().map(|applied| applied.machine)
}
