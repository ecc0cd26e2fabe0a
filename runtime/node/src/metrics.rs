//! What a node counts, for those who watch it: every metric has its name, its unit and
//! its words in `meters.rs`, and a function here.
//!
//! Nothing is counted until [`install`]: a node without an HTTP address pays a load and a
//! branch. After it, a count is an atomic addition on a handle made once. What grows with
//! jobs, tasks or peers is no label: those are in the log.
//!
//! Non-goals: who asks, and how; what a job's tasks did (that is its report).

mod meters;

use std::sync::OnceLock;
use std::time::Duration;

use crate::Health;
use meters::Meters;

static METERS: OnceLock<Meters> = OnceLock::new();

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptEnd {
    /// Its outcome counts.
    Completed,
    /// The task's own failure: an error, a trap, a limit.
    Failed,
    /// A busy server or a lost connection: it is tried again.
    Transient,
    /// Another attempt at the same was recorded first.
    Late,
    /// Nobody wanted it any more.
    Stopped,
}

/// How a proposal to the log fared, of one command or many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposalEnd {
    /// They are agreed.
    Agreed,
    /// Another node leads: nothing was done.
    NotLeader,
    /// It did not become known whether they are agreed.
    Unsure,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Its splits are worked on.
    Running,
    /// It is decided that its output is to be visible.
    Committing,
    /// It is decided that none is.
    Aborting,
    /// Over.
    Ended,
}

/// Counts from now on.
pub fn install() {
    METERS.get_or_init(Meters::new);
}

/// All metrics as text in the format of OpenMetrics, which Prometheus and its kin read.
/// What `health` tells is in it as of now. Empty before [`install`].
#[must_use]
pub fn render(health: Option<&Health>) -> String {
    METERS
        .get()
        .map_or_else(String::new, |meters| meters.render(health))
}

/// The type of what [`render`] gives, for the header.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// An attempt has begun on a slot of this node.
pub fn attempt_started() {
    count(|meters| meters.attempts_started.inc());
}

/// It has ended.
pub fn attempt_ended(end: AttemptEnd) {
    count(|meters| meters.attempts_ended[end as usize].inc());
}

/// So many splits have become complete, agreed by the leader that this node is.
pub fn splits_completed(splits: u64) {
    count(|meters| meters.splits_completed.inc_by(splits));
}

/// The chunk store has taken so many bytes, as they were emitted.
pub fn chunk_stored(bytes: u64) {
    count(|meters| meters.chunk_stored_bytes.inc_by(bytes));
}

/// So many bytes of chunks came from another node, as they travelled.
pub fn chunk_fetched(bytes: u64) {
    count(|meters| meters.chunk_fetched_bytes.inc_by(bytes));
}

/// So many bytes of chunks went to another node, as they travelled.
pub fn chunk_served(bytes: u64) {
    count(|meters| meters.chunk_served_bytes.inc_by(bytes));
}

/// A plugin of so many bytes came from another node, and is what it should be.
pub fn plugin_fetched(bytes: u64) {
    count(|meters| {
        meters.plugins_fetched.inc();
        meters.plugin_fetched_bytes.inc_by(bytes)
    });
}

/// What the chunk store holds now.
pub fn store_holds(memory_bytes: u64, disk_bytes: u64) {
    count(|meters| {
        meters::set(&meters.store_memory_bytes, memory_bytes);
        meters::set(&meters.store_disk_bytes, disk_bytes);
    });
}

/// How many jobs of this state the log tells of, as far as this node has read it.
pub fn jobs(state: JobState, jobs: u64) {
    count(|meters| meters::set(&meters.jobs[state as usize], jobs));
}

/// Another node leads than before, as this one sees it.
pub fn leader_changed() {
    count(|meters| meters.leader_changes.inc());
}

/// Commands were proposed, and their answer took so long.
pub fn proposal_ended(end: ProposalEnd, took: Duration) {
    count(|meters| {
        meters.proposals[end as usize].inc();
        meters.proposal_seconds.observe(took.as_secs_f64());
    });
}

/// A node that came back late told of an attempt that was no longer its own.
pub fn report_fenced() {
    count(|meters| meters.fenced_reports.inc());
}

fn count<R>(with: impl FnOnce(&Meters) -> R) {
    if let Some(meters) = METERS.get() {
        with(meters);
    }
}
