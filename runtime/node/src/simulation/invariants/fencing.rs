//! A report counts only of an attempt that was assigned, under the term in which it was, and that
//! was not agreed to have failed.

use super::super::history::{Attempt, History, shown};

/// This attempt's outcome counts from now on.
pub(in super::super) fn counted(history: &mut History, attempt: &Attempt, epoch: u64) {
    let (job, work, number) = attempt;
    let named = format!("{job} {} try {number}", shown(*work));
    match history.assigned.get(attempt) {
        Some((_, of)) if *of == epoch => {}
        of => history
            .broken
            .push(format!("fencing: {named} counts under {epoch}, not {of:?}")),
    }
    if history.failed.contains(attempt) {
        history
            .broken
            .push(format!("fencing: {named} had failed, and counts"));
    }
}
