//! What a replica is told when it opens, and the limits it keeps.

use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use bubbles_pipeline::NodeId;

/// How long a proposal, a change of members or a read barrier may take. A
/// minority has to say within five seconds that it is one, all the way to who asked.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(4);

/// How long a new learner may take to catch up before it is reported as behind.
pub(crate) const CATCH_UP_WITHIN: Duration = Duration::from_secs(60);

/// How long shutting down may wait for the consensus to stop.
pub(crate) const SHUT_DOWN_WITHIN: Duration = Duration::from_secs(10);

/// Of one record: what the splits of a large source need, a hundred thousand with a file name each,
/// and what a peer still sends within a deadline.
pub(crate) const RECORD_BYTES_MAX: usize = 16 << 20;

/// Of one record: bounds what is remembered of the answers of every proposer.
pub(crate) const RECORD_COMMANDS_MAX: usize = 4096;

/// Entries of one message to a peer, once they are more than one.
pub(crate) const APPEND_BYTES_MAX: usize = 4 << 20;

/// Of one message from or to a peer: an append of one record too many, and its frame.
pub(crate) const MESSAGE_BYTES_MAX: usize = APPEND_BYTES_MAX + RECORD_BYTES_MAX + (1 << 20);

/// Of one piece of a snapshot, on the wire and in the store: small enough that
/// appends are not held up behind it.
pub(crate) const PIECE_BYTES: usize = 1 << 20;

/// Of a whole snapshot: a million splits with receipts of several hundred bytes each.
pub(crate) const SNAPSHOT_BYTES_MAX: u64 = 1 << 30;

/// What a replica needs to open.
#[derive(Clone, Debug)]
pub struct ReplicaConfig {
    /// This node. The folder remembers it and opens for no other. An id stands
    /// for one log for ever: a node whose folder is lost joins again under a new
    /// one, or the votes it once gave could be given a second time.
    pub id: NodeId,
    /// Where `log.redb` lies or will lie; made if it is missing.
    pub folder: PathBuf,
    /// Heartbeats and elections.
    pub timing: Timing,
    /// So many records after a snapshot comes the next, and the log before it goes.
    pub snapshot_every: u64,
    /// What the ids of this replica's proposals are made of: any number in a
    /// deterministic simulation, `None` for a random one. Ids never repeat in
    /// a folder: how often it was opened goes into them as well.
    pub proposer: Option<u64>,
}

impl ReplicaConfig {
    /// The defaults for a node and its folder.
    #[must_use]
    pub fn new(id: NodeId, folder: impl Into<PathBuf>) -> Self {
        Self {
            id,
            folder: folder.into(),
            timing: Timing::default(),
            snapshot_every: 10_000,
            proposer: None,
        }
    }
}

/// When a leader is heard and when it is missed. The same on every node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How often a leader says that it lives; an answer to it has as long.
    pub heartbeat: Duration,
    /// How long a follower waits for one, drawn anew at every start: longer than
    /// several heartbeats.
    pub election: Range<Duration>,
    /// Ask before an election whether it could be won, so that a node coming
    /// back from a partition does not depose a leader that works.
    pub pre_vote: bool,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            // openraft takes the longest election timeout for the leader's lease, which has to be over
            // before a follower's own timeout begins: a leader is missed after 1.5 to 2 seconds.
            heartbeat: Duration::from_millis(150),
            election: Duration::from_millis(500)..Duration::from_millis(1000),
            pre_vote: true,
        }
    }
}

impl ReplicaConfig {
    /// As openraft wants it.
    pub(crate) fn raft(&self) -> Result<openraft::Config, openraft::ConfigError> {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        openraft::Config {
            cluster_name: "bubbles".to_owned(),
            heartbeat_interval: millis(self.timing.heartbeat),
            election_timeout_min: millis(self.timing.election.start),
            election_timeout_max: millis(self.timing.election.end),
            enable_pre_vote: Some(self.timing.pre_vote),
            snapshot_policy: openraft::SnapshotPolicy::LogsSinceLast(self.snapshot_every.max(1)),
            // Followers a little behind get the log, not the whole state.
            max_in_snapshot_log_to_keep: self.snapshot_every.min(1_000),
            replication_lag_threshold: self.snapshot_every.saturating_mul(2).max(1_000),
            // A restarted leader asks for votes again: its state may be older than
            // what it once answered, until a quorum confirms the end of its log.
            enable_leader_restore: Some(false),
            // Proposals are bounded by the lanes; this only has to be no narrower.
            api_channel_size: Some(1024),
            ..openraft::Config::default()
        }
        .validate()
    }
}
