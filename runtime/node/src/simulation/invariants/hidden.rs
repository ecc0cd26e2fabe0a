//! Nothing is visible before it is decided that it is to be, and nothing ever of a job that is
//! aborted; what is to be visible is not removed.

use bubbles_cluster::Decision;

use super::super::history::History;
use super::super::outside::Receipt;

/// A load is told to make this visible.
pub(in super::super) fn publishing(history: &mut History, receipt: &Receipt) {
    let decided = history.decided.get(&receipt.job);
    let wanted = decided.is_some_and(|(decision, receipts)| {
        *decision == Decision::Commit && receipts.contains(receipt)
    });
    if !wanted {
        let decision = decided.map(|(decision, _)| decision);
        let what = format!("hidden: {receipt:?} becomes visible, and it is decided: {decision:?}");
        history.broken.push(what);
    }
}

/// A load is told to remove this.
pub(in super::super) fn discarding(history: &mut History, receipt: &Receipt, in_force: bool) {
    let decided = history.decided.get(&receipt.job);
    let wanted = match decided {
        Some((Decision::Commit, receipts)) => receipts.contains(receipt),
        Some((Decision::Abort, _)) => false,
        None => in_force,
    };
    if wanted {
        history
            .broken
            .push(format!("hidden: {receipt:?} counts, and is removed"));
    }
}
