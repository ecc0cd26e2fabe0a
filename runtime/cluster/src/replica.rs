//! The replicated log: what is agreed survives the death of any minority.
//!
//! A [`Replica`] keeps one node's copy of the log and of the [`State`] that it
//! makes, in a folder, and agrees with its peers over a [`Link`]. Consensus is
//! openraft's, the file is redb's; neither is named outside of this module.
//!
//! - [`machine`] and [`voters`] are pure; [`record`] is what the log says.
//! - [`store`] writes on a thread of its own: whatever waits goes into one fsync.
//! - [`network`] asks peers, [`answer`] answers them, in the [`message`]s they share.
//!
//! Non-goals: sockets and identities (the link's), who should vote when (the
//! caller's, by [`voters_for`]), forwarding to the leader (the caller's: it is named).

mod answer;
mod apply;
mod change;
mod config;
pub mod fuzz;
mod link;
mod machine;
mod member;
mod message;
mod network;
mod open;
mod propose;
mod raft;
mod record;
mod status;
mod stop;
mod store;
mod voters;

#[cfg(test)]
mod tests;

use bubbles_pipeline::NodeId;
use tokio::time::timeout;

use self::answer::Answerer;
use self::apply::SharedApplied;
use self::config::SHUT_DOWN_WITHIN;
use self::propose::Proposals;
use self::raft::Raft;
use self::stop::Halt;
use self::store::Writer;
use crate::State;

pub use self::answer::AnswerError;
pub use self::change::{ChangeError, InitializeClusterError};
pub use self::config::{ReplicaConfig, Timing};
pub use self::link::{Link, LinkError};
pub use self::machine::{Answers, Machine, PROPOSERS_MAX, Verdict};
pub use self::member::Member;
pub use self::open::OpenError;
pub use self::propose::{ConfirmError, ProposeError};
pub use self::record::{RECORD_VERSION, Record, UnknownVersion};
pub use self::status::{Gone, Status, StatusWatch};
pub use self::stop::StopCause;
pub use self::voters::{VOTERS_MAX, voters_for};

/// One node's part in the cluster.
///
/// Dropped, it stops as a killed process would: what was acknowledged is in the
/// file, nothing else is written, and the file is closed when the drop returns,
/// which may take as long as an fsync.
#[must_use = "a replica that is dropped takes part no longer"]
pub struct Replica {
    id: NodeId,
    raft: Raft,
    answerer: Answerer,
    proposals: Proposals,
    applied: SharedApplied,
    halt: Halt,
    writer: Writer,
}

impl Replica {
    /// Answers a peer's request that came over its [`Link`]. The caller knows
    /// that it is a member who asks.
    ///
    /// # Errors
    /// See [`AnswerError`].
    pub async fn answer(&self, request: &[u8]) -> Result<Vec<u8>, AnswerError> {
        self.running()?;
        Box::pin(self.answerer.answer(request)).await
    }

    /// Looks at what is agreed, as far as this node knows. Nothing is applied
    /// meanwhile, so it is to be short; it may not propose or read again.
    pub fn read<R>(&self, look: impl FnOnce(&State) -> R) -> R {
        look(self.applied.read().machine.state())
    }

    /// Stops: the consensus first, then what waits is written, then the file is
    /// closed. A second time it does nothing.
    pub async fn shutdown(&self) {
        drop(self.halt.stop(StopCause::ShutDown));
        if timeout(SHUT_DOWN_WITHIN, self.raft.shutdown())
            .await
            .is_err()
        {
            tracing::warn!("the consensus did not stop in time");
        }
        // An error says that the store is closed already, or why it broke, which was told then.
        drop(self.writer.close().await);
    }

    /// Nothing is asked of a replica that has stopped.
    fn running(&self) -> Result<(), StopCause> {
        self.halt.cause().map_or(Ok(()), Err)
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        drop(self.halt.stop(StopCause::ShutDown));
    }
}
