//! What a replica knows of itself and the others, and how to wait for a change of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bubbles_pipeline::NodeId;
use openraft::async_runtime::WatchReceiver;
use openraft::type_config::alias::WatchReceiverOf;
use openraft::{Instant as _, RaftMetrics, ServerState};
use thiserror::Error;

use super::Replica;
use super::member::Member;
use super::raft::Types;
use super::stop::{Halt, StopCause};

/// What a replica knows. It may be outdated: a leader that is cut off believes
/// for a while that it leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// This node.
    pub id: NodeId,
    /// The newest term it has heard of. A term has at most one leader.
    pub term: u64,
    /// Who leads in this term, if it is known.
    pub leader: Option<(NodeId, Member)>,
    /// Whether that is this node.
    pub is_leader: bool,
    /// Who votes.
    pub voters: BTreeSet<NodeId>,
    /// Who gets the log and does not vote.
    pub learners: BTreeSet<NodeId>,
    /// All of them.
    pub members: BTreeMap<NodeId, Member>,
    /// The last entry in the state.
    pub applied: Option<u64>,
    /// Up to which entry the last snapshot reaches.
    pub snapshot: Option<u64>,
    /// Why it takes part no longer, if it does not.
    pub stopped: Option<StopCause>,
}

/// The replica is gone, so no change will come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the replica is gone")]
pub struct Gone;

/// Sees the changes of a replica's status. Changes that follow each other
/// quickly are seen as one.
pub struct StatusWatch {
    metrics: WatchReceiverOf<Types, RaftMetrics<Types>>,
    halt: Halt,
    seen: Status,
}

impl StatusWatch {
    /// The status now.
    #[must_use]
    pub fn status(&self) -> Status {
        status(&self.metrics.borrow_watched(), &self.halt)
    }

    /// Waits until the status is another than it was when the watch was made or
    /// this last returned.
    ///
    /// # Errors
    /// The replica is gone.
    pub async fn changed(&mut self) -> Result<Status, Gone> {
        let seen = self.seen.clone();
        self.wait(|status| *status != seen).await
    }

    /// Waits until the status is as wanted, which it may be already.
    ///
    /// # Errors
    /// The replica is gone.
    pub async fn wait(&mut self, wanted: impl Fn(&Status) -> bool) -> Result<Status, Gone> {
        loop {
            let status = status(&self.metrics.borrow_and_update(), &self.halt);
            if wanted(&status) {
                self.seen = status.clone();
                return Ok(status);
            }
            self.metrics.changed().await.map_err(|_| Gone)?;
        }
    }
}

impl Replica {
    /// What this replica knows now.
    #[must_use]
    pub fn status(&self) -> Status {
        status(&self.raft.metrics().borrow_watched(), &self.halt)
    }

    /// Whether this replica leads, and fewer than half of the others' voices have reached it for so
    /// long. It finds out by itself much later that it leads no more.
    #[must_use]
    pub fn is_without_quorum(&self, silent: Duration) -> bool {
        let metrics = self.raft.metrics();
        let metrics = metrics.borrow_watched();
        let voters = metrics.membership_config.voter_ids().count();
        let heard = metrics.last_quorum_acked.as_ref();
        metrics.state == ServerState::Leader
            && voters > 1
            && heard.is_some_and(|heard| heard.elapsed() > silent)
    }

    /// A watch on the status.
    #[must_use]
    pub fn watch(&self) -> StatusWatch {
        StatusWatch {
            metrics: self.raft.metrics(),
            halt: self.halt.clone(),
            seen: self.status(),
        }
    }
}

fn status(metrics: &RaftMetrics<Types>, halt: &Halt) -> Status {
    let membership = &metrics.membership_config;
    let is_leader = metrics.state == ServerState::Leader;
    // A node that led before it started again remembers its own election.
    let known = metrics
        .current_leader
        .filter(|leader| *leader != metrics.id || is_leader);
    let leader = known.and_then(|leader| {
        let member = membership.get_node(&leader)?;
        Some((NodeId(leader), member.clone()))
    });
    let nodes = membership.nodes();
    Status {
        id: NodeId(metrics.id),
        term: metrics.current_term,
        leader,
        is_leader,
        voters: membership.voter_ids().map(NodeId).collect(),
        learners: membership.membership().learner_ids().map(NodeId).collect(),
        members: nodes
            .map(|(id, member)| (NodeId(*id), member.clone()))
            .collect(),
        applied: metrics.last_applied.map(|last| last.index),
        snapshot: metrics.snapshot.map(|last| last.index),
        stopped: metrics
            .running_state
            .as_ref()
            .err()
            .map(|fatal| halt.because(fatal)),
    }
}
