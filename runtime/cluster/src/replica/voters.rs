//! Which nodes should vote: a function of who lives and who votes now.

use std::collections::{BTreeMap, BTreeSet};

use bubbles_pipeline::NodeId;

/// More voters make every record slower and survive no more than two deaths at a time.
pub const VOTERS_MAX: usize = 5;

/// The voters there should be: 1, 3 or 5 of the nodes.
///
/// `nodes` are all that belong to the cluster, with whether each is alive;
/// `current` are those that vote now.
///
/// - As many voters as an odd number of living nodes allows, at most [`VOTERS_MAX`].
/// - Never fewer because voters died: then a dead voter gives way to a living
///   node, and stays a voter where there is none. Fewer only where nodes left.
/// - A living voter stays one where there is room, and nothing changes twice:
///   the answer given as `current` gives the same answer.
///
/// Empty if there is no node that lives or votes.
#[must_use]
pub fn voters_for(nodes: &BTreeMap<NodeId, bool>, current: &BTreeSet<NodeId>) -> BTreeSet<NodeId> {
    let is_alive = |id: &NodeId| nodes.get(id).copied();
    let living = nodes.values().filter(|alive| **alive).count();
    let belong = current.iter().filter(|id| nodes.contains_key(id)).count();
    let size = odd(living).max(odd(belong));

    let kept = current.iter().filter(|id| is_alive(id) == Some(true));
    let added = nodes
        .iter()
        .filter(|(id, alive)| **alive && !current.contains(id))
        .map(|(id, _)| id);
    let dead = current.iter().filter(|id| is_alive(id) == Some(false));
    kept.chain(added).chain(dead).take(size).copied().collect()
}

/// The largest number of voters that so many nodes can give.
fn odd(nodes: usize) -> usize {
    match nodes.min(VOTERS_MAX) {
        0 => 0,
        even if even.is_multiple_of(2) => even - 1,
        odd => odd,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ids(ids: impl IntoIterator<Item = u64>) -> BTreeSet<NodeId> {
        ids.into_iter().map(NodeId).collect()
    }

    fn nodes(
        alive: impl IntoIterator<Item = u64>,
        dead: impl IntoIterator<Item = u64>,
    ) -> BTreeMap<NodeId, bool> {
        let alive = alive.into_iter().map(|id| (NodeId(id), true));
        alive
            .chain(dead.into_iter().map(|id| (NodeId(id), false)))
            .collect()
    }

    #[test]
    fn a_cluster_grows_by_odd_steps() {
        let sizes = [(1, 1), (2, 1), (3, 3), (4, 3), (5, 5), (9, 5)];
        for (count, expected) in sizes {
            let voters = voters_for(&nodes(1..=count, []), &ids([1]));
            assert_eq!(voters.len(), expected, "of {count} nodes");
            assert!(voters.contains(&NodeId(1)));
        }
    }

    #[test]
    fn a_dead_voter_gives_way_only_to_a_living_node() {
        let three = ids([1, 2, 3]);
        assert_eq!(voters_for(&nodes([1, 2], [3]), &three), three);
        assert_eq!(voters_for(&nodes([1, 2, 9], [3]), &three), ids([1, 2, 9]));
        assert_eq!(voters_for(&nodes([3], [1, 2]), &three), three);
    }

    #[test]
    fn nodes_that_left_take_voters_with_them() {
        assert_eq!(voters_for(&nodes([1, 2], []), &ids([1, 2, 3])), ids([1]));
        assert_eq!(voters_for(&nodes([], []), &ids([1, 2, 3])), ids([]));
    }

    proptest! {
        #[test]
        fn stable_odd_and_true_to_the_living(
            nodes in prop::collection::btree_map((0u64..12).prop_map(NodeId), any::<bool>(), 0..12),
            current in prop::collection::btree_set((0u64..12).prop_map(NodeId), 0..=5),
        ) {
            let voters = voters_for(&nodes, &current);
            prop_assert!(matches!(voters.len(), 0 | 1 | 3 | 5));
            prop_assert!(voters.iter().all(|id| nodes.contains_key(id)));
            prop_assert_eq!(voters_for(&nodes, &voters), voters.clone());

            let living = |set: &BTreeSet<NodeId>| set.iter().filter(|id| nodes.get(id) == Some(&true)).count();
            let stayed: BTreeSet<_> = voters.intersection(&current).copied().collect();
            prop_assert_eq!(living(&stayed), living(&current).min(voters.len()));
            let spare = nodes.iter().any(|(id, alive)| *alive && !voters.contains(id));
            prop_assert!(!spare || living(&voters) == voters.len(), "a dead voter beside a living node");
        }
    }
}
