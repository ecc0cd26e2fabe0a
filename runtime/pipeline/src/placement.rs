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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn node(id: u64, free_slots: u32, labels: &[&str]) -> NodeInfo {
        let labels = labels.iter().map(|label| label.parse().unwrap()).collect();
        NodeInfo {
            id: NodeId(id),
            free_slots,
            labels,
        }
    }

    fn held(held: &[(u64, u64)]) -> Work {
        let held = held
            .iter()
            .map(|&(node, bytes)| (NodeId(node), bytes))
            .collect();
        Work {
            held,
            ..Work::default()
        }
    }

    fn nodes_of(assignments: &[Assignment]) -> Vec<(usize, u64)> {
        assignments
            .iter()
            .map(|one| (one.work, one.node.0))
            .collect()
    }

    #[test]
    fn work_goes_to_its_input() {
        let nodes = [node(1, 4, &[]), node(2, 1, &[])];
        let ready = [held(&[(2, 100)]), held(&[(1, 5), (2, 90)])];
        assert_eq!(nodes_of(&place(&ready, &nodes)), [(0, 2), (1, 1)]);
    }

    #[test]
    fn else_to_the_node_with_most_room_and_so_spreads() {
        let nodes = [node(1, 2, &[]), node(2, 2, &[])];
        let ready = vec![Work::default(); 5];
        assert_eq!(
            nodes_of(&place(&ready, &nodes)),
            [(0, 1), (1, 2), (2, 1), (3, 2)]
        );
    }

    #[test]
    fn labels_bind() {
        let nodes = [node(1, 4, &[]), node(2, 1, &["gpu"])];
        let gpu = Work {
            on: Some("gpu".parse().unwrap()),
            ..held(&[(1, 100)])
        };
        let ready = [gpu.clone(), gpu, Work::default()];
        assert_eq!(nodes_of(&place(&ready, &nodes)), [(0, 2), (2, 1)]);
    }

    #[test]
    fn a_node_to_avoid_is_better_than_none() {
        let avoiding = Work {
            avoid: [NodeId(1)].into(),
            ..held(&[(1, 100)])
        };
        let both = [node(1, 1, &[]), node(2, 1, &[])];
        assert_eq!(
            nodes_of(&place(std::slice::from_ref(&avoiding), &both)),
            [(0, 2)]
        );
        assert_eq!(nodes_of(&place(&[avoiding], &both[..1])), [(0, 1)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_slot_is_used_twice_none_is_left_over_and_order_does_not_matter(
            slots in proptest::collection::vec(0u32..4, 0..5),
            homes in proptest::collection::vec(0u64..5, 0..20),
        ) {
            let mut nodes: Vec<_> =
                (0..).zip(&slots).map(|(id, &slots)| node(id, slots, &[])).collect();
            let ready: Vec<_> = homes.iter().map(|&home| held(&[(home, 1)])).collect();
            let placed = place(&ready, &nodes);
            let room: u32 = slots.iter().sum();
            prop_assert_eq!(placed.len(), ready.len().min(room as usize));
            for node in &nodes {
                let used = placed.iter().filter(|one| one.node == node.id).count();
                prop_assert!(used <= node.free_slots as usize);
            }
            nodes.reverse();
            prop_assert_eq!(place(&ready, &nodes), placed);
        }
    }
}
