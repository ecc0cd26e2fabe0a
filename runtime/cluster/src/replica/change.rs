//! Who takes part: the first node, learners, voters, and those who leave.

use std::collections::{BTreeMap, BTreeSet};

use bubbles_pipeline::NodeId;
use openraft::ChangeMembers;
use openraft::async_runtime::WatchReceiver;
use openraft::errors::{
    ChangeMembershipError as Refused, ClientWriteError, InitializeError, RaftError,
};
use thiserror::Error;
use tokio::time::timeout;

use super::Replica;
use super::config::{ANSWER_WITHIN, CATCH_UP_WITHIN};
use super::member::Member;
use super::propose::leader;
use super::raft::Types;
use super::stop::StopCause;
use super::voters::VOTERS_MAX;

/// Why a cluster does not begin here.
#[derive(Debug, Error)]
pub enum InitializeClusterError {
    /// This replica has a log: it is or was part of a cluster.
    #[error("this node is part of a cluster already")]
    Already,
    /// This replica takes part no longer.
    #[error("this replica has stopped: {0}")]
    Stopped(#[from] StopCause),
}

/// Why the members did not change.
#[derive(Debug, Error)]
pub enum ChangeError {
    /// Another node leads, or none does now.
    #[error("another node leads")]
    NotLeader {
        /// Who is to be asked instead, if it is known.
        leader: Option<(NodeId, Member)>,
    },
    /// No majority answered in time. It may yet be agreed: the same change can
    /// be asked for again.
    #[error("no majority of the voters answered in time")]
    NoQuorum,
    /// Another change is under way and did not end in time.
    #[error("the members are changing already: {0}")]
    Busy(String),
    /// The learner is a member and still far behind; it catches up by and by.
    #[error("node {} is a learner, but has not caught up in time", .0.0)]
    Behind(NodeId),
    /// Only a learner becomes a voter.
    #[error("node {} is not a member", .0.0)]
    NotMember(NodeId),
    /// There are 1, 3 or 5 voters.
    #[error("{0} voters: there have to be 1, 3 or 5")]
    Voters(usize),
    /// The one voter does not leave.
    #[error("node {} is the only voter", .0.0)]
    LastVoter(NodeId),
    /// This replica takes part no longer.
    #[error("this replica has stopped: {0}")]
    Stopped(#[from] StopCause),
}

impl Replica {
    /// Begins a cluster with this node as its one voter. Once in its life, on
    /// one node. It leads a moment later.
    ///
    /// # Errors
    /// See [`InitializeClusterError`].
    pub async fn initialize(&self, member: Member) -> Result<(), InitializeClusterError> {
        self.running()?;
        match self
            .raft
            .initialize(BTreeMap::from([(self.id.0, member)]))
            .await
        {
            Ok(()) => Ok(()),
            Err(RaftError::APIError(InitializeError::NotAllowed(_))) => {
                Err(InitializeClusterError::Already)
            }
            Err(RaftError::APIError(InitializeError::NotInMembers(error))) => {
                Err(StopCause::Defect(error.to_string()).into())
            }
            Err(RaftError::Fatal(fatal)) => Err(self.halt.because(&fatal).into()),
        }
    }

    /// Makes a node a learner: it gets the log and the state, and does not vote.
    /// Returns when it has caught up to the moment it was added.
    ///
    /// A member with this id and another address is moved there.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn add_learner(&self, id: NodeId, member: Member) -> Result<(), ChangeError> {
        let moves = self
            .status()
            .members
            .get(&id)
            .is_some_and(|known| *known != member);
        let node = BTreeMap::from([(id.0, member)]);
        let change = if moves {
            ChangeMembers::SetNodes(node)
        } else {
            ChangeMembers::AddNodes(node)
        };
        let added = self.change(change, true).await?;
        let is_there = move |metrics: &openraft::RaftMetrics<Types>| {
            let progress = metrics.replication.as_ref().and_then(|all| all.get(&id.0));
            let reached = progress
                .and_then(|last| last.as_ref())
                .map(|last| last.index);
            // A leader that leads no longer has nobody's progress: not to wait for.
            metrics.replication.is_none() || id.0 == metrics.id || reached >= Some(added)
        };
        let wait = self.raft.wait(Some(CATCH_UP_WITHIN));
        match wait.metrics(is_there, "a learner catches up").await {
            Ok(metrics) if metrics.replication.is_some() => Ok(()),
            Ok(_) => Err(ChangeError::NotLeader {
                leader: self.status().leader,
            }),
            Err(_) => Err(ChangeError::Behind(id)),
        }
    }

    /// Makes these the voters; those who were and are not named become learners.
    /// See [`voters_for`](crate::voters_for).
    ///
    /// # Errors
    /// See [`ChangeError`]. Half done, it is finished by asking again.
    pub async fn set_voters(&self, voters: BTreeSet<NodeId>) -> Result<(), ChangeError> {
        if voters.len().is_multiple_of(2) || voters.len() > VOTERS_MAX {
            return Err(ChangeError::Voters(voters.len()));
        }
        let voters = voters.into_iter().map(|id| id.0).collect();
        self.change(ChangeMembers::ReplaceAllVoters(voters), true)
            .await?;
        Ok(())
    }

    /// Takes a node out, voter or learner. Its id is not to be given again.
    ///
    /// Of three voters two are left: [`set_voters`](Self::set_voters) first,
    /// where another can take its place.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub async fn remove(&self, id: NodeId) -> Result<(), ChangeError> {
        let status = self.status();
        if status.voters.contains(&id) {
            if status.voters.len() == 1 {
                return Err(ChangeError::LastVoter(id));
            }
            self.change(ChangeMembers::RemoveVoters([id.0].into()), true)
                .await?;
        }
        self.change(ChangeMembers::RemoveNodes([id.0].into()), false)
            .await?;
        Ok(())
    }

    /// The index of the entry that says it. Changes go one after the other: one
    /// that is under way, or a leader's first entry, is waited for.
    async fn change(
        &self,
        change: ChangeMembers<u64, Member>,
        retain: bool,
    ) -> Result<u64, ChangeError> {
        self.running()?;
        let mut metrics = self.raft.metrics();
        let mut busy = None;
        let changing = async {
            loop {
                metrics.borrow_and_update();
                match Box::pin(self.raft.change_membership(change.clone(), retain)).await {
                    Ok(written) => return Ok(written.log_id.index),
                    Err(error) => busy = Some(self.cause(error)?),
                }
                metrics.changed().await.map_err(|_| StopCause::ShutDown)?;
            }
        };
        let changed = timeout(ANSWER_WITHIN, changing).await;
        changed.unwrap_or_else(|_| Err(busy.map_or(ChangeError::NoQuorum, ChangeError::Busy)))
    }

    /// What keeps a change waiting, or why there is nothing to wait for.
    fn cause(
        &self,
        error: RaftError<Types, ClientWriteError<Types>>,
    ) -> Result<String, ChangeError> {
        match error {
            RaftError::Fatal(fatal) => Err(self.halt.because(&fatal).into()),
            RaftError::APIError(
                ClientWriteError::ForwardToLeader(forward)
                | ClientWriteError::LogEntryDiscarded(forward),
            ) => Err(ChangeError::NotLeader {
                leader: leader(forward),
            }),
            RaftError::APIError(ClientWriteError::ChangeMembershipError(refused)) => {
                match refused {
                    Refused::InProgress(_) | Refused::UncommittedLeaderLog(_) => {
                        Ok(refused.to_string())
                    }
                    Refused::LearnerNotFound(missing) => {
                        Err(ChangeError::NotMember(NodeId(missing.node_id)))
                    }
                    other => Err(StopCause::Defect(other.to_string()).into()),
                }
            }
            RaftError::APIError(other) => Err(StopCause::Defect(other.to_string()).into()),
        }
    }
}
