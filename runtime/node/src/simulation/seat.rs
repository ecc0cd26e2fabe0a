//! Leading: elections, the real leader's turns, and the clients that ask it for something.

use std::sync::Arc;

use bubbles_pipeline::NodeId;

use super::shared_log::View;
use super::world::{Happening, VOTERS, World};
use crate::agreement::{Agreement, SharedLog, Together};
use crate::leader::{Event, Leader, Submission, Window};

/// Between two looks of the voters after their leader.
const VOTE_EVERY_US: u64 = 100_000;

/// How often a leader's timer wakes it, at least.
const TICK_US: u64 = 100_000;

/// How often a client says again what it wants.
const CLIENT_EVERY_US: u64 = 400_000;

/// A leader at work: of one term, on one node. An earlier one may not know yet that it is none.
pub(super) struct Seat {
    pub(super) node: NodeId,
    pub(super) term: u64,
    pub(super) leader: Leader,
    pub(super) window: Arc<Window>,
    inbox: Vec<Event>,
    /// A turn is on its way.
    due: bool,
}

impl World {
    /// The voters look after their leader: one that is dead, asleep or cut off is replaced.
    pub(super) fn vote(&mut self) {
        self.later(VOTE_EVERY_US, Happening::Vote);
        self.look_at_quorum();
        if !self.faulty() {
            // Sooner or later everybody hears of it.
            let term = self.agreed.lock().unwrap().term;
            let stale = self.seats.iter().filter(|(_, seat)| seat.term < term);
            let stale: Vec<u64> = stale.map(|(number, _)| *number).collect();
            stale.into_iter().for_each(|seat| self.step_down(seat));
        }
        let leader = {
            let mut agreed = self.agreed.lock().unwrap();
            if agreed.quorum && agreed.leader.is_some() && self.random.percent(60) {
                agreed.catch_up();
            }
            agreed.leader.filter(|_| agreed.quorum)
        };
        if leader.is_some() {
            self.faults.leaderless_us = None;
            return;
        }
        let since_us = *self.faults.leaderless_us.get_or_insert(self.now_us);
        let patience_us = self.faults.election_us;
        if self.now_us >= since_us + patience_us {
            let candidates: Vec<NodeId> = (1..=VOTERS).map(NodeId).collect();
            let able = candidates.into_iter().filter(|id| self.has_majority(*id));
            let able: Vec<NodeId> = able.collect();
            if let Some(node) = self.random.pick(&able) {
                self.elect(node);
            }
        }
    }

    /// A majority follows this node from now on.
    pub(super) fn elect(&mut self, node: NodeId) {
        let term = {
            let mut agreed = self.agreed.lock().unwrap();
            agreed.elect(node);
            agreed.term
        };
        self.faults.leaderless_us = None;
        self.faults.election_us = self.random.between(800_000, 2_500_000);
        self.trace.count("election");
        self.say(format_args!("n{} is elected in term {term}", node.0));
        let wait_us = self.random.between(1_000, 150_000);
        self.later(wait_us, Happening::Lead(node, term));
        // Who hears of it turns to the new leader; who does not, later.
        let old: Vec<u64> = self.seats.keys().copied().collect();
        for seat in old {
            let told = self.seats[&seat].node == node || self.random.percent(70);
            if told && self.talk(self.seats[&seat].node, node) {
                let wait_us = self.random.between(1_000, 3_000_000);
                self.later(wait_us, Happening::StepDown(seat));
            }
        }
        let connections: Vec<u64> = self.connections.keys().copied().collect();
        for connection in connections {
            if self.talk(self.connections[&connection].node, node) && self.random.percent(80) {
                let wait_us = self.random.between(1_000, 1_500_000);
                self.later(wait_us, Happening::NodeEnd(connection));
            }
        }
        for node in self.nodes.values_mut() {
            node.troubled_us = self.now_us;
        }
    }

    fn has_majority(&self, id: NodeId) -> bool {
        let hears =
            |other: NodeId| self.nodes[&other].is_awake(self.now_us) && self.talk(id, other);
        let voters = (1..=VOTERS)
            .map(NodeId)
            .filter(|other| hears(*other))
            .count() as u64;
        hears(id) && voters * 2 > VOTERS
    }

    /// Whether the leader has a majority now.
    fn look_at_quorum(&mut self) {
        let leader = self.agreed.lock().unwrap().leader;
        let quorum = leader.is_some_and(|leader| self.has_majority(leader));
        let troubled = self.nodes.values().map(|node| (node.id, node.troubled_us));
        let mut agreed = self.agreed.lock().unwrap();
        agreed.quorum = quorum;
        agreed.history.now_us = self.now_us;
        agreed.history.troubled_us = troubled.collect();
    }

    /// A node that was elected begins to lead, as `member/lead.rs` does.
    pub(super) fn lead(&mut self, id: NodeId, term: u64) {
        self.look_at_quorum();
        let (leads, quorum) = {
            let agreed = self.agreed.lock().unwrap();
            (
                agreed.term == term && agreed.leader == Some(id),
                agreed.quorum,
            )
        };
        if !leads || !self.nodes[&id].alive || self.seats.values().any(|seat| seat.term == term) {
            return;
        }
        if !quorum || self.seats.values().any(|seat| seat.node == id) {
            return self.later(200_000, Happening::Lead(id, term));
        }
        let view = View {
            agreed: Arc::clone(&self.agreed),
            term,
        };
        if view.propose(Vec::new()).is_err() {
            return self.later(200_000, Happening::Lead(id, term));
        }
        let (numbered, next) = self.nodes[&id].numbered;
        let next = if numbered == term { next } else { 0 };
        let window = Arc::new(Window::default());
        let log = Agreement::Together(Together {
            log: Box::new(view),
            epoch: term,
            folder: self.state_folder.clone(),
            name: format!("n{}", id.0),
        });
        let leader = Leader::new(log, next, Arc::clone(&window));
        let seat = Seat {
            node: id,
            term,
            leader,
            window,
            inbox: Vec::new(),
            due: false,
        };
        let number = self.number();
        self.say(format_args!(
            "n{} leads in term {term} (seat {number})",
            id.0
        ));
        if !self.seats.is_empty() {
            self.trace.count("two leaders at once");
        }
        self.seats.insert(number, seat);
        self.later(TICK_US, Happening::Tick(number));
        // Its own worker works for it from now on.
        if let Some(connection) = self.nodes[&id].attached {
            self.later(1_000, Happening::NodeEnd(connection));
        }
    }

    /// Something happens that a leader hears of.
    pub(super) fn tell_leader(&mut self, number: u64, event: Event) {
        let wait_us = self.random.between(0, 2_000);
        let Some(seat) = self.seats.get_mut(&number) else {
            return;
        };
        seat.inbox.push(event);
        if !std::mem::replace(&mut seat.due, true) {
            self.later(wait_us, Happening::Turn(number));
        }
    }

    pub(super) fn tick(&mut self, number: u64) {
        if self.seats.contains_key(&number) {
            self.later(TICK_US, Happening::Tick(number));
            self.turn(number);
        }
    }

    pub(super) fn turn(&mut self, number: u64) {
        self.look_at_quorum();
        let Some(seat) = self.seats.get_mut(&number) else {
            return;
        };
        seat.due = false;
        let batch = std::mem::take(&mut seat.inbox);
        let steps_down = batch.iter().any(|event| matches!(event, Event::StepDown));
        if !steps_down && seat.leader.turn(batch) == Ok(()) {
            return;
        }
        let node = seat.node;
        if !steps_down {
            self.trace.count("leader deposed");
        }
        self.leave_seat(number);
        if std::mem::take(&mut self.faults.leader_crashes) {
            self.crash(node);
        }
    }

    /// A leader ends. Its node may lead again, in this term or another.
    fn leave_seat(&mut self, number: u64) {
        let Some(seat) = self.seats.remove(&number) else {
            return;
        };
        let (id, term) = (seat.node, seat.term);
        self.say(format_args!("n{} leads no longer (seat {number})", id.0));
        self.node(id).numbered = (term, seat.leader.next_order());
        drop(seat);
        self.end_all_of(number);
        let wait_us = self.random.between(200_000, 400_000);
        self.later(wait_us, Happening::Lead(id, term));
    }

    pub(super) fn step_down(&mut self, number: u64) {
        self.tell_leader(number, Event::StepDown);
    }

    /// All that leads on this node is gone with it.
    pub(super) fn lose_seats(&mut self, id: NodeId) {
        let seats: Vec<u64> = self.seats.keys().copied().collect();
        for number in seats {
            if self.seats[&number].node == id {
                self.seats.remove(&number);
                self.end_all_of(number);
            }
        }
    }

    /// All connections to a leader that is gone.
    fn end_all_of(&mut self, seat: u64) {
        let connections = self.connections.iter();
        let of_seat: Vec<u64> = connections
            .filter(|(_, connection)| connection.seat == seat)
            .map(|(number, _)| *number)
            .collect();
        for connection in of_seat {
            self.leader_end(connection);
        }
    }

    /// A leader that a client finds.
    fn asked(&mut self) -> Option<u64> {
        let awake = |seat: &Seat| self.nodes[&seat.node].is_awake(self.now_us);
        let seats = self.seats.iter().filter(|(_, seat)| awake(seat));
        let seats: Vec<u64> = seats.map(|(number, _)| *number).collect();
        self.random.pick(&seats)
    }

    pub(super) fn submit(&mut self, number: usize) {
        let id = self.jobs[number].id.clone();
        if self.agreed.lock().unwrap().state.job(&id).is_some() {
            return;
        }
        let spec = self.jobs[number].spec.clone();
        if let Some(seat) = self.asked() {
            let submission = Submission {
                job: id,
                spec,
                board: None,
                agreed: None,
            };
            self.tell_leader(seat, Event::Submit(Box::new(submission)));
        }
        self.later(CLIENT_EVERY_US, Happening::Submit(number));
    }

    pub(super) fn cancel(&mut self, number: usize) {
        let id = self.jobs[number].id.clone();
        let cancel = self.jobs[number]
            .cancel
            .expect("only what is to be cancelled is");
        let ended = {
            let agreed = self.agreed.lock().unwrap();
            agreed
                .state
                .job(&id)
                .is_some_and(|job| job.report.is_some())
        };
        if ended {
            return;
        }
        if let Some(seat) = self.asked() {
            self.trace.count("cancel");
            self.say(format_args!("a client cancels {id}"));
            self.tell_leader(seat, Event::Cancel(id));
        }
        if cancel.insists {
            self.later(CLIENT_EVERY_US, Happening::Cancel(number));
        }
    }
}
