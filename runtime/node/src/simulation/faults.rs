//! What goes wrong, and when: all of it from the seed.

use std::collections::BTreeMap;

use bubbles_pipeline::NodeId;

use super::random::Random;
use super::shared_log::Trouble;
use super::world::{Happening, World};
use crate::order::FromWorker;

/// What is wrong now, and how bad this seed is.
pub(super) struct Faults {
    /// From then on nothing goes wrong.
    pub(super) calm_us: u64,
    /// Between two faults, at most.
    every_us: u64,
    /// Ways that are cut, by the number of the cut.
    cuts: BTreeMap<usize, Vec<(NodeId, NodeId)>>,
    cut: usize,
    /// Since when nobody leads.
    pub(super) leaderless_us: Option<u64>,
    /// How long voters wait before they elect another.
    pub(super) election_us: u64,
    /// The next leader that is deposed goes with its node.
    pub(super) leader_crashes: bool,
}

impl Faults {
    pub(super) fn new(random: &mut Random) -> Self {
        Self {
            calm_us: random.between(12_000_000, 45_000_000),
            every_us: random.between(400_000, 6_000_000),
            cuts: BTreeMap::new(),
            cut: 0,
            leaderless_us: None,
            election_us: 0,
            leader_crashes: false,
        }
    }

    /// None but those that somebody brings about.
    pub(super) fn none(_: &mut Random) -> Self {
        Self {
            calm_us: 0,
            every_us: 1_000_000,
            cuts: BTreeMap::new(),
            cut: 0,
            leaderless_us: None,
            election_us: 0,
            leader_crashes: false,
        }
    }

    pub(super) fn is_cut(&self, from: NodeId, to: NodeId) -> bool {
        let mut cuts = self.cuts.values();
        cuts.any(|ways| ways.contains(&(from, to)))
    }
}

impl World {
    /// Something goes wrong.
    pub(super) fn fault(&mut self) {
        if !self.faulty() {
            return;
        }
        let wait_us = self.random.between(1_000, self.faults.every_us);
        self.later(wait_us, Happening::Fault);
        let nodes: Vec<NodeId> = self.nodes.keys().copied().collect();
        let node = self.random.pick(&nodes).expect("there are nodes");
        match self.random.between(0, 99) {
            0..=14 => self.crash(node),
            15..=19 => {
                let leader = self.agreed.lock().unwrap().leader;
                self.crash(leader.unwrap_or(node));
            }
            20 => nodes.iter().for_each(|node| self.crash(*node)),
            21..=32 => self.pause(node),
            33..=44 => self.isolate(node, true),
            45..=54 => self.isolate(node, false),
            55..=70 => self.tear(),
            71..=88 => self.trouble(),
            89..=93 => self.depose(),
            _ => self.drain(node),
        }
    }

    /// A node is gone, with all it knew.
    pub(super) fn crash(&mut self, id: NodeId) {
        if !self.nodes[&id].alive {
            return;
        }
        self.trace.count("crash");
        self.say(format_args!("n{} crashes", id.0));
        let now_us = self.now_us;
        let node = self.node(id);
        node.alive = false;
        node.paused_until_us = 0;
        node.troubled_us = now_us;
        node.runs.clear();
        self.agreed.lock().unwrap().leave(id);
        self.lose_seats(id);
        self.carry_effects();
        let connections: Vec<u64> = self.connections.keys().copied().collect();
        for number in connections {
            if self.connections[&number].node == id {
                self.node_end(number);
            }
        }
        let wait_us = match self.random.percent(50) {
            true => self.random.between(100_000, 2_000_000),
            false => self.random.between(2_000_000, 15_000_000),
        };
        self.later(wait_us, Happening::Restart(id));
    }

    pub(super) fn restart(&mut self, id: NodeId) {
        if self.nodes[&id].alive {
            return;
        }
        self.say(format_args!("n{} starts", id.0));
        let effects = std::sync::Arc::clone(&self.effects);
        let now_us = self.now_us;
        let node = self.node(id);
        node.restart(&effects);
        node.troubled_us = now_us;
        let life = node.life;
        self.later(200_000, Happening::Attach(id, life));
    }

    /// A node stands still, and goes on later as if nothing had been.
    fn pause(&mut self, id: NodeId) {
        let now_us = self.now_us;
        let for_us = match self.random.percent(50) {
            true => self.random.between(200_000, 4_000_000),
            false => self.random.between(6_000_000, 16_000_000),
        };
        if !self.nodes[&id].is_awake(now_us) {
            return;
        }
        self.trace.count("pause");
        self.say(format_args!(
            "n{} stands still for {} ms",
            id.0,
            for_us / 1_000
        ));
        let node = self.node(id);
        node.paused_until_us = now_us + for_us;
        node.troubled_us = now_us + for_us;
        self.fall_silent(id);
    }

    /// A node is cut off from some others, in one or both directions.
    fn isolate(&mut self, id: NodeId, both: bool) {
        let all = self.random.percent(50);
        let out = self.random.percent(50);
        let others: Vec<NodeId> = self.nodes.keys().copied().filter(|it| *it != id).collect();
        let mut ways = Vec::new();
        for other in others {
            if all || self.random.percent(50) {
                if both || out {
                    ways.push((id, other));
                }
                if both || !out {
                    ways.push((other, id));
                }
                self.node(other).troubled_us = self.now_us;
            }
        }
        self.trace
            .count(if both { "cut both ways" } else { "cut one way" });
        self.say(format_args!("cut: {ways:?}"));
        self.faults.cut += 1;
        let cut = self.faults.cut;
        self.faults.cuts.insert(cut, ways);
        self.node(id).troubled_us = self.now_us;
        self.fall_silent(id);
        let for_us = self.random.between(200_000, 14_000_000);
        self.later(for_us, Happening::Repair(cut));
    }

    pub(super) fn repair(&mut self, cut: usize) {
        if let Some(ways) = self.faults.cuts.remove(&cut) {
            self.say(format_args!("repaired: {ways:?}"));
            let now_us = self.now_us;
            for (from, to) in ways {
                self.node(from).troubled_us = now_us;
                self.node(to).troubled_us = now_us;
            }
        }
    }

    /// Connections of this node may be silent from now on: they end some seconds later.
    fn fall_silent(&mut self, id: NodeId) {
        let connections = self.connections.iter();
        let touched: Vec<u64> = connections
            .filter(|(_, it)| {
                let there = self.seats.get(&it.seat).map(|seat| seat.node);
                it.node == id || there == Some(id)
            })
            .map(|(number, _)| *number)
            .collect();
        for number in touched {
            let wait_us = self.random.between(5_000_000, 9_000_000);
            self.later(wait_us, Happening::Idle(number));
        }
    }

    /// A connection breaks.
    fn tear(&mut self) {
        let open = self.connections.iter().filter(|(_, it)| it.node_open);
        let open: Vec<u64> = open.map(|(number, _)| *number).collect();
        if let Some(number) = self.random.pick(&open) {
            self.trace.count("connection broken");
            let id = self.connections[&number].node;
            self.node(id).troubled_us = self.now_us;
            self.say(format_args!(
                "the connection of n{} breaks ({number})",
                id.0
            ));
            match self.random.percent(50) {
                true => self.node_end(number),
                false => self.leader_end(number),
            }
        }
    }

    /// One of the leader's next proposals fails, and perhaps its node with it.
    fn trouble(&mut self) {
        let after = self.random.between(0, 12);
        let (name, trouble) = match self.random.between(0, 3) {
            0 => ("not leader", Trouble::NotLeader),
            1 => ("unsure, lost", Trouble::UnsureLost),
            _ => ("unsure, agreed", Trouble::UnsureAgreed),
        };
        self.trace.count(name);
        self.faults.leader_crashes = self.random.percent(40);
        self.agreed.lock().unwrap().trouble = Some((after, trouble));
    }

    /// Another is elected; who led does not know.
    fn depose(&mut self) {
        let leader = self.agreed.lock().unwrap().leader;
        let voters: Vec<NodeId> = (1..=super::world::VOTERS).map(NodeId).collect();
        let able = voters
            .into_iter()
            .filter(|id| Some(*id) != leader && self.nodes[id].is_awake(self.now_us));
        let able: Vec<NodeId> = able.collect();
        if let Some(node) = self.random.pick(&able) {
            self.trace.count("deposed unawares");
            self.elect(node);
        }
    }

    /// A node is told to end: it takes no more work, finishes, says goodbye.
    fn drain(&mut self, id: NodeId) {
        if !self.nodes[&id].is_awake(self.now_us) || self.nodes[&id].draining {
            return;
        }
        self.trace.count("drain");
        self.say(format_args!("n{} drains", id.0));
        let now_us = self.now_us;
        let node = self.node(id);
        node.draining = true;
        node.troubled_us = now_us;
        let life = node.life;
        self.tell(id, life, FromWorker::Draining);
        self.later(50_000, Happening::Leave(id, life));
    }

    pub(super) fn leave(&mut self, id: NodeId, life: u32) {
        let node = &self.nodes[&id];
        if node.life != life || !node.alive {
            return;
        }
        if !node.books.is_idle() && self.random.percent(98) {
            return self.later(50_000, Happening::Leave(id, life));
        }
        self.say(format_args!("n{} says goodbye", id.0));
        self.tell(id, life, FromWorker::Bye);
        // What it says has a moment to arrive: the process ends by itself, as one that crashes.
        self.crash(id);
    }

    /// Everything is mended.
    pub(super) fn calm(&mut self) {
        self.say(format_args!("calm"));
        let cuts: Vec<usize> = self.faults.cuts.keys().copied().collect();
        for cut in cuts {
            self.repair(cut);
        }
        let now_us = self.now_us;
        let nodes: Vec<NodeId> = self.nodes.keys().copied().collect();
        for id in nodes {
            self.node(id).paused_until_us = 0;
            self.node(id).troubled_us = now_us;
            self.restart(id);
        }
        self.agreed.lock().unwrap().trouble = None;
        self.faults.leader_crashes = false;
        self.later(500_000, Happening::Look);
    }
}
