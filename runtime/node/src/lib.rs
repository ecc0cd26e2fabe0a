//! A node: it loads plugins, runs attempts on its slots, keeps the chunks they
//! make, and drives jobs from plan to commit.
//!
//! `bubbles run` starts one inside its own process: a cluster of one. The same
//! pieces make a member of a larger cluster, whose log is then replicated.
//!
//! Non-goals: reading pipeline files and finding plugins on disk (the client's
//! work), and showing anything to people (the command line's).

mod agreement;
mod attempt;
mod catalogue;
mod config;
mod formats;
#[doc(hidden)]
pub mod fuzz;
mod job;
mod leader;
mod member;
pub mod metrics;
mod node;
mod order;
mod partition;
mod plugins;
mod prepare;
mod profile;
mod reach;
#[doc(hidden)]
pub mod rehearsal;
mod rejects;
mod report;
#[cfg(test)]
mod simulation;
mod state_folder;
mod store;
pub mod wire;
mod worker;

pub use bubbles_cluster::JobId;
pub use bubbles_engine::{Digest, LoadError, componentize};
pub use config::NodeConfig;
pub use job::Job;
pub use member::{Health, Member, MemberConfig, MemberError, MemberHandle};
pub use node::{Node, NodeError, StoreFailure};
pub use prepare::{InspectError, PluginInfo, PrepareError, Prepared};
pub use profile::{Profile, ProfileError};
pub use report::{
    FailureKind, JobFailure, JobPhase, JobReport, Outcome, Progress, StageProgress, TaskReport,
};
