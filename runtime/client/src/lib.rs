//! Bubbles from Rust: describe a pipeline and run it, here or on a cluster.
//!
//! ```no_run
//! use bubbles::{Pipeline, Task};
//! use serde_json::json;
//!
//! let report = Pipeline::new("late-flights")
//!     .add_task(
//!         Task::extract("csv")
//!             .name("flights")
//!             .config(json!({ "path": "data/flights-*.csv" }))
//!             .read(["data/"]),
//!     )
//!     .add_task(Task::transform("./late").name("late").config(json!({ "minutes": 60 })))
//!     .add_task(
//!         Task::load("jsonl").name("out").config(json!({ "path": "out/" })).write(["out/"]),
//!     )
//!     .run()?;
//! println!("{} tasks done in {:.1} s", report.tasks.len(), report.elapsed_seconds);
//! # Ok::<(), bubbles::RunError>(())
//! ```
//!
//! - [`Pipeline`] and [`Task`] say what is to be done; [`Pipeline::from_file`] reads the same from a
//!   file. Both give a [`Definition`], and one and the same plan.
//! - [`Definition::prepare`] finds, builds and checks all plugins: nothing runs yet.
//! - [`Prepared::start`] runs it: a [`Job`] to watch, cancel and wait for.
//! - [`Options::cluster`] runs it on a cluster instead of here; [`Cluster`] asks one for all else,
//!   [`login`] lets one in.
//! - [`build()`] compiles a plugin's sources, [`inspect()`] tells what a plugin offers.
//!
//! Non-goals: showing anything to people. What a build prints is the one exception.

mod build;
mod cluster;
mod definition;
mod home;
mod inspect;
mod interpreter;
mod job;
mod pipeline;
mod plugin;
mod run;
mod script;
mod task;

pub use bubbles_node::wire::{Denial, JobStatus, JobSummary, LogPiece, NodeStatus, PluginStatus};
pub use bubbles_node::{
    FailureKind, JobFailure, JobId, JobPhase, JobReport, Outcome, PluginInfo, Profile,
    ProfileError, Progress, StageProgress, TaskReport,
};
pub use bubbles_pipeline::{Description, Format, Kind, NodeId, OnError, PipelineError};
pub use bubbles_transport::{PeerIdentity, Role, TokenError};
pub use build::{BuildError, Built, Language, TARGET, Talk, build, sdk};
pub use cluster::{Cluster, ClusterChoice, ClusterError, Login, login, profile_folder};
pub use definition::{Definition, FileError};
pub use home::{Home, HomeError};
pub use inspect::{InspectError, component, inspect};
pub use job::Job;
pub use pipeline::Pipeline;
pub use plugin::PluginFileError;
pub use run::{Options, Prepared, RunError, exit_code};
pub use task::{Input, Task};

/// How a pipeline is run: its tasks in stages, cut at exchanges.
pub mod plan {
    pub use bubbles_pipeline::{
        Conversion, Exchange, ExchangeId, ExchangeMode, Phase, Pipeline, Plan, PluginRef, Stage,
        StageId, StageInput, Step, Target, TaskIndex,
    };
    pub use bubbles_pipeline::{Grants, Input, Limits, Task};
}
