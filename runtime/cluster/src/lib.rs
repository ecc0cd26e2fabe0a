//! What the nodes agree on: the commands of the log, and the state that they
//! make, by a pure [`State::apply`].
//!
//! A node in one process keeps its log in memory ([`Log`]); a cluster puts a
//! replicated one in its place. Nothing here knows clocks, threads or files.
//!
//! Non-goals: chunks, plugin bytes, progress: too large or too brief to agree on.

mod command;
mod log;
mod schedule;
mod state;

pub use command::{Command, Decision, FailureClass, JobId, Prepared, Work};
pub use log::Log;
pub use schedule::{is_ready, ready};
pub use state::{Answer, Attempt, Completed, JobState, Refusal, SplitState, StageState, State};
