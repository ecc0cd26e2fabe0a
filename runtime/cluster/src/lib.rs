//! What the nodes agree on: the commands of the log, and the state that they
//! make, by a pure [`State::apply`].
//!
//! A node in one process keeps its log in memory ([`Log`]); a cluster puts a
//! replicated one in its place. Nothing here knows clocks, threads or files.
//!
//! Non-goals: chunks, plugin bytes, progress: too large or too brief to agree on.

mod answer;
mod command;
mod job_spec;
mod job_state;
mod log;
mod registry;
#[cfg(feature = "replica")]
mod replica;
mod schedule;
mod state;

pub use answer::{Answer, Refusal};
pub use command::{
    Command, Counts, Decision, FailureClass, JobId, Outcome, Prepared, SourceSplit, Work,
};
pub use job_spec::JobSpec;
pub use job_state::{Attempt, Completed, JobState, SplitState, StageState};
pub use log::Log;
pub use registry::{Fingerprint, NodeRecord, PluginRecord, Registry};
#[cfg(feature = "replica")]
#[doc(hidden)]
pub use replica::fuzz;
#[cfg(feature = "replica")]
pub use replica::{
    AnswerError, Answers, ChangeError, ConfirmError, Gone, InitializeClusterError, Link, LinkError,
    Machine, Member, OpenError, PROPOSERS_MAX, ProposeError, RECORD_VERSION, Record, Replica,
    ReplicaConfig, Status, StatusWatch, StopCause, Timing, UnknownVersion, VOTERS_MAX, Verdict,
    voters_for,
};
pub use schedule::{is_ready, ready, ready_of};
pub use state::State;
