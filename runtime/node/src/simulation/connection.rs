//! Connections between workers and leaders: what is said arrives in its order, later, or not at all.

use std::collections::VecDeque;
use std::sync::Arc;

use bubbles_cluster::Counts;
use bubbles_pipeline::NodeId;

use super::invariants::slots;
use super::node::Effects;
use super::work::named;
use super::world::{Effect, Happening, World};
use crate::leader::{Event, Hand, Member};
use crate::order::{FromWorker, OrderId, Ready, ToWorker};
use crate::worker::Books;

/// How often a worker says that it lives.
const HEARTBEAT_US: u64 = 500_000;

/// Between two attempts to find a leader.
const PAUSE_US: u64 = 100_000;

/// A worker's connection to a leader.
pub(super) struct Connection {
    pub(super) node: NodeId,
    pub(super) life: u32,
    pub(super) seat: u64,
    /// Both are in one process.
    here: bool,
    up: VecDeque<Up>,
    up_last_us: u64,
    down: VecDeque<ToWorker>,
    down_last_us: u64,
    pub(super) node_open: bool,
    pub(super) leader_open: bool,
}

/// What a worker says.
pub(super) enum Up {
    Ready(Box<Ready>),
    Said(FromWorker),
}

/// The leader's hand on a worker elsewhere.
struct There {
    connection: u64,
    effects: Effects,
}

impl Hand for There {
    fn say(&self, message: ToWorker) {
        let said = Effect::Said(self.connection, message);
        self.effects.lock().unwrap().push(said);
    }

    fn progress(&self) -> Option<Vec<(OrderId, Vec<Counts>)>> {
        None
    }
}

impl Drop for There {
    fn drop(&mut self) {
        let dropped = Effect::Dropped(self.connection);
        self.effects.lock().unwrap().push(dropped);
    }
}

/// The leader's hand on the worker of its own process.
struct Here(Arc<Books>);

impl Hand for Here {
    fn say(&self, message: ToWorker) {
        self.0.take(message);
    }

    fn progress(&self) -> Option<Vec<(OrderId, Vec<Counts>)>> {
        Some(self.0.progress())
    }
}

impl World {
    /// A worker looks for a leader, as `member/attach.rs` does.
    pub(super) fn attach(&mut self, id: NodeId, life: u32) {
        let now_us = self.now_us;
        let node = self.node(id);
        if node.life != life || !node.alive || node.attached.is_some() {
            return;
        }
        node.outbox.clear();
        let here = self.seats.iter().rev().find(|(_, seat)| seat.node == id);
        if let Some((seat, _)) = here {
            let seat = *seat;
            return self.later(1_000, Happening::Attached(id, life, seat));
        }
        let found = self.seats.iter().filter(|(_, seat)| {
            let there = seat.node;
            self.nodes[&there].is_awake(now_us) && self.talk(id, there)
        });
        let found: Vec<u64> = found.map(|(seat, _)| *seat).collect();
        // Mostly the newest, as the log knows; else any that says that it leads.
        let newest = found.last().copied().filter(|_| self.random.percent(80));
        match newest.or_else(|| self.random.pick(&found)) {
            Some(seat) => {
                let wait_us = self.random.between(1_000, 20_000);
                self.later(wait_us, Happening::Attached(id, life, seat));
            }
            None => self.later(PAUSE_US, Happening::Attach(id, life)),
        }
    }

    /// It reports for duty there.
    pub(super) fn attached(&mut self, id: NodeId, life: u32, seat: u64) {
        let node = &self.nodes[&id];
        if node.life != life || !node.alive || node.attached.is_some() {
            return;
        }
        let there = self.seats.get(&seat).map(|seat| seat.node);
        let Some(there) = there.filter(|there| self.talk(id, *there)) else {
            return self.later(PAUSE_US, Happening::Attach(id, life));
        };
        let number = self.number();
        let node = self.node(id);
        node.attached = Some(number);
        let outbox = std::mem::take(&mut node.outbox);
        let ready = Ready {
            draining: node.draining,
            ..node.books.ready()
        };
        self.say(format_args!(
            "n{} attaches to n{} ({number})",
            id.0, there.0
        ));
        let connection = Connection {
            node: id,
            life,
            seat,
            here: there == id,
            up: VecDeque::new(),
            up_last_us: 0,
            down: VecDeque::new(),
            down_last_us: 0,
            node_open: true,
            leader_open: true,
        };
        self.connections.insert(number, connection);
        self.send_up(number, Up::Ready(Box::new(ready)));
        for said in outbox {
            self.send_up(number, Up::Said(said));
        }
        if there != id {
            self.later(0, Happening::Heartbeat(number));
        }
    }

    /// Whether two nodes hear each other.
    pub(super) fn talk(&self, one: NodeId, other: NodeId) -> bool {
        self.reaches(one, other) && self.reaches(other, one)
    }

    fn delay_us(&mut self) -> u64 {
        match self.random.percent(3) {
            true => self.random.between(10_000, 200_000),
            false => self.random.between(100, 4_000),
        }
    }

    pub(super) fn send_up(&mut self, number: u64, said: Up) {
        let delay_us = self.delay_us();
        let now_us = self.now_us;
        let Some(connection) = self.connections.get_mut(&number) else {
            return;
        };
        if !connection.node_open {
            return;
        }
        connection.up.push_back(said);
        let delay_us = if connection.here { 0 } else { delay_us };
        let at_us = (now_us + delay_us).max(connection.up_last_us);
        connection.up_last_us = at_us;
        self.later(at_us - now_us, Happening::Up(number));
    }

    pub(super) fn send_down(&mut self, number: u64, message: ToWorker) {
        let delay_us = self.delay_us();
        let now_us = self.now_us;
        let Some(connection) = self.connections.get_mut(&number) else {
            return;
        };
        if !connection.leader_open {
            return;
        }
        connection.down.push_back(message);
        let at_us = (now_us + delay_us).max(connection.down_last_us);
        connection.down_last_us = at_us;
        self.later(at_us - now_us, Happening::Down(number));
    }

    /// Who is at the leader's end, if there is somebody.
    fn leader_node(&self, connection: &Connection) -> Option<NodeId> {
        Some(self.seats.get(&connection.seat)?.node)
    }

    pub(super) fn arrive_up(&mut self, number: u64) {
        let Some(connection) = self.connections.get(&number) else {
            return;
        };
        let Some(there) = self
            .leader_node(connection)
            .filter(|_| connection.leader_open)
        else {
            return;
        };
        let (node, seat, here) = (connection.node, connection.seat, connection.here);
        if !self.reaches(node, there) {
            return self.later(50_000, Happening::Up(number));
        }
        let connection = self.connections.get_mut(&number).expect("found above");
        let Some(said) = connection.up.pop_front() else {
            return;
        };
        let event = match said {
            Up::Ready(ready) => {
                for _ in &ready.untold {
                    self.order_heard(node);
                }
                let of = &self.nodes[&node];
                let hand: Box<dyn Hand> = match here {
                    true => Box::new(Here(Arc::clone(&of.books))),
                    false => Box::new(There {
                        connection: number,
                        effects: Arc::clone(&self.effects),
                    }),
                };
                let member = Member {
                    hand,
                    connection: number,
                    slots: of.slots,
                    labels: Some(of.labels.clone()),
                };
                Event::Joined(node, member, ready)
            }
            Up::Said(said) => {
                if let FromWorker::Done { .. } = &said {
                    self.order_heard(node);
                }
                Event::Worker(node, number, said)
            }
        };
        self.tell_leader(seat, event);
    }

    fn order_heard(&mut self, node: NodeId) {
        let now_us = self.now_us;
        self.node(node).pace.heard(now_us);
    }

    pub(super) fn arrive_down(&mut self, number: u64) {
        let Some(connection) = self.connections.get(&number) else {
            return;
        };
        let id = connection.node;
        let there = self.leader_node(connection);
        if there.is_some_and(|there| !self.reaches(there, id)) {
            return self.later(50_000, Happening::Down(number));
        }
        let connection = self.connections.get_mut(&number).expect("found above");
        let Some(message) = connection.down.pop_front() else {
            return;
        };
        let life = connection.life;
        if !connection.node_open || self.nodes[&id].life != life || !self.nodes[&id].alive {
            return;
        }
        let word = word(&message);
        self.say(format_args!("n{} hears {word}", id.0));
        self.nodes[&id].books.take(message);
        let mut agreed = self.agreed.lock().unwrap();
        slots::given(&mut agreed.history, &self.nodes[&id]);
    }

    pub(super) fn heartbeat(&mut self, number: u64) {
        let open = self.connections.get(&number).filter(|it| it.node_open);
        let Some(id) = open.map(|connection| connection.node) else {
            return;
        };
        let progress = self.nodes[&id].books.progress();
        self.send_up(number, Up::Said(FromWorker::Progress(progress)));
        self.later(HEARTBEAT_US, Happening::Heartbeat(number));
    }

    /// The worker sees that the connection has ended, and looks for a leader again.
    pub(super) fn node_end(&mut self, number: u64) {
        let Some(connection) = self.connections.get_mut(&number) else {
            return;
        };
        if !std::mem::take(&mut connection.node_open) {
            return;
        }
        let (id, life) = (connection.node, connection.life);
        self.may_lose_up(number);
        self.end_other(number, Happening::LeaderEnd(number));
        let node = self.node(id);
        if node.life == life && node.alive && node.attached == Some(number) {
            node.attached = None;
            self.say(format_args!("n{} is attached no longer ({number})", id.0));
            self.later(PAUSE_US, Happening::Attach(id, life));
        }
    }

    /// The leader sees that the connection has ended.
    pub(super) fn leader_end(&mut self, number: u64) {
        let Some(connection) = self.connections.get_mut(&number) else {
            return;
        };
        if !std::mem::take(&mut connection.leader_open) {
            return;
        }
        let (id, seat) = (connection.node, connection.seat);
        self.may_lose_down(number);
        self.end_other(number, Happening::NodeEnd(number));
        self.tell_leader(seat, Event::Parted(id, number));
    }

    /// The leader lets go of a connection: it has given the node up, has another, or is gone.
    pub(super) fn let_go(&mut self, number: u64) {
        self.leader_end(number);
    }

    /// The other side sees the end as well: soon where it can be told, else after some silence.
    fn end_other(&mut self, number: u64, end: Happening) {
        let connection = &self.connections[&number];
        let there = self.leader_node(connection);
        let told = there.is_some_and(|there| self.talk(connection.node, there));
        let wait_us = match told && self.nodes[&connection.node].alive {
            true => self.random.between(500, 200_000),
            false => self.random.between(100_000, 8_000_000),
        };
        let wait_us = if connection.here { 0 } else { wait_us };
        self.later(wait_us, end);
    }

    /// What the worker said last may arrive yet, or not.
    fn may_lose_up(&mut self, number: u64) {
        let lost = self.random.percent(60);
        let connection = self
            .connections
            .get_mut(&number)
            .expect("the caller has it");
        if lost && !connection.up.is_empty() {
            connection.up.clear();
            self.trace.count("words to a leader lost");
        }
    }

    fn may_lose_down(&mut self, number: u64) {
        let lost = self.random.percent(60);
        let connection = self
            .connections
            .get_mut(&number)
            .expect("the caller has it");
        if lost && !connection.down.is_empty() {
            connection.down.clear();
            self.trace.count("words to a worker lost");
        }
    }

    /// Nothing was heard for long: whoever is awake sees the end.
    pub(super) fn idle(&mut self, number: u64) {
        let Some(connection) = self.connections.get(&number) else {
            return;
        };
        let there = self.leader_node(connection);
        let silent = there.is_none_or(|there| {
            !self.talk(connection.node, there)
                || !self.nodes[&connection.node].is_awake(self.now_us)
                || !self.nodes[&there].is_awake(self.now_us)
        });
        if silent {
            self.later(0, Happening::NodeEnd(number));
            self.later(0, Happening::LeaderEnd(number));
        }
    }
}

/// What a leader says, in a word.
fn word(message: &ToWorker) -> String {
    match message {
        ToWorker::Begin { job, .. } => format!("begin {job}"),
        ToWorker::Order { id, order } => format!("order {} {}", named(*id), order.job()),
        ToWorker::Recorded { id, keep, .. } => format!("recorded {}: {keep:?}", named(*id)),
        ToWorker::Heard(id) => format!("heard {}", named(*id)),
        ToWorker::Stop { job } => format!("stop {job}"),
        ToWorker::Release {
            job,
            exchange,
            split,
        } => format!("release {job} {exchange} {split:?}"),
        ToWorker::End { job, .. } => format!("end {job}"),
    }
}
