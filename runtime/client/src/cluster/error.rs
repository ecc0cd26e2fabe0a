//! Why a cluster does not do what it is asked.

use std::io;
use std::path::PathBuf;

use bubbles_node::ProfileError;
use bubbles_node::wire::Denial;
use bubbles_transport::{BindError, ConnectError, IdentityError, KeyError, Refusal, TokenError};

use super::search::Trouble;
use crate::HomeError;

/// Why a cluster does not do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// This person belongs to no cluster.
    #[error("no cluster is known here: there is no profile in {}", shown(.0))]
    NoProfile(Vec<PathBuf>),
    /// The profile cannot be used.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// There is no place to keep things.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The text is no invitation.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The invitation is good no longer.
    #[error("the join token has expired, or the clocks of this machine and of the node differ")]
    TokenExpired,
    /// The invitation was used, or withdrawn.
    #[error("the join token has been used already")]
    TokenSpent,
    /// Who answers is of another cluster than the invitation.
    #[error(
        "the node answers with the certificate of another authority than the join token names; nothing was saved"
    )]
    OtherAuthority,
    /// What the node sent makes no identity.
    #[error("the node sent what is no identity: {0}")]
    Identity(#[from] IdentityError),
    /// No key can be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// No node answers.
    #[error("no node of the cluster answers: tried {}; {why}", tried.join(", "))]
    NoNode {
        /// Addresses of nodes.
        tried: Vec<String>,
        /// Why the last one did not.
        why: String,
    },
    /// No node of this cluster answers.
    #[error("no node of this cluster answers: {0}")]
    Stranger(String),
    /// The nodes do not let this side in.
    #[error("the cluster refuses this identity: {0}")]
    Refused(Refusal),
    /// Nodes answer, none of them leads.
    #[error("the cluster has no leader now; nothing was changed for sure")]
    NoLeader,
    /// A node was reached and gave no answer.
    #[error(
        "a node was reached and gave no answer in time: {0}; whether it did what it was asked is not known"
    )]
    Silent(String),
    /// It was answered with a no.
    #[error(transparent)]
    Denied(Denial),
    /// No job begins like this.
    #[error("there is no job {0:?}")]
    NoJob(String),
    /// Several jobs begin like this.
    #[error("{prefix:?} is the beginning of {} jobs: {}", jobs.len(), jobs.join(", "))]
    ManyJobs {
        /// As it was asked for.
        prefix: String,
        /// Their ids.
        jobs: Vec<String>,
    },
    /// The cluster knew the job and does not know it any more.
    #[error("the cluster does not know the job {0} any more")]
    Forgotten(String),
    /// The job is not watched any more; why was told.
    #[error("the job {0} is not watched any more; it may still run")]
    Unwatched(String),
    /// A built-in plugin would be found in its place.
    #[error("{0:?} is the name of a built-in plugin")]
    BuiltIn(String),
    /// No plugin can be called so.
    #[error("{name:?} cannot be the {what} of a plugin")]
    BadName {
        /// `name` or `version`.
        what: &'static str,
        /// As it was asked for.
        name: String,
    },
    /// Nodes have the plugin in their catalogue and none gives its bytes.
    #[error("the plugin {name:?} of the cluster cannot be fetched: {why}")]
    Unfetched {
        /// The plugin.
        name: String,
        /// What the last node did.
        why: String,
    },
    /// The job does not fit a message.
    #[error(
        "the job is too large to be submitted: its configurations and the descriptions of its plugins are more than {limit} bytes"
    )]
    TooLong {
        /// What fits.
        limit: usize,
    },
    /// The node speaks otherwise than this side.
    #[error("the node's answer to {asked} cannot be read; is it of another version?")]
    Garbled {
        /// What was asked.
        asked: &'static str,
    },
    /// This side's key or certificate cannot be used.
    #[error("the identity of this side cannot be used: {}", with_source(.0))]
    Connect(ConnectError),
    /// No socket can be had.
    #[error("{}", with_source(.0))]
    Socket(BindError),
    /// This side has ended.
    #[error("the connection to the cluster is closed")]
    Closed,
    /// This machine gives no more threads.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
    /// What came cannot be written where it was to go.
    #[error("cannot write what the cluster sent: {0}")]
    Write(io::Error),
}

impl ClusterError {
    /// The exit code of a program that ends with it: 2 the command is wrong, 3 there is no node, no
    /// quorum or no permission.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Token(_)
            | Self::NoJob(_)
            | Self::ManyJobs { .. }
            | Self::BuiltIn(_)
            | Self::BadName { .. }
            | Self::TooLong { .. }
            | Self::Denied(Denial::NotFound { .. } | Denial::Refused { .. }) => 2,
            _ => 3,
        }
    }

    /// What to do about it, where that is known and not part of the message.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let help = match self {
            Self::NoProfile(_) => {
                "let yourself in with a token that `bubbles token` prints on a node: bubbles login TOKEN\n\
                 or start the first node of a cluster: bubbles-node --name n1 --data DIR\n\
                 BUBBLES_CLUSTER names the folder of another profile"
            }
            Self::Home(error) => return Some(error.help()),
            Self::TokenExpired | Self::TokenSpent => {
                "a token is good once, for a while: have another one made with `bubbles token`"
            }
            Self::OtherAuthority => {
                "do not use this token again: somebody may be between you and the cluster"
            }
            Self::NoNode { .. } => {
                "is a node running, and does a firewall let UDP through to its port? \
                 `bubbles login` with a new token learns new addresses"
            }
            Self::Stranger(_) => "`bubbles login` with a token of the cluster lets you in",
            Self::Refused(Refusal::Expired) => {
                "let yourself in again with a new token: bubbles login TOKEN; \
                 if the certificate is new, set the clock of this machine"
            }
            Self::Refused(_) => "let yourself in again with a new token: bubbles login TOKEN",
            Self::NoLeader | Self::Denied(Denial::NoQuorum) => {
                "more than half of the nodes that vote have to run and reach each other: \
                 start them, or mend the network; `bubbles nodes` shows them afterwards"
            }
            Self::Silent(_) => "try again; what was asked twice is done once",
            Self::Denied(Denial::Forbidden { needs, .. }) => {
                return Some(format!(
                    "ask an admin for a token of that role (bubbles token --role {needs}), then: \
                     bubbles login TOKEN"
                ));
            }
            Self::NoJob(_) | Self::Forgotten(_) => "`bubbles jobs` lists those that are known",
            Self::ManyJobs { .. } => "write more of its id",
            Self::Unwatched(job) => return Some(format!("look at it with: bubbles job {job}")),
            Self::BuiltIn(_) => "choose another name with --name",
            Self::BadName { .. } => "letters, digits, `-` and `_`; in a version `.` and `+` too",
            Self::Garbled { .. } => "nodes and `bubbles` are to be of one version",
            _ => return None,
        };
        Some(help.to_owned())
    }

    /// What a search that was given up tells.
    pub(super) fn gave_up(trouble: Trouble, tried: Vec<String>) -> Self {
        match trouble {
            Trouble::NoNode(why) => Self::NoNode { tried, why },
            Trouble::Stranger(why) => Self::Stranger(why),
            Trouble::NoLeader => Self::NoLeader,
            Trouble::NoQuorum => Self::Denied(Denial::NoQuorum),
            Trouble::Silent(why) => Self::Silent(why),
        }
    }
}

fn shown(folders: &[PathBuf]) -> String {
    let folders = folders.iter().map(|folder| folder.display().to_string());
    folders.collect::<Vec<_>>().join(" or ")
}

fn with_source(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
