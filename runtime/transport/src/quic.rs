//! The connections over a network that an endpoint has open: who they are with,
//! how many, and the room that their long frames have.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::certificate::Fingerprint;
use crate::closed::{Refusal, shown};
use crate::protocol::Protocol;
use crate::revoked::Revoked;
use crate::room::Room;

/// This side of a connection. Dropping it takes it off the roll; QUIC closes
/// the connection when its streams are gone too.
#[derive(Debug)]
pub(crate) struct QuicEnd {
    quinn: quinn::Connection,
    room: Room,
    roll: Roll,
    number: u64,
}

impl QuicEnd {
    pub(crate) fn quinn(&self) -> &quinn::Connection {
        &self.quinn
    }

    pub(crate) fn room(&self) -> &Room {
        &self.room
    }

    pub(crate) fn close(&self, refusal: Refusal, reason: &str) {
        close(&self.quinn, refusal, reason);
    }
}

impl Drop for QuicEnd {
    fn drop(&mut self) {
        self.roll.entries().open.remove(&self.number);
    }
}

pub(crate) fn close(connection: &quinn::Connection, refusal: Refusal, reason: &str) {
    connection.close(refusal.var_int(), shown(reason.as_bytes()).as_bytes());
}

/// All connections of an endpoint that someone holds a handle of. It holds none itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Roll(Arc<Mutex<Entries>>);

#[derive(Debug, Default)]
struct Entries {
    /// Ordered, so that a simulation goes the same way each time.
    open: BTreeMap<u64, Entry>,
    next: u64,
}

#[derive(Debug)]
struct Entry {
    fingerprint: Fingerprint,
    protocol: Protocol,
    end: Weak<QuicEnd>,
}

impl Entries {
    fn with(&self, fingerprint: Fingerprint) -> impl Iterator<Item = (Protocol, Arc<QuicEnd>)> {
        let of_peer = move |entry: &&Entry| entry.fingerprint == fingerprint;
        let entries = self.open.values().filter(of_peer);
        entries.filter_map(|entry| Some((entry.protocol, entry.end.upgrade()?)))
    }
}

impl Roll {
    /// Enters a connection, unless its peer has as many open as `most`. All
    /// that a peer has share the room for its long frames.
    pub(crate) fn enter(
        &self,
        quinn: &quinn::Connection,
        fingerprint: Fingerprint,
        protocol: Protocol,
        most: usize,
    ) -> Option<Arc<QuicEnd>> {
        // Declared first and so dropped last: the last handle of another
        // connection may be among them, and takes itself off the roll.
        let held: Vec<_>;
        let mut entries = self.entries();
        held = entries.with(fingerprint).collect();
        let open = held
            .iter()
            .filter(|(of, end)| *of == protocol && end.quinn.close_reason().is_none());
        if open.count() >= most {
            return None;
        }
        let room = held.first().map(|(_, end)| end.room.clone());
        let number = entries.next;
        entries.next += 1;
        let end = Arc::new(QuicEnd {
            quinn: quinn.clone(),
            room: room.unwrap_or_else(Room::new),
            roll: self.clone(),
            number,
        });
        let entry = Entry {
            fingerprint,
            protocol,
            end: Arc::downgrade(&end),
        };
        entries.open.insert(number, entry);
        Some(end)
    }

    /// Closes those with peers that are revoked, and says how many.
    pub(crate) fn drop_revoked(&self, revoked: &Revoked) -> usize {
        let ends: Vec<_> = {
            let entries = self.entries();
            let gone = entries.open.values();
            let gone = gone.filter(|entry| revoked.contains(entry.fingerprint));
            gone.filter_map(|entry| entry.end.upgrade()).collect()
        };
        let open = ends.iter().filter(|end| end.quinn.close_reason().is_none());
        open.map(|end| end.close(Refusal::Revoked, "")).count()
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
