//! Once all jobs have ended, no living worker has anything of them; what is still staged was left by
//! a process that died.

use super::super::history::History;
use super::super::node::Node;
use super::super::outside::Outside;

/// Some time after all jobs have ended.
pub(in super::super) fn check<'a>(
    history: &mut History,
    outside: &Outside,
    nodes: impl Iterator<Item = &'a Node>,
) {
    let mut living = Vec::new();
    for node in nodes {
        living.push((node.id, node.life));
        let ready = node.books.ready();
        let left = [ready.jobs.len(), ready.under_way.len(), ready.untold.len()];
        if left != [0, 0, 0] {
            let what = format!(
                "leftovers: n{} has jobs, orders, outcomes: {left:?}",
                node.id.0
            );
            history.broken.push(what);
        }
    }
    for receipt in outside.staged() {
        if living.contains(&receipt.by) {
            history
                .broken
                .push(format!("leftovers: {receipt:?} is staged for ever"));
        }
    }
    if outside.staged().next().is_some() {
        history.count("staged by the dead");
    }
}
