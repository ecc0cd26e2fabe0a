//! What must hold, one invariant a file.

pub(super) mod fencing;
pub(super) mod hidden;
pub(super) mod ledger;
pub(super) mod leftovers;
pub(super) mod liveness;
pub(super) mod rerun;
pub(super) mod slots;
