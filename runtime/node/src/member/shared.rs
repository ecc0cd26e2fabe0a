//! What the parts of a node share.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};

use bubbles_cluster::{Fingerprint, NodeRecord, Replica};
use bubbles_engine::Engine;
use bubbles_pipeline::{Label, NodeId};
use bubbles_transport::{Authority, PeerName};
use tokio::sync::{Semaphore, watch};

use super::book::Book;
use super::clock::Clock;
use super::peers::Peers;
use crate::leader::{Event, Window};
use crate::plugins::{PluginFolder, Shelf};
use crate::state_folder::StateFolder;
use crate::store::ChunkStore;
use crate::wire::Denial;
use crate::worker::Worker;

/// What the parts of a node share.
pub(super) struct Shared {
    pub(super) me: NodeId,
    pub(super) name: PeerName,
    pub(super) address: String,
    pub(super) labels: BTreeSet<Label>,
    pub(super) slots: u32,
    pub(super) certificate: Fingerprint,
    pub(super) authority: Authority,
    pub(super) clock: Clock,
    pub(super) replica: Arc<Replica>,
    pub(super) book: Book,
    pub(super) peers: Arc<Peers>,
    pub(super) engine: Engine,
    pub(super) shelf: Shelf,
    pub(super) plugins: PluginFolder,
    pub(super) state: StateFolder,
    pub(super) store: ChunkStore,
    pub(super) worker: Arc<Worker>,
    /// Uploads at a time: each is in memory until it is whole.
    pub(super) uploads: Semaphore,
    /// Plugins that are known to be on another node too.
    pub(super) copied: Mutex<BTreeSet<[u8; 32]>>,
    /// While this node leads.
    pub(super) leading: watch::Sender<Option<Leading>>,
    pub(super) draining: AtomicBool,
    /// It has said goodbye.
    pub(super) leaving: AtomicBool,
    pub(super) connections: AtomicU64,
    /// Of addresses where nodes were once reached, for a node that does not know the others yet.
    pub(super) addresses: Vec<String>,
}

/// The way to the leader, in its process.
#[derive(Clone)]
pub(super) struct Leading {
    pub(super) epoch: u64,
    pub(super) events: Sender<Event>,
    pub(super) window: Arc<Window>,
}

impl Shared {
    /// The way to the leader, if it is here.
    pub(super) fn leading(&self) -> Option<Leading> {
        self.leading.borrow().clone()
    }

    /// The way to the leader here, or who is to be asked instead.
    pub(super) fn lead(&self) -> Result<Leading, Denial> {
        self.leading().ok_or_else(|| self.not_leader())
    }

    /// Who is to be asked instead.
    pub(super) fn not_leader(&self) -> Denial {
        let leader = self.replica.status().leader;
        let other = leader.filter(|(id, _)| *id != self.me);
        Denial::NotLeader {
            address: other.map(|(_, member)| member.address),
        }
    }

    /// How this node is known to the others.
    pub(super) fn record(&self) -> NodeRecord {
        NodeRecord {
            name: self.name.to_string(),
            address: self.address.clone(),
            labels: self.labels.clone(),
            slots: self.slots,
            certificate: self.certificate,
        }
    }

    /// Tells this connection from all before.
    pub(super) fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed)
    }

    pub(super) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}
