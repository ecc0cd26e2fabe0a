//! What is stored, and how it lies in the file.

use std::io;

use openraft::storage::IOFlushed;
use redb::WriteTransaction;
use tokio::sync::oneshot;

use super::load::encode;
use super::seal::seal;
use super::{
    COMMITTED, Current, FACTS, LOG, PIECES, PURGED, SNAPSHOT, index, place_of_entry, place_of_piece,
};
use crate::replica::raft::{Entry, LogId, Types};

pub(super) type Done = oneshot::Sender<io::Result<()>>;

/// Something to store. Done in the order in which it was said.
pub(super) enum Write {
    Append {
        entries: Vec<Entry>,
        flushed: IOFlushed<Types>,
    },
    Fact {
        name: &'static str,
        value: Vec<u8>,
        done: Done,
    },
    /// Rides along with the next transaction: to know less of it after a crash is safe.
    Committed {
        value: Vec<u8>,
    },
    Truncate {
        from: u64,
        done: Done,
    },
    Purge {
        upto: LogId,
        done: Done,
    },
    Piece {
        number: u64,
        piece: u32,
        value: Vec<u8>,
        done: Done,
    },
    /// The pieces of this snapshot are all there: those of others go.
    Publish {
        current: Box<Current>,
        done: Done,
    },
    /// The last one: the file is closed when it is done.
    Close {
        done: Done,
    },
}

/// Does one write within a transaction.
pub(super) fn perform(writing: &WriteTransaction, write: &Write) -> io::Result<()> {
    match write {
        Write::Append { entries, .. } => {
            let mut log = writing.open_table(LOG).map_err(failed)?;
            for entry in entries {
                let index = index(entry);
                let sealed = seal(&place_of_entry(index), &encode(entry)?);
                log.insert(index, sealed.as_slice()).map_err(failed)?;
            }
        }
        Write::Fact { name, value, .. } => put(writing, name, value)?,
        Write::Committed { .. } | Write::Close { .. } => {}
        Write::Truncate { from, .. } => {
            let mut log = writing.open_table(LOG).map_err(failed)?;
            log.retain_in(*from.., |_, _| false).map_err(failed)?;
        }
        Write::Purge { upto, .. } => {
            put(writing, PURGED, &encode(upto)?)?;
            let mut log = writing.open_table(LOG).map_err(failed)?;
            log.retain_in(..=upto.index, |_, _| false).map_err(failed)?;
        }
        Write::Piece {
            number,
            piece,
            value,
            ..
        } => {
            let sealed = seal(&place_of_piece(*number, *piece), value);
            let mut pieces = writing.open_table(PIECES).map_err(failed)?;
            pieces
                .insert((*number, *piece), sealed.as_slice())
                .map_err(failed)?;
        }
        Write::Publish { current, .. } => {
            put(writing, SNAPSHOT, &encode(current)?)?;
            let mut pieces = writing.open_table(PIECES).map_err(failed)?;
            pieces
                .retain(|(number, _), _| number == current.number)
                .map_err(failed)?;
        }
    }
    Ok(())
}

/// As [`perform`] does with one that was put off.
pub(super) fn put_committed(writing: &WriteTransaction, value: &[u8]) -> io::Result<()> {
    put(writing, COMMITTED, value)
}

fn put(writing: &WriteTransaction, name: &'static str, value: &[u8]) -> io::Result<()> {
    let sealed = seal(name, value);
    let mut facts = writing.open_table(FACTS).map_err(failed)?;
    facts.insert(name, sealed.as_slice()).map_err(failed)?;
    Ok(())
}

/// Tells everyone who waits, in order. Who waits no longer need not hear.
pub(super) fn tell(batch: Vec<Write>, result: &io::Result<()>) {
    let copy = || match result {
        Ok(()) => Ok(()),
        Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
    };
    for write in batch {
        match write {
            Write::Append { flushed, .. } => flushed.io_completed(copy()),
            Write::Committed { .. } => {}
            Write::Fact { done, .. }
            | Write::Truncate { done, .. }
            | Write::Purge { done, .. }
            | Write::Piece { done, .. }
            | Write::Publish { done, .. }
            | Write::Close { done } => drop(done.send(copy())),
        }
    }
}

pub(super) fn failed(error: impl Into<redb::Error>) -> io::Error {
    match error.into() {
        redb::Error::Io(error) => error,
        other => io::Error::other(other.to_string()),
    }
}
