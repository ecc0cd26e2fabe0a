//! Entries of the log go into the machine; snapshots come out of it and go in.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use futures_util::{Stream, StreamExt};
use openraft::storage::{EntryResponder, RaftSnapshotBuilder, RaftStateMachine};
use openraft::{EntryPayload, OptionalSend};
use tokio::sync::Mutex as TurnMutex;

use super::config::SNAPSHOT_BYTES_MAX;
use super::machine::{Machine, Verdict};
use super::raft::{
    Entry, LogId, Membership, Payload, Response, Snapshot, SnapshotBytes, SnapshotMeta, Types,
};
use super::record::{RECORD_VERSION, Record, RecordError, UnknownVersion};
use super::stop::{Halt, StopCause};
use super::store::Snapshots;

/// The machine and how far it has come.
#[derive(Default)]
pub(crate) struct Applied {
    pub(crate) machine: Machine,
    last: Option<LogId>,
    membership: Membership,
}

/// What is applied, to be read by anyone and written by the [`Applier`] alone.
#[derive(Clone, Default)]
pub(crate) struct SharedApplied(Arc<RwLock<Applied>>);

impl SharedApplied {
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Applied> {
        // A reader's closure may panic; it holds no lock for writing.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Applied> {
        self.0.write().expect("applying a record does not panic")
    }
}

/// openraft's state machine.
pub(crate) struct Applier {
    applied: SharedApplied,
    snapshots: SnapshotShelf,
    halt: Halt,
}

impl Applier {
    /// Begins from a snapshot, if there is one.
    pub(crate) fn new(
        snapshot: Option<(SnapshotMeta, SnapshotBytes)>,
        store: Snapshots,
        halt: Halt,
    ) -> Result<Self, RecordError> {
        let applied = SharedApplied::default();
        if let Some((meta, bytes)) = &snapshot {
            *applied.write() = restore(meta, bytes)?;
        }
        let snapshots = SnapshotShelf {
            current: Arc::new(Mutex::new(snapshot)),
            turn: Arc::new(TurnMutex::new(())),
            store,
        };
        Ok(Self {
            applied,
            snapshots,
            halt,
        })
    }

    pub(crate) fn applied(&self) -> SharedApplied {
        self.applied.clone()
    }

    fn apply_entry(&self, entry: Entry) -> io::Result<Response> {
        let record = match &entry.payload {
            EntryPayload::Normal(Payload(bytes)) => {
                Some(Record::decode(bytes).map_err(|error| self.halt.stop(error))?)
            }
            EntryPayload::Blank | EntryPayload::Membership(_) => None,
        };
        let mut applied = self.applied.write();
        let verdict = record
            .map(|record| applied.machine.apply(record))
            .transpose();
        let verdict = verdict.map_err(|error| self.halt.stop(error))?;
        applied.last = Some(entry.log_id);
        if let EntryPayload::Membership(membership) = entry.payload {
            applied.membership = Membership::new(Some(entry.log_id), membership);
        }
        Ok(match verdict {
            None => Response::Nothing,
            Some(Verdict::Done(answers)) => Response::Answers(answers),
            Some(Verdict::Outdated) => Response::Outdated,
        })
    }
}

impl RaftStateMachine<Types> for Applier {
    type SnapshotData = SnapshotBytes;
    type SnapshotBuilder = Builder;

    async fn applied_state(&mut self) -> io::Result<(Option<LogId>, Membership)> {
        let applied = self.applied.read();
        Ok((applied.last, applied.membership.clone()))
    }

    async fn apply<S>(&mut self, mut entries: S) -> io::Result<()>
    where
        S: Stream<Item = io::Result<EntryResponder<Types>>> + Unpin + OptionalSend,
    {
        while let Some(entry) = entries.next().await {
            let (entry, asked) = entry?;
            let response = self.apply_entry(entry)?;
            if let Some(asked) = asked {
                asked.send(response);
            }
            // Entries are at hand, so the stream never waits: others get their turn here.
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Encodes here and now, while nothing else is applied: so the snapshot is of
    /// one moment without a copy of the state. Readers go on meanwhile.
    async fn try_create_snapshot_builder(&mut self, _force: bool) -> Option<Builder> {
        Some(self.get_snapshot_builder().await)
    }

    async fn get_snapshot_builder(&mut self) -> Builder {
        let applied = self.applied.clone();
        let encoding = tokio::task::spawn_blocking(move || encode(&applied.read()));
        let encoded = match encoding.await {
            Ok(encoded) => encoded,
            Err(error) => Err(io::Error::other(error)),
        };
        Builder {
            encoded: Some(encoded),
            shelf: self.snapshots.clone(),
            halt: self.halt.clone(),
        }
    }

    async fn install_snapshot(
        &mut self,
        meta: &SnapshotMeta,
        snapshot: SnapshotBytes,
    ) -> io::Result<()> {
        let (of, bytes) = (meta.clone(), Arc::clone(&snapshot));
        let restored = tokio::task::spawn_blocking(move || restore(&of, &bytes)).await;
        let restored = restored.map_err(io::Error::other)?;
        let restored = restored.map_err(|error| self.halt.stop(error))?;
        self.snapshots.put(meta, snapshot).await?;
        *self.applied.write() = restored;
        Ok(())
    }

    async fn get_current_snapshot(&mut self) -> io::Result<Option<Snapshot>> {
        let current = self.snapshots.current().clone();
        Ok(current.map(|(meta, snapshot)| Snapshot { meta, snapshot }))
    }
}

/// Stores a snapshot that is encoded already.
pub(crate) struct Builder {
    encoded: Option<io::Result<(SnapshotMeta, SnapshotBytes)>>,
    shelf: SnapshotShelf,
    halt: Halt,
}

impl RaftSnapshotBuilder<Types> for Builder {
    type SnapshotData = SnapshotBytes;

    async fn build_snapshot(&mut self) -> io::Result<Snapshot> {
        let again = || Err(io::Error::other("this snapshot has been built"));
        let encoded = self.encoded.take().unwrap_or_else(again);
        let (meta, snapshot) =
            encoded.inspect_err(|error| drop(self.halt.stop(StopCause::from(error))))?;
        self.shelf.put(&meta, Arc::clone(&snapshot)).await?;
        Ok(Snapshot { meta, snapshot })
    }
}

/// The current snapshot, in memory and in the store.
#[derive(Clone)]
struct SnapshotShelf {
    current: Arc<Mutex<Option<(SnapshotMeta, SnapshotBytes)>>>,
    /// One is stored at a time: another may be built while one is installed.
    turn: Arc<TurnMutex<()>>,
    store: Snapshots,
}

impl SnapshotShelf {
    fn current(&self) -> MutexGuard<'_, Option<(SnapshotMeta, SnapshotBytes)>> {
        self.current
            .lock()
            .expect("nothing panics while it holds the snapshot")
    }

    /// Makes it the current one, unless that is newer.
    async fn put(&self, meta: &SnapshotMeta, bytes: SnapshotBytes) -> io::Result<()> {
        let _turn = self.turn.lock().await;
        let newer = |(current, _): &(SnapshotMeta, _)| current.last_log_id > meta.last_log_id;
        if self.current().as_ref().is_some_and(newer) {
            return Ok(());
        }
        self.store.store(meta, &bytes).await?;
        *self.current() = Some((meta.clone(), bytes));
        Ok(())
    }
}

/// The version, then the machine.
fn encode(applied: &Applied) -> io::Result<(SnapshotMeta, SnapshotBytes)> {
    let bytes =
        postcard::to_stdvec(&(RECORD_VERSION, &applied.machine)).map_err(io::Error::other)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > SNAPSHOT_BYTES_MAX) {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "the state outgrew its snapshot",
        ));
    }
    let meta = SnapshotMeta {
        last_log_id: applied.last,
        last_membership: applied.membership.clone(),
    };
    Ok((meta, Arc::new(bytes)))
}

pub(super) fn restore(meta: &SnapshotMeta, bytes: &[u8]) -> Result<Applied, RecordError> {
    let (version, machine) = postcard::take_from_bytes(bytes).map_err(RecordError::Malformed)?;
    UnknownVersion::check(version)?;
    match postcard::take_from_bytes::<Machine>(machine) {
        Ok((machine, [])) => {
            let membership = meta.last_membership.clone();
            Ok(Applied {
                machine,
                last: meta.last_log_id,
                membership,
            })
        }
        Ok(_) => Err(RecordError::Malformed(
            postcard::Error::DeserializeBadEncoding,
        )),
        Err(error) => Err(RecordError::Malformed(error)),
    }
}
