//! The log as openraft uses it: read from memory, written by the thread.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io;
use std::ops::RangeBounds;
use std::sync::{Arc, Mutex, MutexGuard};

use openraft::storage::{IOFlushed, LogState, RaftLogReader, RaftLogStorage};
use openraft::{EntryPayload, LogIdOptionExt, OptionalSend};

use super::load::{Loaded, encode};
use super::write::Write;
use super::writer::Writes;
use super::{VOTE, index};
use crate::replica::config::APPEND_BYTES_MAX;
use crate::replica::raft::{Entry, LogId, Types, Vote};

/// The log. Clones are the same log.
#[derive(Clone)]
pub(crate) struct LogStore {
    memory: Arc<Mutex<Memory>>,
    writes: Writes,
}

/// What the file says, and what is on the way into it.
struct Memory {
    vote: Option<Vote>,
    committed: Option<LogId>,
    purged: Option<LogId>,
    entries: BTreeMap<u64, Entry>,
}

impl LogStore {
    pub(super) fn new(loaded: Loaded, writes: Writes) -> Self {
        let Loaded {
            vote,
            committed,
            purged,
            entries,
            ..
        } = loaded;
        let memory = Memory {
            vote,
            committed,
            purged,
            entries,
        };
        Self {
            memory: Arc::new(Mutex::new(memory)),
            writes,
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory
            .lock()
            .expect("nothing panics while it holds the log")
    }
}

impl RaftLogReader<Types> for LogStore {
    async fn try_get_log_entries<R>(&mut self, range: R) -> io::Result<Vec<Entry>>
    where
        R: RangeBounds<u64> + Clone + Debug + OptionalSend,
    {
        Ok(self
            .memory()
            .entries
            .range(range)
            .map(|(_, entry)| entry.clone())
            .collect())
    }

    async fn read_vote(&mut self) -> io::Result<Option<Vote>> {
        Ok(self.memory().vote)
    }

    /// No more than a message to a peer may hold, and at least one entry.
    async fn limited_get_log_entries(&mut self, start: u64, end: u64) -> io::Result<Vec<Entry>> {
        let mut bytes = 0;
        let fits = |entry: &&Entry| {
            let is_first = bytes == 0;
            bytes += match &entry.payload {
                EntryPayload::Normal(record) => record.0.len().max(1),
                EntryPayload::Blank | EntryPayload::Membership(_) => 1,
            };
            is_first || bytes <= APPEND_BYTES_MAX
        };
        let memory = self.memory();
        let entries = memory.entries.range(start..end).map(|(_, entry)| entry);
        Ok(entries.take_while(fits).cloned().collect())
    }
}

impl RaftLogStorage<Types> for LogStore {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> io::Result<LogState<Types>> {
        let memory = self.memory();
        let last = memory
            .entries
            .last_key_value()
            .map(|(_, entry)| entry.log_id);
        Ok(LogState {
            last_purged_log_id: memory.purged,
            last_log_id: last.or(memory.purged),
        })
    }

    async fn get_log_reader(&mut self) -> Self {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote) -> io::Result<()> {
        let value = encode(vote)?;
        self.writes
            .finish(|done| Write::Fact {
                name: VOTE,
                value,
                done,
            })
            .await?;
        self.memory().vote = Some(*vote);
        Ok(())
    }

    async fn save_committed(&mut self, committed: Option<LogId>) -> io::Result<()> {
        self.memory().committed = committed;
        if let Some(committed) = committed {
            let value = encode(&committed)?;
            self.writes.send(Write::Committed { value }).await?;
        }
        Ok(())
    }

    async fn read_committed(&mut self) -> io::Result<Option<LogId>> {
        Ok(self.memory().committed)
    }

    async fn append<I>(&mut self, entries: I, flushed: IOFlushed<Types>) -> io::Result<()>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entries: Vec<Entry> = entries.into_iter().collect();
        let known = entries.iter().map(|entry| (index(entry), entry.clone()));
        self.memory().entries.extend(known);
        self.writes.send(Write::Append { entries, flushed }).await
    }

    async fn truncate_after(&mut self, last: Option<LogId>) -> io::Result<()> {
        let from = last.next_index();
        drop(self.memory().entries.split_off(&from));
        self.writes
            .finish(|done| Write::Truncate { from, done })
            .await
    }

    async fn purge(&mut self, upto: LogId) -> io::Result<()> {
        {
            let mut memory = self.memory();
            memory.purged = memory.purged.max(Some(upto));
            memory.entries = memory.entries.split_off(&(upto.index + 1));
        }
        self.writes.finish(|done| Write::Purge { upto, done }).await
    }
}
