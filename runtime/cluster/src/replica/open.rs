//! Opening a replica: the store is read through, the consensus starts from it.

use std::io;
use std::sync::Arc;

use openraft::errors::Fatal;
use thiserror::Error;

use super::Replica;
use super::answer::Answerer;
use super::apply::Applier;
use super::config::ReplicaConfig;
use super::link::Link;
use super::network::Peers;
use super::propose::Proposals;
use super::raft::{Raft, Types};
use super::record::UnknownVersion;
use super::stop::{Halt, StopCause};
use super::store::Store;

/// Why a replica does not open. Nothing runs then.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Something stored is not what was written. Such a node must not vote: it
    /// may have forgotten what it promised.
    #[error("the node's copy of the log is damaged at {what}; {help}")]
    Corrupt {
        /// Where.
        what: String,
        /// What to do.
        help: &'static str,
    },
    /// Another process, or another replica of this one, has it open.
    #[error("the log is open already, in this process or another")]
    Locked,
    /// The folder is another node's.
    #[error("the folder belongs to node {found}, not to node {wanted}")]
    OtherNode {
        /// Whose it is.
        found: u64,
        /// Who opened it.
        wanted: u64,
    },
    /// The log was written by a newer program.
    #[error(transparent)]
    UnknownVersion(#[from] UnknownVersion),
    /// The folder or the file cannot be used.
    #[error("the node's folder cannot be used: {0}")]
    Folder(#[source] io::Error),
    /// Times that do not fit each other.
    #[error("the timing cannot work: {0}")]
    Timing(String),
    /// Anything else that keeps it from starting.
    #[error("the replica did not start: {0}")]
    Stopped(StopCause),
}

impl OpenError {
    pub(crate) fn corrupt(what: impl ToString) -> Self {
        let help = "while most voters are well nothing is lost: remove this node from the \
            cluster, delete its folder and let it join again under a new id";
        Self::Corrupt {
            what: what.to_string(),
            help,
        }
    }
}

impl From<StopCause> for OpenError {
    fn from(cause: StopCause) -> Self {
        match cause {
            StopCause::UnknownVersion(version) => Self::UnknownVersion(version),
            // It has its seal: it was written like this, and yet it cannot be read.
            StopCause::Unreadable(what) => Self::corrupt(what),
            cause => Self::Stopped(cause),
        }
    }
}

impl Replica {
    /// Opens the folder and takes part again, from where it was left.
    ///
    /// A new folder's replica takes part in nothing until it is
    /// [`initialize`](Self::initialize)d or added by the leader of others. On
    /// return the state is as old as this node knows to be agreed; that it is
    /// the newest, [`confirm_leader`](Self::confirm_leader) says.
    ///
    /// # Errors
    /// See [`OpenError`]; nothing is left running.
    pub async fn open(config: ReplicaConfig, link: Arc<dyn Link>) -> Result<Self, OpenError> {
        let raft_config = config
            .raft()
            .map_err(|error| OpenError::Timing(error.to_string()))?;
        let halt = Halt::default();
        let store = Store::open(&config, halt.clone()).await?;
        let applier = Applier::new(store.snapshot, store.snapshots, halt.clone());
        let applier = applier.map_err(StopCause::from)?;
        let applied = applier.applied();
        let peers = Peers {
            id: config.id.0,
            link,
        };
        let started = Raft::new(
            config.id.0,
            Arc::new(raft_config),
            peers,
            store.log,
            applier,
        )
        .await;
        let raft = started.map_err(|fatal: Fatal<Types>| halt.because(&fatal))?;
        Ok(Self {
            id: config.id,
            answerer: Answerer::new(raft.clone(), halt.clone()),
            proposals: Proposals::new(&config, store.opens),
            raft,
            applied,
            halt,
            writer: store.writer,
        })
    }
}
