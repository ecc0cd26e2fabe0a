//! A simulated node: a worker's real books, slots that carry out orders in virtual time, and a place
//! for a leader. What it knows goes with it when it crashes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};

use bubbles_pipeline::{Label, NodeId};

use super::work::Run;
use super::world::Effect;
use crate::order::FromWorker;
use crate::worker::Books;

/// A machine.
pub(super) struct Node {
    pub(super) id: NodeId,
    /// Counted up with every start.
    pub(super) life: u32,
    pub(super) alive: bool,
    /// Until then nothing on it moves.
    pub(super) paused_until_us: u64,
    pub(super) draining: bool,
    /// When something was last done to it.
    pub(super) troubled_us: u64,
    pub(super) slots: u32,
    pub(super) labels: BTreeSet<Label>,
    pub(super) books: Arc<Books>,
    /// What its slots do, by a number of their own.
    pub(super) runs: BTreeMap<u64, Run>,
    /// Its connection to a leader.
    pub(super) attached: Option<u64>,
    /// What its worker has told and no connection has taken.
    pub(super) outbox: Vec<FromWorker>,
    pub(super) pace: PaceSeen,
    /// The last term in which it led, and the number above all orders it gave.
    pub(super) numbered: (u64, u64),
}

impl Node {
    pub(super) fn new(id: NodeId, slots: u32, labels: BTreeSet<Label>, effects: &Effects) -> Self {
        Self {
            id,
            life: 1,
            alive: true,
            paused_until_us: 0,
            draining: false,
            troubled_us: 0,
            slots,
            labels,
            books: books(id, 1, effects),
            runs: BTreeMap::new(),
            attached: None,
            outbox: Vec::new(),
            pace: PaceSeen::default(),
            numbered: (0, 0),
        }
    }

    /// It starts, and knows nothing.
    pub(super) fn restart(&mut self, effects: &Effects) {
        self.life += 1;
        self.alive = true;
        self.draining = false;
        self.paused_until_us = 0;
        self.books = books(self.id, self.life, effects);
        self.runs.clear();
        self.attached = None;
        self.outbox.clear();
        self.numbered = (0, 0);
    }

    pub(super) fn is_awake(&self, now_us: u64) -> bool {
        self.alive && self.paused_until_us <= now_us
    }
}

/// What the leader's hands and the workers' books say while they are called.
pub(super) type Effects = Arc<Mutex<Vec<Effect>>>;

fn books(node: NodeId, life: u32, effects: &Effects) -> Arc<Books> {
    let effects = Arc::clone(effects);
    let report = move |said| {
        effects
            .lock()
            .unwrap()
            .push(Effect::Told { node, life, said })
    };
    Arc::new(Books::new(Box::new(report)))
}

/// How fast a leader has seen a node get through its orders, at most: looked at otherwise than the
/// leader does.
#[derive(Default)]
pub(super) struct PaceSeen {
    recent: VecDeque<u64>,
    most: u64,
}

impl PaceSeen {
    /// A leader has heard of an order.
    pub(super) fn heard(&mut self, now_us: u64) {
        self.recent.push_back(now_us);
        while self.recent.front().is_some_and(|at| at + 100_000 < now_us) {
            self.recent.pop_front();
        }
        self.most = self.most.max(self.recent.len() as u64);
    }

    /// Orders that it may be given beyond its slots: a twentieth of a second's, and twice that, as a
    /// window of the leader's may be almost two of these.
    pub(super) fn most(&self) -> u64 {
        self.most
    }
}
