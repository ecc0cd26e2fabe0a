//! Which node runs which piece of work: a plain function of what is known.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::Label;

/// A machine that runs attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub u64);

/// One attempt that could start now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Work {
    /// Only nodes of this label may run it.
    pub on: Option<Label>,
    /// Bytes of its input that each node holds; nodes without any may be left out.
    pub held: BTreeMap<NodeId, u64>,
    /// Nodes that should not get it if another can, such as one where it failed before.
    pub avoid: BTreeSet<NodeId>,
}

/// What is known of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeInfo {
    /// Which one.
    pub id: NodeId,
    /// Attempts that it could start now.
    pub free_slots: u32,
    /// What it is called by `on`.
    pub labels: BTreeSet<Label>,
}

/// A node for a piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// The work: its place in `ready`.
    pub work: usize,
    /// Who is to run it.
    pub node: NodeId,
}

/// Gives work to nodes with free slots, in the order of `ready`. Work that fits nowhere now is left
/// out. Equal arguments give equal answers, in whatever order the nodes are listed.
///
/// A node that was not to be avoided goes first; then the one that holds most of the input; then the
/// one with most free slots; then the lowest id.
pub fn place(ready: &[Work], nodes: &[NodeInfo]) -> Vec<Assignment> {
    let mut free: BTreeMap<NodeId, (u32, &NodeInfo)> = nodes
        .iter()
        .map(|node| (node.id, (node.free_slots, node)))
        .collect();
    let mut assignments = Vec::new();
    for (index, work) in ready.iter().enumerate() {
        let best = free
            .iter()
            .filter(|(_, (slots, node))| {
                *slots > 0 && work.on.as_ref().is_none_or(|on| node.labels.contains(on))
            })
            .min_by_key(|(id, (slots, _))| {
                let held = work.held.get(id).copied().unwrap_or(0);
                (
                    work.avoid.contains(id),
                    std::cmp::Reverse(held),
                    std::cmp::Reverse(*slots),
                    **id,
                )
            })
            .map(|(id, _)| *id);
        if let Some(node) = best {
            free.entry(node).and_modify(|(slots, _)| *slots -= 1);
            assignments.push(Assignment { work: index, node });
        }
    }
    assignments
}
