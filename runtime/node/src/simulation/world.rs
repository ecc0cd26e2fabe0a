//! The world: a clock, a list of what happens next, and what happens then.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bubbles_pipeline::NodeId;
use tempfile::TempDir;

use super::connection::{Connection, Up};
use super::faults::Faults;
use super::invariants::{ledger, leftovers, liveness, slots};
use super::jobs::{self, Planned};
use super::node::{Effects, Node};
use super::outside::Outside;
use super::random::Random;
use super::seat::Seat;
use super::shared_log::Agreed;
use super::trace::{End, Trace};
use super::work::Run;
use crate::leader::simulated;
use crate::order::{FromWorker, ToWorker};
use crate::rejects::RejectQuota;
use crate::state_folder::StateFolder;
use crate::store::{ChunkStore, StoreConfig};

/// Nodes that vote, and may lead.
pub(super) const VOTERS: u64 = 3;

/// All nodes.
const NODES: u64 = 5;

/// From the end of all jobs until the last message has arrived and every node is attached.
const SETTLES_WITHIN_US: u64 = 20_000_000;

/// What happens at some time.
#[derive(Debug)]
pub(super) enum Happening {
    /// The leader of a seat takes what has come in.
    Turn(u64),
    /// The same, as its timer says.
    Tick(u64),
    /// The next message of a connection reaches the leader.
    Up(u64),
    /// The next message of a connection reaches the worker.
    Down(u64),
    /// The worker sees the end of a connection.
    NodeEnd(u64),
    /// The leader sees the end of a connection.
    LeaderEnd(u64),
    /// Nothing was heard on a connection for long, if that is still so.
    Idle(u64),
    /// A worker says that it lives.
    Heartbeat(u64),
    /// A worker in its so-manieth life looks for a leader.
    Attach(NodeId, u32),
    /// It has found one.
    Attached(NodeId, u32, u64),
    /// A slot goes on.
    Step(NodeId, u32, u64),
    /// The voters look after their leader.
    Vote,
    /// A node begins to lead in this term.
    Lead(NodeId, u64),
    /// A leader hears that it leads no longer.
    StepDown(u64),
    /// Something goes wrong.
    Fault,
    /// What went wrong is over.
    Repair(usize),
    /// A node that crashed starts.
    Restart(NodeId),
    /// A node that drains looks whether it may go.
    Leave(NodeId, u32),
    /// A client submits its job, until it is agreed on.
    Submit(usize),
    /// A client wants its job to stop.
    Cancel(usize),
    /// From now on nothing goes wrong.
    Calm,
    /// Somebody looks whether all jobs have ended.
    Look,
    /// Everything should be quiet.
    Over,
}

/// What is said while a leader's hands or a worker's books are called.
pub(super) enum Effect {
    /// The leader says something to a worker.
    Said(u64, ToWorker),
    /// The leader lets go of a connection.
    Dropped(u64),
    /// A worker tells what came of an order.
    Told {
        node: NodeId,
        life: u32,
        said: FromWorker,
    },
}

/// Everything.
pub(super) struct World {
    pub(super) random: Random,
    pub(super) now_us: u64,
    began: Instant,
    next: BTreeMap<(u64, u64), Happening>,
    /// Numbers things: what is to happen, seats, connections, runs.
    counter: u64,
    pub(super) trace: Trace,
    pub(super) agreed: Arc<Mutex<Agreed>>,
    pub(super) nodes: BTreeMap<NodeId, Node>,
    pub(super) seats: BTreeMap<u64, Seat>,
    pub(super) connections: BTreeMap<u64, Connection>,
    pub(super) faults: Faults,
    pub(super) effects: Effects,
    pub(super) outside: Outside,
    pub(super) jobs: Vec<Planned>,
    pub(super) store: ChunkStore,
    pub(super) quota: RejectQuota,
    pub(super) state_folder: StateFolder,
    pub(super) folder: TempDir,
    over: bool,
}

/// Runs the world of a seed to its end.
pub(super) fn run(seed: u64, shown: bool) -> End {
    let mut world = World::new(Random::new(seed), jobs::some, Faults::new, shown);
    while world.advance() {}
    world.end()
}

impl World {
    /// One of these jobs, and of these faults beside those that somebody brings about.
    pub(super) fn new(
        mut random: Random,
        jobs: impl FnOnce(&mut Random) -> Vec<Planned>,
        faults: impl FnOnce(&mut Random) -> Faults,
        shown: bool,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = StoreConfig {
            memory_bytes: 64 << 20,
            disk: folder.path().join("chunks"),
            disk_bytes: None,
        };
        let effects = Effects::default();
        let mut nodes = BTreeMap::new();
        for id in (1..=NODES).map(NodeId) {
            let labels = (id.0 >= NODES - 1).then(|| "gpu".parse().unwrap());
            let slots = random.between(1, 4) as u32;
            let node = Node::new(id, slots, labels.into_iter().collect(), &effects);
            nodes.insert(id, node);
        }
        let jobs = jobs(&mut random);
        let agreed = Agreed::new(random.fork(), &nodes);
        let mut world = Self {
            faults: faults(&mut random),
            now_us: 0,
            began: Instant::now(),
            next: BTreeMap::new(),
            counter: 0,
            trace: Trace::new(shown),
            agreed: Arc::new(Mutex::new(agreed)),
            nodes,
            seats: BTreeMap::new(),
            connections: BTreeMap::new(),
            effects,
            outside: Outside::default(),
            store: ChunkStore::new(store).unwrap(),
            quota: RejectQuota::default(),
            state_folder: StateFolder::of_cluster(folder.path()).unwrap(),
            folder,
            over: false,
            random,
            jobs,
        };
        world.begin();
        world
    }

    /// The next thing happens, with all that follows at once; whether there was one.
    pub(super) fn advance(&mut self) -> bool {
        if self.over {
            return false;
        }
        let Some(((at_us, _), happening)) = self.next.pop_first() else {
            return false;
        };
        self.now_us = at_us;
        simulated::set(Some(self.began + Duration::from_micros(at_us)));
        self.happen(happening);
        self.carry_effects();
        self.fill_slots();
        self.write_log();
        true
    }

    fn begin(&mut self) {
        for number in 0..self.jobs.len() {
            let Planned {
                begins_us, cancel, ..
            } = self.jobs[number];
            self.later(begins_us, Happening::Submit(number));
            if let Some(cancel) = cancel {
                self.later(cancel.at_us, Happening::Cancel(number));
            }
        }
        let nodes: Vec<NodeId> = self.nodes.keys().copied().collect();
        for node in nodes {
            self.later(1_000, Happening::Attach(node, 1));
        }
        self.later(0, Happening::Vote);
        self.later(1_000_000, Happening::Fault);
        self.later(self.faults.calm_us, Happening::Calm);
    }

    /// Has something happen so many microseconds from now.
    pub(super) fn later(&mut self, wait_us: u64, happening: Happening) {
        let number = self.number();
        self.next.insert((self.now_us + wait_us, number), happening);
    }

    /// A number that nothing else has.
    pub(super) fn number(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    pub(super) fn say(&mut self, what: fmt::Arguments<'_>) {
        self.trace.say(self.now_us, what);
    }

    pub(super) fn node(&mut self, id: NodeId) -> &mut Node {
        self.nodes
            .get_mut(&id)
            .expect("nodes come back, and are never gone")
    }

    /// Whether things still go wrong.
    pub(super) fn faulty(&self) -> bool {
        self.now_us < self.faults.calm_us
    }

    fn happen(&mut self, happening: Happening) {
        if let Some(wait_us) = self.sleeps(&happening) {
            return self.later(wait_us, happening);
        }
        match happening {
            Happening::Turn(seat) => self.turn(seat),
            Happening::Tick(seat) => self.tick(seat),
            Happening::Up(connection) => self.arrive_up(connection),
            Happening::Down(connection) => self.arrive_down(connection),
            Happening::NodeEnd(connection) => self.node_end(connection),
            Happening::LeaderEnd(connection) => self.leader_end(connection),
            Happening::Idle(connection) => self.idle(connection),
            Happening::Heartbeat(connection) => self.heartbeat(connection),
            Happening::Attach(node, life) => self.attach(node, life),
            Happening::Attached(node, life, seat) => self.attached(node, life, seat),
            Happening::Step(node, life, run) => {
                if self.nodes[&node].life == life && self.nodes[&node].alive {
                    self.step(node, run);
                }
            }
            Happening::Vote => self.vote(),
            Happening::Lead(node, term) => self.lead(node, term),
            Happening::StepDown(seat) => self.step_down(seat),
            Happening::Fault => self.fault(),
            Happening::Repair(cut) => self.repair(cut),
            Happening::Restart(node) => self.restart(node),
            Happening::Leave(node, life) => self.leave(node, life),
            Happening::Submit(job) => self.submit(job),
            Happening::Cancel(job) => self.cancel(job),
            Happening::Calm => self.calm(),
            Happening::Look => self.look(),
            Happening::Over => self.quiet(),
        }
    }

    /// How long what is to happen waits for a node that is paused.
    fn sleeps(&self, happening: &Happening) -> Option<u64> {
        let of_seat = |seat: &u64| self.seats.get(seat).map(|seat| seat.node);
        let node = match happening {
            Happening::Turn(seat) | Happening::Tick(seat) | Happening::StepDown(seat) => {
                of_seat(seat)
            }
            Happening::Up(connection) | Happening::LeaderEnd(connection) => {
                let connection = self.connections.get(connection)?;
                of_seat(&connection.seat)
            }
            Happening::Down(connection)
            | Happening::NodeEnd(connection)
            | Happening::Heartbeat(connection) => Some(self.connections.get(connection)?.node),
            Happening::Attach(node, _)
            | Happening::Attached(node, ..)
            | Happening::Step(node, ..)
            | Happening::Lead(node, _)
            | Happening::Leave(node, _) => Some(*node),
            _ => None,
        };
        let until_us = self.nodes[&node?].paused_until_us;
        (until_us > self.now_us).then(|| until_us - self.now_us)
    }

    /// What was said meanwhile begins its way.
    pub(super) fn carry_effects(&mut self) {
        loop {
            let effects = std::mem::take(&mut *self.effects.lock().unwrap());
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                match effect {
                    Effect::Said(connection, message) => self.send_down(connection, message),
                    Effect::Dropped(connection) => self.let_go(connection),
                    Effect::Told { node, life, said } => self.tell(node, life, said),
                }
            }
        }
    }

    /// A worker tells something: to its leader, or to nobody yet.
    pub(super) fn tell(&mut self, id: NodeId, life: u32, said: FromWorker) {
        let node = self.node(id);
        if node.life != life || !node.alive {
            return;
        }
        match node.attached {
            Some(connection) => self.send_up(connection, Up::Said(said)),
            None => node.outbox.push(said),
        }
    }

    /// Free slots take what waits for one.
    fn fill_slots(&mut self) {
        let nodes: Vec<NodeId> = self.nodes.keys().copied().collect();
        for id in nodes {
            let number = self.number();
            let now_us = self.now_us;
            let node = self.node(id);
            if !node.is_awake(now_us) || node.runs.len() >= node.slots as usize {
                continue;
            }
            let Some(item) = node.books.next() else {
                continue;
            };
            node.runs.insert(number, Run::new(item));
            self.step(id, number);
            self.carry_effects();
        }
        let more = |node: &Node| {
            node.is_awake(self.now_us)
                && node.runs.len() < node.slots as usize
                && node.books.waits()
        };
        if self.nodes.values().any(more) {
            self.fill_slots();
        }
    }

    /// What was agreed meanwhile is part of what happened.
    fn write_log(&mut self) {
        let mut agreed = self.agreed.lock().unwrap();
        let lines = std::mem::take(&mut agreed.history.lines);
        for what in std::mem::take(&mut agreed.history.broken) {
            self.trace.broken(what);
        }
        drop(agreed);
        for line in lines.lines() {
            self.say(format_args!("{line}"));
        }
    }

    /// Whether what one node sends reaches the other.
    pub(super) fn reaches(&self, from: NodeId, to: NodeId) -> bool {
        from == to || !self.faults.is_cut(from, to)
    }

    fn look(&mut self) {
        let agreed = Arc::clone(&self.agreed);
        let mut agreed = agreed.lock().unwrap();
        if liveness::all_ended(&agreed.state, &self.jobs) {
            return self.later(SETTLES_WITHIN_US, Happening::Over);
        }
        let within_us = liveness::WITHIN.as_micros() as u64;
        if self.now_us > self.faults.calm_us + within_us {
            let state = agreed.state.clone();
            liveness::check(&mut agreed.history, &state, &self.jobs);
            self.over = true;
        } else {
            self.later(500_000, Happening::Look);
        }
    }

    fn quiet(&mut self) {
        let mut agreed = self.agreed.lock().unwrap();
        let history = &mut agreed.history;
        ledger::check(history, &self.outside, &self.jobs);
        leftovers::check(history, &self.outside, self.nodes.values());
        for seat in self.seats.values() {
            seat.leader.show_boards();
            slots::idle(history, &seat.window);
        }
        self.over = true;
    }

    /// What came of it all.
    pub(super) fn end(mut self) -> End {
        simulated::set(None);
        self.write_log();
        let agreed = self.agreed.lock().unwrap();
        let mut end = self.trace.end();
        for (what, count) in &agreed.history.counts {
            *end.counts.entry(what).or_default() += count;
        }
        end
    }
}
