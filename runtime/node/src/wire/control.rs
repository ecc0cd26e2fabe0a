//! Questions on a control connection, and their answers.

use bubbles_cluster::JobId;
use bubbles_pipeline::{Description, NodeId, Pipeline};
use bubbles_transport::{Frame, MAX_FRAME_BYTES, Role};
use serde::{Deserialize, Serialize};

use crate::{JobReport, Progress};

/// What is asked. Only the leader answers most of it; another node names the leader
/// ([`Denial::NotLeader`]).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Ask {
    /// A message of the replicated log follows, long; an answer comes back, long. Any node.
    Log,
    /// A worker reports for duty. Long messages follow in both directions, until one is gone.
    Attach {
        /// Who.
        node: NodeId,
        /// Where other nodes reach it.
        address: String,
        /// Attempts that it runs at once.
        slots: u32,
        /// What `on` may call it.
        labels: Vec<String>,
    },
    /// Get a copy of this plugin from the asker, and keep it. Any node: [`Tell::Done`].
    Keep {
        /// BLAKE3 of its component.
        digest: [u8; 32],
        /// Bytes of its component.
        size_bytes: u64,
    },
    /// What this node has of the job's log, from this byte on. Any node: [`Tell::Log`].
    LocalLog {
        /// The job.
        job: JobId,
        /// How much of it the asker has.
        offset: u64,
    },
    /// All nodes: [`Tell::Nodes`].
    Nodes,
    /// The catalogue: [`Tell::Plugins`].
    Plugins,
    /// All jobs that are known, the newest first: [`Tell::Jobs`].
    Jobs,
    /// One job: [`Tell::Job`].
    Job(JobId),
    /// One job until it ends: [`Tell::Progress`] now and then, [`Tell::Report`] at the end.
    Watch(JobId),
    /// Begin a job; said twice with the same id, it is one job: [`Tell::Done`].
    Submit(Box<Submission>),
    /// Stop a job, if it is not decided: [`Tell::Done`] once it has ended.
    Cancel(JobId),
    /// Which of these plugins the cluster lacks: [`Tell::Missing`].
    Lacks(Vec<[u8; 32]>),
    /// Put a plugin that the cluster has into the catalogue: [`Tell::Deployed`].
    Deploy {
        /// Its name.
        name: String,
        /// Its version; none: one above the last.
        version: Option<String>,
        /// BLAKE3 of its component.
        digest: [u8; 32],
    },
    /// A plugin of the catalogue: [`Tell::Plugin`].
    Find {
        /// Its name.
        name: String,
        /// The version; none: the last deployed.
        version: Option<String>,
    },
    /// A token that lets its bearer in, once: [`Tell::Token`].
    Invite {
        /// As what; none: a node, or a person as [`Role::Admin`].
        role: Option<Role>,
        /// For how long it is good.
        seconds: u64,
    },
    /// What the job's guests said, on all nodes: [`Tell::Log`], one for each node.
    Logs {
        /// The job.
        job: JobId,
        /// How much of each node's log the asker has.
        from: Vec<(NodeId, u64)>,
    },
    /// The rejects of a job that has ended: [`Tell::Bytes`], then as many raw bytes.
    Rejects(JobId),
    /// A node does not come back: it is a member no longer, and its certificate is good no longer:
    /// [`Tell::Done`].
    Remove {
        /// Its name.
        name: String,
    },
}

/// A job to be run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Submission {
    /// Made by who submits.
    pub job: JobId,
    /// Checked again where it arrives.
    pub pipeline: Pipeline,
    /// What each task's plugin says of itself: of the kind that is used.
    pub descriptions: Vec<Description>,
    /// BLAKE3 of each task's plugin.
    pub plugins: Vec<[u8; 32]>,
    /// Whose bookmarks it reads and leaves.
    pub bookmarks: String,
    /// When it was submitted, in milliseconds since 1970.
    pub submitted_ms: u64,
}

/// An answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Tell {
    /// It is done.
    Done,
    /// It is not, and why.
    No(Denial),
    /// All nodes.
    Nodes(Vec<NodeStatus>),
    /// The catalogue, by name and age.
    Plugins(Vec<PluginStatus>),
    /// All jobs.
    Jobs(Vec<JobSummary>),
    /// One job.
    Job(Box<JobStatus>),
    /// How far a job is.
    Progress(Progress),
    /// How a job ended.
    Report(Box<JobReport>),
    /// What the cluster lacks of what was asked about.
    Missing(Vec<[u8; 32]>),
    /// What is in the catalogue now.
    Deployed(PluginStatus),
    /// What was asked for.
    Plugin(PluginStatus),
    /// A secret, to be handed on.
    Token(String),
    /// A part of a log.
    Log(LogPiece),
    /// So many raw bytes follow.
    Bytes(u64),
}

/// Why something is not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Denial {
    /// Another node has to be asked: this one, if it is known.
    #[error("another node leads the cluster")]
    NotLeader {
        /// Where it is reached.
        address: Option<String>,
    },
    /// Too few nodes reach each other to agree on anything.
    #[error(
        "no quorum: too few of the cluster's voters reach each other to decide anything; nothing was changed for sure"
    )]
    NoQuorum,
    /// The asker's role is not enough.
    #[error("this needs the role {needs}; yours is {yours}")]
    Forbidden {
        /// What would be enough.
        needs: Role,
        /// What the asker's certificate says.
        yours: Role,
    },
    /// There is no such thing.
    #[error("there is no {what} \"{name}\"")]
    NotFound {
        /// What kind of thing.
        what: String,
        /// As it was asked for.
        name: String,
    },
    /// It does not fit what is there.
    #[error("{message}")]
    Refused {
        /// Why, and what would be right.
        message: String,
    },
    /// This node cannot do it now.
    #[error("{message}")]
    Failed {
        /// Why.
        message: String,
    },
}

/// A node, as the leader sees it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NodeStatus {
    /// Which.
    pub id: NodeId,
    /// What people call it.
    pub name: String,
    /// Where other nodes reach it.
    pub address: String,
    /// What `on` may call it.
    pub labels: Vec<String>,
    /// Attempts that it runs at once.
    pub slots: u32,
    /// Of these, how many have something to do.
    pub busy: u32,
    /// Whether it has been heard of in the last five seconds.
    pub alive: bool,
    /// Whether it is about to go, and gets no more work.
    pub draining: bool,
    /// Whether it leads.
    pub leader: bool,
    /// Whether it votes.
    pub voter: bool,
    /// Why it gets no work for a while, in its own words: its disk is full, say.
    pub trouble: Option<String>,
}

/// A plugin of the catalogue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PluginStatus {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// BLAKE3 of its component.
    pub digest: [u8; 32],
    /// Bytes of its component.
    pub size_bytes: u64,
    /// Names of the nodes that had it when it was deployed.
    pub held_by: Vec<String>,
}

/// A job in a list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JobSummary {
    /// Its id.
    pub job: JobId,
    /// Its pipeline's name.
    pub pipeline: String,
    /// When it was submitted, in milliseconds since 1970.
    pub submitted_ms: u64,
    /// `planning`, `running`, `committing`, `aborting`, `committed`, `failed`, `cancelled`.
    pub state: String,
    /// Splits that are complete.
    pub splits_done: u64,
    /// Splits that are known of.
    pub splits: u64,
}

/// A job, looked at closely.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct JobStatus {
    /// As in the list.
    pub summary: JobSummary,
    /// How far it is, while it runs.
    pub progress: Option<Progress>,
    /// How it ended.
    pub report: Option<JobReport>,
}

/// A part of what a job's guests said on one node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LogPiece {
    /// Where.
    pub node: NodeId,
    /// The node's name.
    pub name: String,
    /// Up to where the asker has it now.
    pub offset: u64,
    /// Whole lines.
    pub text: String,
    /// Whether nothing more will come, as the job has ended and all is told.
    pub end: bool,
}

impl Ask {
    /// The role that may ask it.
    #[must_use]
    pub fn needs(&self) -> Role {
        match self {
            Self::Log | Self::Attach { .. } | Self::Keep { .. } | Self::LocalLog { .. } => {
                Role::Node
            }
            Self::Nodes
            | Self::Plugins
            | Self::Jobs
            | Self::Job(_)
            | Self::Watch(_)
            | Self::Find { .. }
            | Self::Logs { .. }
            | Self::Rejects(_) => Role::Read,
            Self::Submit(_) | Self::Cancel(_) | Self::Lacks(_) => Role::Submit,
            Self::Deploy { .. } | Self::Invite { .. } | Self::Remove { .. } => Role::Admin,
        }
    }
}

impl Frame for Ask {
    const KIND: u8 = 1;
    const LIMIT: usize = MAX_FRAME_BYTES;
}

impl Frame for Tell {
    const KIND: u8 = 2;
    const LIMIT: usize = MAX_FRAME_BYTES;
}
