//! What is committed does not run again, unless its output was lost; and output is lost only where
//! something was done to the node that has it.

use bubbles_cluster::{JobId, State, Work};
use bubbles_pipeline::NodeId;

use super::super::history::{Before, History, shown};

/// What was done to a node so long ago has no consequences any more.
const FORGOTTEN_AFTER_US: u64 = 12_000_000;

/// A split is assigned.
pub(in super::super) fn assigned(history: &mut History, job: &JobId, work: Work, before: Before) {
    if before.completed.is_none() {
        return;
    }
    if before.lost {
        history.count("lost output run again");
    } else {
        let what = format!("rerun: {job} {} is complete and runs again", shown(work));
        history.broken.push(what);
    }
}

/// These splits' output is said to be lost.
pub(in super::super) fn lost(history: &mut History, state: &State, job: &JobId, works: &[Work]) {
    history.count("output lost");
    let Some(agreed) = state.job(job).filter(|job| job.decision.is_none()) else {
        return;
    };
    for work in works {
        let done = agreed.split(*work).filter(|split| split.lost);
        let node = done
            .and_then(|split| split.completed.as_ref())
            .map(|done| done.node);
        let stored_us = history.stored_us.get(&(job.clone(), *work)).copied();
        let blameless = |node: &NodeId| {
            let troubled_us = history.troubled_us.get(node).copied();
            troubled_us.unwrap_or(0) + FORGOTTEN_AFTER_US < stored_us.unwrap_or(0)
        };
        if let Some(node) = node.filter(blameless) {
            let named = format!("{job} {}", shown(*work));
            let what = format!(
                "rerun: {named} is lost, and nothing was done to n{}",
                node.0
            );
            history.broken.push(what);
        }
    }
}
