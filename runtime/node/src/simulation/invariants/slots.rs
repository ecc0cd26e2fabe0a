//! A worker is given no more orders than it has slots, and what its pace allows beyond; a leader
//! without jobs takes nobody for busy.

use bubbles_pipeline::NodeId;

use super::super::history::History;
use super::super::node::Node;
use crate::leader::Window;

/// A worker has been told something.
pub(in super::super) fn given(history: &mut History, node: &Node) {
    let under_way = node.books.ready().under_way.len() as u64;
    let most = u64::from(node.slots) + node.pace.most();
    if under_way > most {
        let what = format!(
            "slots: n{} has {under_way} orders, and {most} at most",
            node.id.0
        );
        history.broken.push(what);
    }
}

/// Some time after all jobs have ended.
pub(in super::super) fn idle(history: &mut History, window: &Window) {
    for (node, presence) in window.nodes() {
        let NodeId(number) = node;
        if presence.busy > 0 || !presence.alive {
            history
                .broken
                .push(format!("slots: n{number} should be idle: {presence:?}"));
        }
    }
}
