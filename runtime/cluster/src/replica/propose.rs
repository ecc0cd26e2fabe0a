//! Proposals: commands become a record, the record is agreed, its answers come back.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Mutex, MutexGuard};

use bubbles_pipeline::NodeId;
use openraft::ReadPolicy;
use openraft::errors::{ClientWriteError, ForwardToLeader, LinearizableReadError, RaftError};
use thiserror::Error;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::Replica;
use super::config::{ANSWER_WITHIN, RECORD_BYTES_MAX, RECORD_COMMANDS_MAX, ReplicaConfig};
use super::machine::Answers;
use super::member::Member;
use super::raft::{Payload, Response, Types};
use super::record::{RECORD_VERSION, Record};
use super::stop::StopCause;
use crate::Command;

/// Records that a replica may have under way at once. Each lane is a proposer
/// of its own, and says one record after the other: that is what makes "the
/// last one said" enough to tell a repetition.
const LANES: usize = 8;

/// Why commands were not agreed.
#[derive(Debug, Error)]
pub enum ProposeError {
    /// Nothing was done: another node leads, or none does now.
    #[error("another node leads")]
    NotLeader {
        /// Who is to be asked instead, if it is known.
        leader: Option<(NodeId, Member)>,
    },
    /// This node lost the lead while the commands were under way: they were
    /// done, or will be, or not. The state of the next leader tells.
    #[error("this node lost the lead; the commands may have been agreed or not")]
    Unsure {
        /// Who leads now, if it is known.
        leader: Option<(NodeId, Member)>,
    },
    /// No majority answered in time. The commands may yet be agreed.
    #[error("no majority of the voters answered in time")]
    NoQuorum,
    /// More than a record holds: to be said in several.
    #[error("{commands} commands of {bytes} bytes are more than one record may hold")]
    TooLarge {
        /// How many.
        commands: usize,
        /// Encoded together.
        bytes: usize,
    },
    /// A command cannot be read back from its encoding. In the log it would stop
    /// every node, so it was not said.
    #[error("a command that could not be read from the log: {0}")]
    Unreadable(String),
    /// This replica takes part no longer.
    #[error("this replica has stopped: {0}")]
    Stopped(#[from] StopCause),
}

/// Why it is not known whether this node still leads.
#[derive(Debug, Error)]
pub enum ConfirmError {
    /// It does not.
    #[error("another node leads")]
    NotLeader {
        /// Who does, if it is known.
        leader: Option<(NodeId, Member)>,
    },
    /// No majority answered in time: another may have been elected.
    #[error("no majority of the voters answered in time")]
    NoQuorum,
    /// This replica takes part no longer.
    #[error("this replica has stopped: {0}")]
    Stopped(#[from] StopCause),
}

/// The lanes that are free.
pub(crate) struct Proposals {
    free: Semaphore,
    lanes: Mutex<Vec<Lane>>,
}

#[derive(Clone, Copy)]
struct Lane {
    proposer: u64,
    /// Of the last record.
    sequence: u64,
}

impl Proposals {
    pub(crate) fn new(config: &ReplicaConfig, opens: u64) -> Self {
        let random = || RandomState::new().build_hasher().finish();
        let seed = config.proposer.unwrap_or_else(random);
        let proposer = |lane| proposer(config.id.0, seed, opens, lane);
        let lanes = (0..LANES)
            .map(|lane| Lane {
                proposer: proposer(lane),
                sequence: 0,
            })
            .collect();
        Self {
            free: Semaphore::new(LANES),
            lanes: Mutex::new(lanes),
        }
    }

    fn lanes(&self) -> MutexGuard<'_, Vec<Lane>> {
        self.lanes
            .lock()
            .expect("nothing panics while it holds the lanes")
    }

    /// A lane with its next sequence, as soon as one is free.
    async fn take(&self) -> Taken<'_> {
        let permit = self
            .free
            .acquire()
            .await
            .expect("the lanes are never closed");
        let mut lane = self
            .lanes()
            .pop()
            .expect("there are as many lanes as permits");
        // Counted even if the record is never said: a number is not used twice.
        lane.sequence += 1;
        Taken {
            lane,
            of: self,
            _permit: permit,
        }
    }
}

/// An id that no other opening of any replica makes.
fn proposer(node: u64, seed: u64, opens: u64, lane: usize) -> u64 {
    let lane = u64::try_from(lane).unwrap_or(u64::MAX);
    let mut hasher = blake3::Hasher::new();
    for part in [node, seed, opens, lane] {
        hasher.update(&part.to_le_bytes());
    }
    let mut id = [0; 8];
    hasher.finalize_xof().fill(&mut id);
    u64::from_le_bytes(id)
}

/// A lane in use; dropping gives it back.
struct Taken<'a> {
    lane: Lane,
    of: &'a Proposals,
    _permit: SemaphorePermit<'a>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        // Before the permit goes: fields are dropped after this.
        self.of.lanes().push(self.lane);
    }
}

impl Replica {
    /// Has commands agreed, and says what came of each, in their order. They
    /// are applied together, but each by itself: one may be refused and the next
    /// hold. Whatever is answered is on the disks of a majority.
    ///
    /// Dropping the future leaves open whether they are agreed.
    ///
    /// # Errors
    /// See [`ProposeError`]; within four seconds.
    pub async fn propose(&self, commands: Vec<Command>) -> Result<Answers, ProposeError> {
        self.running()?;
        let count = commands.len();
        let proposing = async {
            let taken = self.proposals.take().await;
            let Lane { proposer, sequence } = taken.lane;
            let record = Record {
                version: RECORD_VERSION,
                proposer,
                sequence,
                commands,
            };
            let bytes = record.encode().map_err(unreadable)?;
            if bytes.len() > RECORD_BYTES_MAX || count > RECORD_COMMANDS_MAX {
                return Err(ProposeError::TooLarge {
                    commands: count,
                    bytes: bytes.len(),
                });
            }
            Record::decode(&bytes).map_err(unreadable)?;
            self.say(Payload(bytes.into())).await
        };
        let answered = timeout(ANSWER_WITHIN, proposing).await;
        answered.unwrap_or(Err(ProposeError::NoQuorum))
    }

    /// Says a record; and once more if what became of it is not known, which the
    /// machine tells from two records.
    pub(super) async fn say(&self, record: Payload) -> Result<Answers, ProposeError> {
        let mut said_before = false;
        loop {
            let result = self.raft.client_write(record.clone()).await;
            match result.map(|written| written.data) {
                Ok(Response::Answers(answers)) => return Ok(answers),
                Ok(other) => {
                    let defect = format!("a record was answered with {other:?}");
                    return Err(StopCause::Defect(defect).into());
                }
                Err(RaftError::APIError(ClientWriteError::ForwardToLeader(forward))) => {
                    let leader = leader(forward);
                    return Err(if said_before {
                        ProposeError::Unsure { leader }
                    } else {
                        ProposeError::NotLeader { leader }
                    });
                }
                Err(RaftError::APIError(ClientWriteError::LogEntryDiscarded(forward))) => {
                    if said_before {
                        return Err(ProposeError::Unsure {
                            leader: leader(forward),
                        });
                    }
                    said_before = true;
                }
                Err(RaftError::APIError(other)) => {
                    return Err(StopCause::Defect(other.to_string()).into());
                }
                Err(RaftError::Fatal(fatal)) => return Err(self.halt.because(&fatal).into()),
            }
        }
    }

    /// Waits until this node has been confirmed as the leader by a majority, and
    /// its state has everything that was agreed before the call: what is
    /// [`read`](Self::read) then is the newest.
    ///
    /// # Errors
    /// See [`ConfirmError`]; within four seconds.
    pub async fn confirm_leader(&self) -> Result<(), ConfirmError> {
        self.running()?;
        let confirming = self.raft.ensure_linearizable(ReadPolicy::ReadIndex);
        match timeout(ANSWER_WITHIN, confirming).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(RaftError::APIError(LinearizableReadError::ForwardToLeader(forward)))) => {
                Err(ConfirmError::NotLeader {
                    leader: leader(forward),
                })
            }
            Ok(Err(RaftError::APIError(LinearizableReadError::QuorumNotEnough(_)))) | Err(_) => {
                Err(ConfirmError::NoQuorum)
            }
            Ok(Err(RaftError::Fatal(fatal))) => Err(self.halt.because(&fatal).into()),
        }
    }
}

fn unreadable(error: impl ToString) -> ProposeError {
    ProposeError::Unreadable(error.to_string())
}

/// Who is to be asked instead.
pub(crate) fn leader(forward: ForwardToLeader<Types>) -> Option<(NodeId, Member)> {
    Some((NodeId(forward.leader_id?), forward.leader_node?))
}
