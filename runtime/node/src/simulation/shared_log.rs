//! The log that the simulated nodes share: one state, one leader of each term at most, and
//! proposals that fail as those of the replicated log do.
//!
//! What each voter has on its disk is not simulated: that is the replica's own suite.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bubbles_cluster::{
    Answer, Answers, Command, Fingerprint, NodeRecord, ProposeError, Refusal, State,
};
use bubbles_pipeline::NodeId;

use super::history::History;
use super::node::Node;
use super::random::Random;
use crate::agreement::SharedLog;

/// How a proposal fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nothing was done, and the lead is lost.
    NotLeader,
    /// It was agreed, and the lead was lost before the answer came.
    UnsureAgreed,
    /// It was not agreed, and nobody can tell.
    UnsureLost,
}

/// What is agreed, and who may say what is agreed next.
pub(super) struct Agreed {
    pub(super) state: State,
    pub(super) term: u64,
    /// Who leads, as a majority sees it.
    pub(super) leader: Option<NodeId>,
    /// Whether the leader reaches a majority now.
    pub(super) quorum: bool,
    /// After so many proposals.
    pub(super) trouble: Option<(u64, Trouble)>,
    pub(super) history: History,
    /// Said by the leader without a majority: agreed once there is one, if the leader stays.
    pending: Vec<Vec<Command>>,
    /// What those who led in earlier terms still take for the newest.
    stale: BTreeMap<u64, State>,
    random: Random,
}

impl Agreed {
    /// All nodes are members, and nothing else is agreed.
    pub(super) fn new(random: Random, nodes: &BTreeMap<NodeId, Node>) -> Self {
        let mut state = State::default();
        for node in nodes.values() {
            let record = NodeRecord {
                name: format!("n{}", node.id.0),
                address: String::new(),
                labels: node.labels.clone(),
                slots: node.slots,
                certificate: Fingerprint([0; 32]),
            };
            let node = node.id;
            state.apply(Command::Register { node, record }).unwrap();
        }
        Self {
            state,
            term: 0,
            leader: None,
            quorum: false,
            trouble: None,
            history: History::default(),
            pending: Vec::new(),
            stale: BTreeMap::new(),
            random,
        }
    }

    /// A majority follows another node.
    pub(super) fn elect(&mut self, node: NodeId) {
        self.stale.insert(self.term, self.state.clone());
        for commands in std::mem::take(&mut self.pending) {
            // It reached the next leader, or it did not.
            if self.random.percent(50) {
                self.apply_all(commands);
            }
        }
        self.term += 1;
        self.leader = Some(node);
        self.quorum = true;
        self.trouble = None;
    }

    /// A node is gone: if it led, it does so no longer, even if it comes back at once.
    pub(super) fn leave(&mut self, node: NodeId) {
        if self.leader == Some(node) {
            self.leader = None;
        }
    }

    /// A proposal that had no majority has one.
    pub(super) fn catch_up(&mut self) {
        for commands in std::mem::take(&mut self.pending) {
            self.history.count("agreed after all");
            self.apply_all(commands);
        }
    }

    fn propose(&mut self, commands: Vec<Command>) -> Result<Answers, ProposeError> {
        if !self.quorum {
            self.history.count("no quorum");
            self.pending.push(commands);
            return Err(ProposeError::NoQuorum);
        }
        self.catch_up();
        let due = match &mut self.trouble {
            Some((0, trouble)) => Some(*trouble),
            Some((wait, _)) => {
                *wait -= 1;
                None
            }
            None => None,
        };
        let Some(trouble) = due else {
            return Ok(self.apply_all(commands));
        };
        self.trouble = None;
        self.leader = None;
        if trouble == Trouble::UnsureAgreed {
            self.history.count("agreed without an answer");
            self.apply_all(commands);
        }
        Err(match trouble {
            Trouble::NotLeader => ProposeError::NotLeader { leader: None },
            _ => ProposeError::Unsure { leader: None },
        })
    }

    fn apply_all(&mut self, commands: Vec<Command>) -> Answers {
        commands.into_iter().map(|it| self.apply(it)).collect()
    }

    fn apply(&mut self, command: Command) -> Result<Answer, Refusal> {
        let before = self.history.before(&self.state, &command);
        let answer = self.state.apply(command.clone());
        self.history.note(&self.state, &command, before, answer);
        answer
    }
}

/// The log as the leader of one term sees it.
pub(super) struct View {
    pub(super) agreed: Arc<Mutex<Agreed>>,
    pub(super) term: u64,
}

impl SharedLog for View {
    fn propose(&self, commands: Vec<Command>) -> Result<Answers, ProposeError> {
        let mut agreed = self.agreed.lock().unwrap();
        if agreed.term != self.term || agreed.leader.is_none() {
            return Err(ProposeError::NotLeader { leader: None });
        }
        agreed.propose(commands)
    }

    fn look(&self, look: &mut dyn FnMut(&State)) {
        let agreed = self.agreed.lock().unwrap();
        match agreed.stale.get(&self.term) {
            Some(stale) => look(stale),
            None => look(&agreed.state),
        }
    }
}
