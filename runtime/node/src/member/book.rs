//! Where the nodes are, as it is agreed.

use std::sync::Arc;

use bubbles_cluster::Replica;
use bubbles_pipeline::NodeId;

/// The registry, looked into.
#[derive(Clone)]
pub(super) struct Book {
    pub(super) me: NodeId,
    pub(super) replica: Arc<Replica>,
}

impl Book {
    /// A node's name and address.
    pub(super) fn place(&self, node: NodeId) -> Option<(String, String)> {
        self.replica.read(|state| {
            let record = state.registry().nodes().get(&node)?;
            Some((record.name.clone(), record.address.clone()))
        })
    }

    /// A node's name, or its number where it has left.
    pub(super) fn name(&self, node: NodeId) -> String {
        let place = self.place(node);
        place.map_or_else(|| node.0.to_string(), |(name, _)| name)
    }

    /// All other nodes, and their names.
    pub(super) fn others(&self) -> Vec<(NodeId, String)> {
        self.replica.read(|state| {
            let nodes = state.registry().nodes().iter();
            let others = nodes.filter(|(id, _)| **id != self.me);
            others
                .map(|(id, record)| (*id, record.name.clone()))
                .collect()
        })
    }

    /// Where all nodes are reached.
    pub(super) fn addresses(&self) -> Vec<String> {
        self.replica.read(|state| {
            let nodes = state.registry().nodes().values();
            nodes.map(|record| record.address.clone()).collect()
        })
    }
}
