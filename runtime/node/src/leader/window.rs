//! What the leader lets others see of what it does: looked at at any time, by any thread.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bubbles_cluster::JobId;
use bubbles_pipeline::NodeId;

use crate::job::Board;

/// The jobs that run and the nodes that work, at most a few tenths of a second old.
#[derive(Default)]
pub(crate) struct Window {
    boards: Mutex<BTreeMap<JobId, Arc<Board>>>,
    nodes: Mutex<BTreeMap<NodeId, Presence>>,
}

/// How a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Presence {
    /// It has been heard of in the last seconds.
    pub(crate) alive: bool,
    /// Attempts that it is given at once; none while it drains.
    pub(crate) slots: u32,
    /// It is about to go.
    pub(crate) draining: bool,
    /// Orders that it has.
    pub(crate) busy: u32,
    /// Why it is given none, or was until a moment ago: what it lacks.
    pub(crate) trouble: Option<String>,
}

impl Window {
    /// The board of a job that runs.
    pub(crate) fn board(&self, job: &JobId) -> Option<Arc<Board>> {
        held(&self.boards).get(job).cloned()
    }

    pub(crate) fn running(&self) -> usize {
        held(&self.boards).len()
    }

    pub(crate) fn nodes(&self) -> BTreeMap<NodeId, Presence> {
        held(&self.nodes).clone()
    }

    pub(super) fn hang(&self, job: JobId, board: Arc<Board>) {
        held(&self.boards).insert(job, board);
    }

    pub(super) fn take_down(&self, job: &JobId) {
        held(&self.boards).remove(job);
    }

    pub(super) fn show_nodes(&self, nodes: BTreeMap<NodeId, Presence>) {
        *held(&self.nodes) = nodes;
    }
}

fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}
