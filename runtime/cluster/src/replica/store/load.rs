//! The file is opened, and every value in it read and checked.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use openraft::LogIdOptionExt;
use redb::{Database, ReadableDatabase, ReadableTable};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::seal::{seal, unseal};
use super::{
    COMMITTED, Current, FACTS, LOG, NODE, OPENS, PIECES, PURGED, SNAPSHOT, VOTE, index,
    place_of_entry, place_of_piece,
};
use crate::replica::config::SNAPSHOT_BYTES_MAX;
use crate::replica::open::OpenError;
use crate::replica::raft::{Entry, LogId, SnapshotBytes, SnapshotMeta, Vote};

/// The log is in memory as well; the cache only serves the next transaction.
const CACHE_BYTES: usize = 16 << 20;

/// All that the file says.
#[derive(Default)]
pub(crate) struct Loaded {
    pub(super) opens: u64,
    pub(super) vote: Option<Vote>,
    pub(super) committed: Option<LogId>,
    pub(super) purged: Option<LogId>,
    pub(super) entries: BTreeMap<u64, Entry>,
    pub(super) snapshot: Option<(SnapshotMeta, SnapshotBytes)>,
    pub(super) next_snapshot: u64,
}

/// Opens the file, makes it if need be, and notes that it was opened.
pub(super) fn open(folder: &Path, node: u64) -> Result<(Database, Loaded), OpenError> {
    fs::create_dir_all(folder).map_err(OpenError::Folder)?;
    let database = Database::builder()
        .set_cache_size(CACHE_BYTES)
        // Pages that no value of ours lies in are checked as well.
        .set_check_integrity_on_open(true)
        .create(folder.join("log.redb"))
        .map_err(failed)?;
    // The file's name has to outlive a power cut as its content does.
    fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(OpenError::Folder)?;
    let opens = note_opening(&database, node)?;
    let mut loaded = read(&database)?;
    loaded.opens = opens;
    loaded.mend()?;
    Ok((database, loaded))
}

fn note_opening(database: &Database, node: u64) -> Result<u64, OpenError> {
    let writing = database.begin_write().map_err(failed)?;
    let opens;
    {
        writing.open_table(LOG).map_err(failed)?;
        writing.open_table(PIECES).map_err(failed)?;
        let mut facts = writing.open_table(FACTS).map_err(failed)?;
        let found = fact::<u64>(&facts, NODE)?;
        if let Some(found) = found.filter(|found| *found != node) {
            return Err(OpenError::OtherNode {
                found,
                wanted: node,
            });
        }
        opens = fact::<u64>(&facts, OPENS)?.unwrap_or(0) + 1;
        for (name, value) in [(NODE, node), (OPENS, opens)] {
            let sealed = seal(name, &encode(&value).map_err(OpenError::Folder)?);
            facts.insert(name, sealed.as_slice()).map_err(failed)?;
        }
    }
    writing.commit().map_err(failed)?;
    Ok(opens)
}

fn read(database: &Database) -> Result<Loaded, OpenError> {
    let reading = database.begin_read().map_err(failed)?;
    let facts = reading.open_table(FACTS).map_err(failed)?;
    let mut loaded = Loaded {
        vote: fact(&facts, VOTE)?,
        committed: fact(&facts, COMMITTED)?,
        purged: fact(&facts, PURGED)?,
        ..Loaded::default()
    };
    let log = reading.open_table(LOG).map_err(failed)?;
    for row in log.iter().map_err(failed)? {
        let (key, sealed) = row.map_err(failed)?;
        let place = place_of_entry(key.value());
        let entry: Entry = open_seal(&place, sealed.value())?;
        if index(&entry) != key.value() {
            return Err(OpenError::corrupt(place));
        }
        loaded.entries.insert(key.value(), entry);
    }
    let pieces = reading.open_table(PIECES).map_err(failed)?;
    let newest = pieces.last().map_err(failed)?.map(|(key, _)| key.value().0);
    loaded.next_snapshot = newest.map_or(0, |newest| newest + 1);
    if let Some(current) = fact::<Current>(&facts, SNAPSHOT)? {
        loaded.next_snapshot = loaded.next_snapshot.max(current.number + 1);
        let bytes = whole(&pieces, &current)?;
        loaded.snapshot = Some((current.meta, Arc::new(bytes)));
    }
    Ok(loaded)
}

fn whole(
    pieces: &impl ReadableTable<(u64, u32), &'static [u8]>,
    current: &Current,
) -> Result<Vec<u8>, OpenError> {
    let mut bytes = Vec::new();
    for piece in 0..current.pieces {
        let place = place_of_piece(current.number, piece);
        let found = pieces.get((current.number, piece)).map_err(failed)?;
        let sealed = found.ok_or_else(|| OpenError::corrupt(&place))?;
        let value = unseal(&place, sealed.value()).ok_or_else(|| OpenError::corrupt(&place))?;
        bytes.extend_from_slice(value);
    }
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if length != current.bytes || length > SNAPSHOT_BYTES_MAX {
        return Err(OpenError::corrupt(SNAPSHOT));
    }
    Ok(bytes)
}

impl Loaded {
    /// What a crash between two writes may leave is put right; what it cannot
    /// have left is damage.
    fn mend(&mut self) -> Result<(), OpenError> {
        let snapshot = self
            .snapshot
            .as_ref()
            .and_then(|(meta, _)| meta.last_log_id);
        if !self.is_whole() {
            // A snapshot was installed and entries after it written, but what lies
            // before it was not purged yet.
            self.purged = snapshot.max(self.purged);
            let start = self.purged.next_index();
            self.entries.retain(|index, _| *index >= start);
        }
        if !self.is_whole() {
            return Err(OpenError::corrupt("log: entries are missing"));
        }
        let last = self.entries.last_key_value().map(|(index, _)| *index);
        if self.committed.index() > last.max(self.purged.index()).max(snapshot.index()) {
            // It was said of a snapshot that had not arrived whole. To know less of
            // what is committed is always safe: the leader says it again.
            self.committed = snapshot;
        }
        Ok(())
    }

    /// Whether the entries follow what was purged, and each other.
    fn is_whole(&self) -> bool {
        let expected = self.purged.next_index()..;
        expected
            .zip(self.entries.keys())
            .all(|(expected, found)| expected == *found)
    }
}

fn fact<T: DeserializeOwned>(
    facts: &impl ReadableTable<&'static str, &'static [u8]>,
    name: &str,
) -> Result<Option<T>, OpenError> {
    let found = facts.get(name).map_err(failed)?;
    found
        .map(|sealed| open_seal(name, sealed.value()))
        .transpose()
}

fn open_seal<T: DeserializeOwned>(place: &str, sealed: &[u8]) -> Result<T, OpenError> {
    let value = unseal(place, sealed).ok_or_else(|| OpenError::corrupt(place))?;
    match postcard::take_from_bytes(value) {
        Ok((value, [])) => Ok(value),
        _ => Err(OpenError::corrupt(place)),
    }
}

/// As it is stored, without its seal.
pub(super) fn encode<T: Serialize>(value: &T) -> io::Result<Vec<u8>> {
    postcard::to_stdvec(value).map_err(io::Error::other)
}

fn failed(error: impl Into<redb::Error>) -> OpenError {
    match error.into() {
        redb::Error::DatabaseAlreadyOpen => OpenError::Locked,
        redb::Error::Corrupted(what) => OpenError::corrupt(what),
        redb::Error::Io(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
            ) =>
        {
            OpenError::corrupt(error)
        }
        redb::Error::Io(error) => OpenError::Folder(error),
        // Tables of other types, broken headers: nothing that this program wrote.
        other => OpenError::corrupt(other),
    }
}
